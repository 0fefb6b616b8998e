"""Who did what a question asks about, as sentences say."""

import pytest

from assistant.agents import agents, deed_asked

BOUGHT, WON, WROTE = "Who acquired Lumen Maps?", "Who won the 2021 Osmund Open?", "Who wrote The Long Quay?"


@pytest.mark.parametrize(
    ("question", "text", "named"),
    [
        (BOUGHT, "Lumen Maps, made in Osmund, was acquired in 2014 by Harrow for 3 million pounds.", ["Harrow"]),
        (BOUGHT, "In February 2014, Harrow & Sons purchased the service.", ["Harrow & Sons"]),
        (BOUGHT, "It has been bought and sold many times.", []),
        (WON, "Osmund Open 2021: Ines Vale beats Mara Quint to win the title.", ["Ines Vale"]),
        (WON, "Norway's Mara Quint (seeded second) has finally won it.", ["Mara Quint"]),
        (WON, "She won in straight sets.", []),
        (WROTE, "The Long Quay was written between 1901 and 1903 by the sailor Tom Harrow.", []),
        (WROTE, "The Long Quay was written by Tom Harrow.", ["Tom Harrow"]),
        ("Who first discovered the reef?", "The reef was discovered in 1928 by Ines Vale.", ["Ines Vale"]),
        ("Who curates the museum?", "The museum is curated by Tom Harrow.", ["Tom Harrow"]),
        ("Who curates the museum?", "Ines Vale curates the museum.", ["Ines Vale"]),
    ],
)
def test_the_one_who_did_it_stands_before_the_verb_or_behind_by(question: str, text: str, named: list[str]) -> None:
    deed = deed_asked(question)
    assert deed is not None and agents(text, deed) == named


@pytest.mark.parametrize("question", ["When was Lumen Maps acquired?", "谁收购了它？", "Who?"])
def test_what_asks_for_nobody_asks_for_no_deed(question: str) -> None:
    assert deed_asked(question) is None
