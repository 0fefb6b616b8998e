"""Conversations and verdicts that are kept, and what they are exported as."""

import json
import os
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer, Citation, Sentence
from assistant.answer import Conflict, Timings
from assistant.conversations import Conversations, Exchange, Said
from assistant.errors import ConversationError
from assistant.evaluation import cases
from assistant.feedback import FILE, feedback_on, keep, kept
from assistant.origins import Origins
from assistant.render import as_copied, as_html, as_markdown, as_text

HOSTILE = "<script>x</script> [a](javascript:x) `c` \u202e\x1b[31m"


def exchange(
    number: int = 1,
    question: str = "How high is it?",
    text: str = "It is 42 m high.",
    title: str = "The tower",
    uri: str = "https://e.org/t",
) -> Exchange:
    cited = Citation(1, "ab" * 16, title, "Ada", "1998", uri, 3, 0, 9, "42 m high")
    sentences = (
        Sentence(text, (1,), "supported", 0.9, ""),
        Sentence("It is red.", (), "unsupported", 0.1, "the evidence says nothing of this kind"),
    )
    origins, times = Origins((("ab" * 16,),)), Timings(0.1, 0.2, 0.3, 0.4, 1.2)
    answer = Answer(question, "partly", sentences, (cited,), (), origins, "scripted", times)
    said = (Said(sentences[0], (cited,), True), Said(sentences[1], ()))
    return Exchange(f"turn-{number:04}", "2026-03-04T05:06:07+00:00", answer, said, (cited,))


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "conversations")


def test_what_is_kept_comes_back_whole(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    conversations.keep("chat-0001", exchange(2))
    found = conversations.get("chat-0001")
    assert found is not None and found.name == "How high is it?"
    assert found.exchanges == (exchange(), exchange(2))
    conversations.keep("chat-0001", exchange(2, text="It is 43 m high."))
    assert [one.answer.sentences[0].text for one in conversations.get("chat-0001").exchanges][-1] == "It is 43 m high."  # type: ignore[union-attr]


def test_they_are_listed_by_the_last_change_and_found_by_words(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    time.sleep(0.01)
    conversations.keep("chat-0002", exchange(question="石桥有多长？", text="桥长六十米。"))
    assert [one.id for one in conversations.listed()] == ["chat-0002", "chat-0001"]
    assert [one.id for one in conversations.listed("六十")] == ["chat-0002"]
    assert [one.id for one in conversations.listed("HIGH 42")] == ["chat-0001"]
    assert conversations.listed("nowhere") == []


def test_a_name_is_given_and_an_empty_one_refused(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    assert conversations.rename("chat-0001", "  The   tower ") and not conversations.rename("chat-0009", "x")
    assert conversations.listed("tower")[0].name == "The tower"
    with pytest.raises(ConversationError, match="needs a name of at least one character"):
        conversations.rename("chat-0001", "  ")


def test_a_removed_one_can_be_had_back_for_a_day(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    assert conversations.remove("chat-0001") and not conversations.remove("chat-0001")
    assert conversations.listed() == [] and conversations.get("chat-0001") is None
    assert conversations.restore("chat-0001") and conversations.get("chat-0001") is not None
    conversations.remove("chat-0001")
    old = time.time() - 2 * 24 * 3600
    os.utime(conversations.folder / "chat-0001.removed", (old, old))
    conversations.remove("chat-0002")
    assert not conversations.restore("chat-0001")


def test_what_was_asked_since_a_removal_stays_when_it_is_taken_back(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    conversations.rename("chat-0001", "The tower")
    for number in (2, 3):  # removed in one tab, asked on in another, twice
        assert conversations.remove("chat-0001")
        conversations.keep("chat-0001", exchange(number))
    assert conversations.remove("chat-0001") and conversations.restore("chat-0001")
    found = conversations.get("chat-0001")
    assert found is not None and found.name == "The tower"
    assert found.exchanges == (exchange(1), exchange(2), exchange(3))
    assert not conversations.restore("chat-0001")
    conversations.remove("chat-0001")
    conversations.keep("chat-0001", exchange(4))
    assert conversations.restore("chat-0001")
    assert [one.id[-1] for one in conversations.get("chat-0001").exchanges] == ["1", "2", "3", "4"]  # type: ignore[union-attr]


@pytest.mark.parametrize("bad", ["../../etc/passwd", "", "a", "x" * 65, "a/b/c/d/e", "chat.json"])
def test_an_id_cannot_lead_out_of_the_folder(conversations: Conversations, bad: str) -> None:
    with pytest.raises(ConversationError, match="take one from the list"):
        conversations.get(bad)


def test_a_damaged_file_is_named_and_hides_no_other(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    (conversations.folder / "chat-0002.json").write_text('{"id": "chat-00')
    assert [one.id for one in conversations.listed()] == ["chat-0001"]
    with pytest.raises(ConversationError, match=r"chat-0002\.json cannot be read.*left as it is"):
        conversations.get("chat-0002")


def test_writers_at_the_same_time_lose_nothing(conversations: Conversations) -> None:
    writers = [
        threading.Thread(target=conversations.keep, args=("chat-0001", exchange(number))) for number in range(12)
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert len(conversations.get("chat-0001").exchanges) == 12  # type: ignore[union-attr]
    assert not list(conversations.folder.glob(".writing-*"))


def test_a_folder_that_cannot_be_written_to_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversationError, match="Make room, or make the folder writable"):
        Conversations(tmp_path / "file" / "conversations").keep("chat-0001", exchange())


# Exports


def test_markdown_has_footnotes_and_says_what_is_not_supported(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange())
    text = as_markdown(conversations.get("chat-0001"))  # type: ignore[arg-type]
    assert "It is 42 m high.[^1-1] It is red. *(not supported: the evidence says nothing of this kind)*" in text
    assert "[^1-1]: The tower, Ada, 1998, p. 3: “42 m high” <https://e.org/t>" in text


def test_nothing_of_a_source_becomes_markdown_or_html(conversations: Conversations) -> None:
    conversations.keep("chat-0001", exchange(question=HOSTILE, text=HOSTILE, title=HOSTILE, uri=HOSTILE))
    found = conversations.get("chat-0001")
    assert found is not None
    markdown, html = as_markdown(found, "zh"), as_html(found, "zh")
    assert not re.search(r"(?<!\\)<script|(?<!\\)\[a\]\(|\u202e|\x1b", markdown)
    assert "<script" not in html and 'href="javascript' not in html.lower()
    assert "default-src 'none'" in html and "http-equiv" in html


def test_an_answer_is_copied_without_what_nothing_supports() -> None:
    one = exchange()
    assert as_copied(one.answer, one.said) == (
        "It is 42 m high.[1]\n\n[1] The tower, Ada, 1998, p. 3: “42 m high” https://e.org/t"
    )


def test_a_copy_says_what_is_only_partly_supported() -> None:
    one = exchange()
    partly = Sentence("It is 42 m high.", (1,), "partly", 0.5, "the model is not certain")
    said = (Said(partly, one.said[0].citations, True),)
    answer = replace(one.answer, sentences=(partly,))
    assert as_copied(answer, said).startswith(
        "It is 42 m high.[1] (only partly supported: the model is not certain)\n\n[1]"
    )
    assert as_copied(answer, said, "zh").startswith("It is 42 m high.[1] (只有部分依据：")


def test_quotes_and_paragraphs_are_copied_as_they_stand() -> None:
    one = exchange()
    texts = ("It is 42 m high.", "It is white.", "桥长六十米。", "桥有五孔。")
    sentences = [Sentence(text, (1,), "supported", 0.9, "") for text in texts]
    said = [Said(each, one.said[0].citations, at != 1) for at, each in enumerate(sentences)]
    copied = as_copied(replace(one.answer, sentences=tuple(sentences)), said)
    assert copied.startswith("It is 42 m high.[1] It is white.[1]\n\n桥长六十米。[1]\n\n桥有五孔。[1]\n\n[1] ")


def disputed(text: str = "It opened in 1871.", standalone: str = "When did the tower open?") -> Exchange:
    """A follow-up whose sources disagree, and whose sentence is somebody's view."""
    one = exchange(question="And when?")
    here, there = (
        Citation(number, "cd" * 16, text, None, "2011", "https://e.org/t", None, 0, 9, f"{text} {number}")
        for number in (1, 2)
    )
    held = Sentence(text, (1,), "supported", 0.9, "", "In the view of Ada (1998)")
    answer = replace(
        one.answer,
        sentences=(held,),
        citations=(here,),
        standalone=standalone,
        conflicts=(Conflict("figure", ("1871", text), (here, there), 2),),
    )
    return replace(one, answer=answer, said=(Said(held, (here,), True),))


def test_who_says_it_who_disagrees_and_how_it_was_understood_are_exported_and_copied(
    conversations: Conversations,
) -> None:
    conversations.keep("chat-0001", disputed())
    found = conversations.get("chat-0001")
    assert found is not None and found.exchanges == (disputed(),)
    markdown, html = as_markdown(found), as_html(found, "zh")
    assert "*Understood as: When did the tower open?*" in markdown
    assert "In the view of Ada (1998): It opened in 1871.[^1-1]" in markdown
    assert "**The sources disagree**\n\n- **1871**: “It opened in 1871. 1”[^1-1]\n- **It" in markdown
    assert "[^1-2] (published later; newer is not always right)" in markdown
    assert all(f"[^1-{number}]: It opened in 1871." in markdown for number in (1, 2)), "each number has its note"
    assert "理解为：When did the tower open?" in html and "来源说法不一" in html
    assert html.count('id="r1-1"') == html.count('href="#r1-1"') == html.count('id="n1-2"') == 1
    copied = as_copied(found.exchanges[0].answer, found.exchanges[0].said, "zh")
    assert copied.startswith("理解为：When did the tower open?\n\nIn the view of Ada (1998): It opened in 1871.[1]\n\n")
    assert "来源说法不一：\n- 1871: “It opened in 1871. 1”[1]\n" in copied and "（发布较晚" not in copied
    assert as_text(found.exchanges[0].answer).startswith(
        "Understood as: When did the tower open?\n\nIn the view of Ada (1998): It opened in 1871. [1]\n\n"
    )
    assert copied.endswith("[2] It opened in 1871., 2011: “It opened in 1871. 2” https://e.org/t")


def test_nothing_of_an_answer_steers_a_terminal() -> None:
    steering = "red\x1b[31m\u202e"
    answer = exchange(text=steering).answer
    struck = replace(
        answer.sentences[1], text=steering, reason=f"not in the evidence: {steering}", attribution=steering
    )
    told = as_text(replace(answer, sentences=(answer.sentences[0], struck), standalone=steering))
    assert told.count("red [31m ") == 5 and told.replace("\n", "").isprintable()


def test_nothing_of_a_disagreement_becomes_markdown_or_html(conversations: Conversations) -> None:
    conversations.keep("chat-0001", disputed(HOSTILE, HOSTILE))
    found = conversations.get("chat-0001")
    assert found is not None
    assert not re.search(r"(?<!\\)<script|(?<!\\)\[a\]\(|\u202e|\x1b", as_markdown(found))
    assert "<script" not in as_html(found)
    assert found.exchanges[0].answer.conflicts[0].says[1] == HOSTILE, "what is kept is what was said"


# Verdicts


def test_the_last_verdict_on_an_answer_holds(tmp_path: Path) -> None:
    keep(tmp_path, feedback_on(exchange(), "bad", ""))
    keep(tmp_path, feedback_on(exchange(), "bad", " It is 43 m high. "))
    keep(tmp_path, feedback_on(exchange(2), "good", ""))
    with (tmp_path / FILE).open("a") as file:
        file.write('{"id": "cut of')
    first, other = kept(tmp_path)
    assert (first.note, first.quotes, first.sources) == ("It is 43 m high.", ("42 m high",), ("ab" * 16,))
    assert (other.verdict, other.status) == ("good", "partly")
    assert json.loads((tmp_path / FILE).read_text().splitlines()[0])["question"] == "How high is it?"


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_a_verdict_is_one_line_whatever_ends_a_line_in_its_texts(tmp_path: Path, end: str) -> None:
    keep(tmp_path, feedback_on(exchange(), "good", f"From the{end}PDF."))
    (one,) = kept(tmp_path)
    assert one.note == f"From the{end}PDF."
    assert [case.question for case in cases(tmp_path / FILE)] == ["How high is it?"]


def test_verdicts_are_cases_of_an_evaluation(tmp_path: Path) -> None:
    keep(tmp_path, feedback_on(exchange(), "good", ""))
    keep(tmp_path, feedback_on(replace(disputed(), id="turn-0002"), "good", ""))
    case, follow_up = cases(tmp_path / FILE)
    assert (case.question, case.quotes) == ("How high is it?", ("42 m high",))
    assert follow_up.question == "When did the tower open?", "a follow-up is asked as it was understood"
