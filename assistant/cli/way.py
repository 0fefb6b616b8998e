"""A question's whole way, for `yiju ask --verbose`: what was found, what was decided and by which figures."""

from collections.abc import Iterator, Mapping

from assistant.answer import Answer, Retrieved
from assistant.render import printable
from assistant.verify import Sentence

_LONGEST = 120  # characters of a text that is shown


def way(answer: Answer, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of an answer's way; `titles` of its sources by their ids."""
    trace, times = answer.trace, answer.timings
    yield _line("question", _short(answer.question))
    if answer.standalone and answer.standalone != answer.question:
        yield _line("understood", _short(answer.standalone))
    for part in trace.parts:
        yield _line("part", _short(part))
    for question in trace.translated:
        yield _line("translated", _short(question))
    yield _line("search", f"{len(trace.hits)} hits; ranks: of all, by meaning, by words; [n] is evidence")
    for hit in trace.hits:
        yield _hit(hit, titles.get(hit.source_id, hit.source_id[:8]))
    kept = sum(hit.evidence is not None for hit in trace.hits)
    best = "" if trace.best_score is None else f", best score {trace.best_score:.2f}"
    yield _line("evidence", f"{kept} passages{best}, {times.evidence:.3f} s")
    yield _line("gate", _gate(answer))
    if trace.written:
        yield _line("written", _short(trace.written))
    for at, sentence in enumerate(answer.sentences):
        yield _line(f"sentence {at + 1}", _sentence(answer, sentence, at))
    yield _line("answer", f"{answer.status}, {len(answer.conflicts)} disagreements, model {answer.model}")
    first = [
        f"{name} {seconds:.3f} s"
        for name, seconds in (("first word", times.first_word), ("first sentence", times.first_sentence))
        if seconds is not None
    ]
    until = [f"evidence {times.evidence:.3f} s", f"gate {times.gate:.3f} s", *first, f"all {times.total:.3f} s"]
    yield _line("times", ", ".join(until))


def _hit(hit: Retrieved, title: str) -> str:
    ranks = "".join(f"{'–' if rank is None else rank:>4}" for rank in (hit.rank, hit.dense_rank, hit.words_rank))
    number = f"[{hit.evidence}]" if hit.evidence else ""
    copies = f"  +{hit.copies} like it" if hit.copies else ""
    return f"{'':11}{ranks}  {hit.score:6.3f}  {number:5}{printable(title)} {hit.start}–{hit.end}{copies}"


def _gate(answer: Answer) -> str:
    trace = answer.trace
    signal, what = (trace.best_score, "best score") if trace.gate is None else (trace.gate, "log-odds")
    if trace.line is None or signal is None:
        return "nothing to answer from" if not trace.hits else "the model's word alone: it gives no log-probabilities"
    across = f", {trace.across:+.1f} for two languages" if trace.across else ""
    then = "answer" if signal >= trace.line else "refuse"
    return f"{then}: {what} {signal:.2f}{across}; line {trace.line:.2f}; {trace.strictness}"


def _sentence(answer: Answer, sentence: Sentence, at: int) -> str:
    trace = answer.trace
    certain = trace.certainty[at] if at < len(trace.certainty) else None
    by = "by code" if trace.written else "as it stands there"
    if certain is not None:
        by = f"certainty {certain:.2f}; lines {trace.possible or 0:.2f} and {trace.certain or 0:.2f}"
    why = f" ({sentence.reason})" if sentence.reason else ""
    numbers = "".join(f"[{number}]" for number in sentence.citations)
    return f"{sentence.verdict}{why}, {by} {numbers} {_short(sentence.text)}"


def _line(name: str, said: str) -> str:
    return f"{name:11} {said}"


def _short(text: str) -> str:
    plain = printable(" ".join(text.split()))
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
