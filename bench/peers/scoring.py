"""What became of a question, by the same code for every peer, and the table of it."""

import json
import re
import statistics
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.peers.questions import Kind, Question
from bench.sample import holds

Outcome = Literal["right", "wrong", "refused", "failed"]

# A reply that holds one of these says that it does not know. Kept wide, in the peers' favour: their prompts ask for
# different words, and a small model finds more.
REFUSALS = (
    "i don't know", "i do not know", "don't know the answer", "do not know the answer", "not know the answer",
    "no information", "not enough information", "insufficient information", "unable to answer", "unable to find",
    "unable to provide", "cannot answer", "can't answer", "cannot be answered", "cannot be determined",
    "cannot determine", "cannot find", "could not find", "couldn't find", "can't find", "cannot provide",
    "not mentioned", "not mention", "not provided", "does not provide", "do not provide", "did not provide",
    "does not contain", "do not contain", "don't contain", "doesn't contain", "does not include", "do not include",
    "not specified", "does not specify", "do not specify", "not stated", "does not state", "do not state",
    "not available", "no mention", "none of the sources", "none of the provided", "not found in",
    "no relevant", "not relevant", "not related to", "no answer", "empty response", "do not have access",
    "don't have access", "do not have information", "don't have information", "i'm sorry", "i am sorry",
    "我不知道", "不知道答案", "不清楚", "无法回答", "无法确定", "无法提供", "无法找到", "无法得知", "无法从",
    "未提及", "没有提及", "没有提到", "未提到", "并未提", "没有提供", "未提供", "未说明", "没有说明", "未给出",
    "没有给出", "没有找到", "未找到", "找不到", "没有相关", "无相关", "没有足够", "信息不足", "没有包含", "不包含",
    "未包含", "没有答案", "没有关于", "没有具体", "抱歉", "不能回答",
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """What a peer answered, as its own process wrote it down."""

    name: str  # of the question
    answer: str
    cited: tuple[str, ...]  # the passages that its citations lead to
    shown: tuple[str, ...]  # the passages that it read for the answer
    refused: bool | None  # as the peer itself states it; None where it states nothing
    seconds: float
    memory: float  # GB at most until then, of the peer's process
    calls: int  # of the chat model
    tokens_read: int
    tokens_written: int
    error: str = ""


@dataclass(frozen=True)
class Judged:
    """A reply by what was expected."""

    question: Question
    reply: Reply
    outcome: Outcome
    cited: bool  # right, and a cited passage holds what it should
    found: bool  # a passage that was read holds it, whatever was said


@dataclass(frozen=True)
class Start:
    """How a peer's process began: its versions, and how long it took to add the corpus."""

    versions: Mapping[str, str]
    python: str
    ingest_seconds: float


def plain(text: str) -> str:
    """Return a text as it is compared: one form of each character, no marks of emphasis, one kind of space."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return re.sub(r"\s+", " ", re.sub(r"[*_`]+", "", text))


def says_no(answer: str) -> bool:
    """Whether a reply says that it does not know, by REFUSALS; an empty one does."""
    text = plain(answer).casefold()
    return not text.strip() or any(phrase in text for phrase in REFUSALS)


def judge(question: Question, reply: Reply) -> Judged:
    """Say what became of a question.

    What is compared are whole words and figures, in one width, case and script, of what was expected and what was said
    alike. An answer that holds what was expected is right even when it also says that something is not known; where
    nothing answers, saying so anywhere is to refuse.
    """
    said = question.answerable and holds(reply.answer, question.said)
    cited = question.answerable and holds(" ".join(reply.cited), question.quoted)
    found = question.answerable and holds(" ".join(reply.shown), question.quoted)
    refused = says_no(reply.answer) if reply.refused is None else reply.refused
    if reply.error:
        return Judged(question, reply, "failed", False, found)
    outcome: Outcome = "right" if said and not reply.refused else "refused" if refused else "wrong"
    return Judged(question, reply, outcome, outcome == "right" and cited, found)


def read_replies(file: Path) -> tuple[Start | None, dict[str, Reply]]:
    """Read what a peer's process wrote: how it began, and its replies by question; the last of each counts."""
    start, replies = None, {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        row = json.loads(line)
        if "ingest_seconds" in row:
            start = start or Start(row["versions"], row["python"], row["ingest_seconds"])
        else:
            row |= {"cited": tuple(row["cited"]), "shown": tuple(row["shown"])}
            replies[row["name"]] = Reply(**row)
    return start, replies


@dataclass(frozen=True)
class Row:
    """One peer's line of the table; a share is (how many, of how many)."""

    peer: str
    right: Mapping[Kind, tuple[int, int]]
    cited: Mapping[Kind, tuple[int, int]]
    refused: tuple[int, int]  # of those without an answer
    wrong: int  # said something else, or answered what no source answers
    failed: int
    found: tuple[int, int]
    cited_length: float | None  # characters that a reader has to look through to check an answer, median
    seconds: float | None  # median
    calls: float | None
    tokens: tuple[float, float] | None  # read and written, median
    memory: float | None
    start: Start | None
    size: tuple[float, float]  # GB installed, and of that torch with what it brings for GPUs


def row(peer: str, judged: Sequence[Judged], start: Start | None, size: tuple[float, float]) -> Row:
    """Count what a peer made of the questions it was asked."""
    asked = [one for one in judged if one.question.answerable]
    none = [one for one in judged if not one.question.answerable]
    kinds: tuple[Kind, ...] = ("zh", "en", "across")
    by_kind = {kind: [one for one in asked if one.question.kind == kind] for kind in kinds}
    replies = [one.reply for one in judged if not one.reply.error]
    lengths = [sum(map(len, one.reply.cited)) for one in judged if one.outcome == "right" and one.reply.cited]
    return Row(
        peer=peer,
        right={kind: (sum(one.outcome == "right" for one in group), len(group)) for kind, group in by_kind.items()},
        cited={kind: (sum(one.cited for one in group), len(group)) for kind, group in by_kind.items()},
        refused=(sum(one.outcome == "refused" for one in none), len(none)),
        wrong=sum(one.outcome in ("wrong", "right") for one in none) + sum(one.outcome == "wrong" for one in asked),
        failed=sum(one.outcome == "failed" for one in judged),
        found=(sum(one.found for one in asked), len(asked)),
        cited_length=statistics.median(lengths) if lengths else None,
        seconds=statistics.median(one.seconds for one in replies) if replies else None,
        calls=statistics.median(one.calls for one in replies) if replies else None,
        tokens=(
            statistics.median(one.tokens_read for one in replies),
            statistics.median(one.tokens_written for one in replies),
        )
        if replies
        else None,
        memory=max((one.memory for one in replies), default=None),
        start=start,
        size=size,
    )


def _share(pair: tuple[int, int]) -> str:
    return f"{pair[0]} of {pair[1]}"


def _total(shares: Mapping[Kind, tuple[int, int]]) -> str:
    whole = (sum(count for count, _ in shares.values()), sum(of for _, of in shares.values()))
    parts = ", ".join(f"{kind} {count}/{of}" for kind, (count, of) in shares.items() if of)
    return f"{_share(whole)} ({parts})"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{form}}{unit}"


def table(rows: Sequence[Row]) -> str:
    """Return the table in Markdown: a column a peer, since there are more lines than peers."""
    lines: list[tuple[str, list[str]]] = [
        ("right", [_total(one.right) for one in rows]),
        ("right, and a cited passage holds it", [_total(one.cited) for one in rows]),
        ("refused, of those that no source answers", [_share(one.refused) for one in rows]),
        ("wrong, of all", [str(one.wrong) for one in rows]),
        ("failed", [str(one.failed) for one in rows]),
        ("the passages that it read hold the answer", [_share(one.found) for one in rows]),
        ("cited, characters to look through (median)", [_number(one.cited_length, ".0f") for one in rows]),
        ("calls of the model a question (median)", [_number(one.calls, ".0f") for one in rows]),
        (
            "tokens read, written a question (median)",
            ["–" if one.tokens is None else f"{one.tokens[0]:.0f}, {one.tokens[1]:.0f}" for one in rows],
        ),
        ("seconds a question (median)", [_number(one.seconds, ".1f") for one in rows]),
        (
            "seconds to add the corpus",
            [_number(one.start.ingest_seconds if one.start else None, ".1f") for one in rows],
        ),
        ("peak memory, without the chat model", [_number(one.memory, ".2f", " GB") for one in rows]),
        ("installed (of which torch)", [f"{one.size[0]:.1f} GB ({one.size[1]:.1f})" for one in rows]),
        (
            "versions",
            [
                ", ".join(f"{name} {version}" for name, version in one.start.versions.items()) if one.start else "–"
                for one in rows
            ],
        ),
    ]
    head = ["| |" + "".join(f" {one.peer} |" for one in rows), "|---|" + "---|" * len(rows)]
    return "\n".join([*head, *(f"| {name} |" + "".join(f" {cell} |" for cell in cells) for name, cells in lines)])
