"""Questions are counted in one place, for the page and for programs."""

from assistant.turnstile import Most, Turnstile


def test_a_person_asks_so_many_at_once_and_others_are_not_held_up() -> None:
    turnstile = Turnstile(Most(of_one=2))
    assert [turnstile.enter("ada") for _ in range(2)] == [None, None]
    full = turnstile.enter("ada")
    assert full and (full.reason, full.most) == ("too_many", 2)
    assert turnstile.enter("mei") is None
    turnstile.leave("ada")
    assert turnstile.enter("ada") is None


def test_a_minutes_questions_are_counted_when_they_are_over_too() -> None:
    turnstile = Turnstile(Most(a_minute=2))
    for _ in range(2):
        assert turnstile.enter("ada") is None
        turnstile.leave("ada")
    full = turnstile.enter("ada")
    assert full and full.reason == "too_often" and 55 < full.seconds <= 61


def test_all_together_are_bounded() -> None:
    turnstile = Turnstile(Most(at_once=2))
    assert [turnstile.enter(name) for name in ("ada", "mei")] == [None, None]
    full = turnstile.enter("lin")
    assert full and (full.reason, full.most) == ("too_busy", 2)


def test_who_asked_within_the_minute_is_remembered_however_many_come() -> None:
    turnstile = Turnstile(Most(a_minute=1))
    for number in range(10_005):
        assert turnstile.enter(str(number)) is None
        turnstile.leave(str(number))
    full = turnstile.enter("3")
    assert full and full.reason == "too_often"
