"""The comparison with other programs: the same scoring for all, and runs that go on where they were cut off."""

import json
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.peers import environments, scoring
from bench.peers.__main__ import judged, main, run
from bench.peers.clients.job import numbers_in
from bench.peers.environments import PEERS, Peer, SetUpError
from bench.peers.questions import Question, few, public_questions, sample_questions, seed_questions
from bench.peers.scoring import Reply
from bench.peers.server import Body, Models, serving, with_calls

TIDES = Question("tides", "When is high tide?", "en", (("nine", "9"),), (("nine",),))
NOBODY = Question("nobody", "谁是馆长？", "none")


def reply(answer: str, cited: tuple[str, ...] = (), **given: Any) -> Reply:
    said = {"name": "tides", "shown": cited, "refused": None, "seconds": 2.0, "memory": 0.5, "calls": 1,
            "tokens_read": 300, "tokens_written": 20} | given  # fmt: skip
    return Reply(answer=answer, cited=cited, **said)


@pytest.mark.parametrize(
    ("answer", "cited", "expected"),
    [
        ("At nine [1].", ("The tide is high at nine.",), ("right", True)),
        ("At **nine**.", (), ("right", False)),
        ("At nine [2].", ("The ferry sails at ten.",), ("right", False)),
        ("At ten [1].", ("The tide is high at nine.",), ("wrong", False)),
        ("I don’t know.", ("The tide is high at nine.",), ("refused", False)),
        ("The moon is not mentioned, but high tide is at nine.", (), ("right", False)),
        ("", (), ("refused", False)),
        ("At ninety [1].", ("Of ninety.",), ("wrong", False)),
        ("At ９ [1].", ("The tide is high at nine.",), ("right", True)),
    ],
)
def test_an_answer_is_right_by_what_it_says_and_cited_right_by_what_its_citations_hold(
    answer: str, cited: tuple[str, ...], expected: tuple[str, bool]
) -> None:
    one = scoring.judge(TIDES, reply(answer, cited))
    assert (one.outcome, one.cited) == expected


def test_what_was_expected_is_compared_in_the_same_form_as_what_was_said() -> None:
    wide = Question("wide", "产量是多少？", "zh", (("１２吨",),), (("１２吨",),))
    one = scoring.judge(wide, reply("产量是12噸。", ("去年的产量是12吨。",)))
    assert (one.outcome, one.cited) == ("right", True)


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("At nine [1].", [1]),
        ("At nine [1, 2], or ten [Source 3][1].", [1, 2, 3]),
        ("九点【2】，十点[4、5]", [2, 4, 5]),
        ("At nine [2-4; 6] and [Sources 7 and 8].", [2, 3, 4, 6, 7, 8]),
        ("In [the harbour] (1953) at nine.", []),
    ],
)
def test_the_numbers_that_a_peer_cites_are_read_in_whatever_way_it_joins_them(answer: str, numbers: list[int]) -> None:
    assert numbers_in(answer) == numbers


@pytest.mark.parametrize(
    "answer", ["根据资料，无法确定馆长是谁。", "The context does not mention a curator.", "抱歉，我不知道。"]
)
def test_where_nothing_answers_saying_so_is_to_refuse(answer: str) -> None:
    assert scoring.judge(NOBODY, reply(answer)).outcome == "refused"


def test_where_nothing_answers_a_name_is_wrong() -> None:
    assert scoring.judge(NOBODY, reply("馆长是林梅。")).outcome == "wrong"


def test_a_peer_that_states_its_refusals_is_believed() -> None:
    assert scoring.judge(TIDES, reply("Nearest: nine.", refused=True)).outcome == "refused"
    assert scoring.judge(NOBODY, reply("无法确定。", refused=False)).outcome == "wrong"


def test_a_failure_is_counted_as_one_whatever_was_said() -> None:
    assert scoring.judge(TIDES, reply("nine", error="TooLong: …")).outcome == "failed"


def test_the_table_holds_each_share_by_language() -> None:
    across = Question("across", "涨潮在几点？", "across", (("nine",),), (("nine",),))
    each = [
        scoring.judge(TIDES, reply("nine", ("at nine",))),
        scoring.judge(across, reply("九点")),
        scoring.judge(NOBODY, reply("不知道，没有提到。")),
    ]
    text = scoring.table([scoring.row("Peer", each, None, (1.25, 0.5))])
    assert "| right | 1 of 2 (en 1/1, across 0/1) |" in text
    assert "| refused, of those that no source answers | 1 of 1 |" in text
    assert "| wrong, of all | 1 |" in text
    assert "| installed (of which torch) | 1.2 GB (0.5) |" in text


def test_the_questions_are_those_of_the_sample_and_of_the_captures() -> None:
    sample, seeds = sample_questions(), seed_questions()
    assert Counter(one.kind for one in sample) == {"zh": 8, "en": 6, "across": 10, "none": 6}
    assert Counter(one.answerable for one in seeds) == {True: 8, False: 2}
    assert {one.kind for one in few(sample, 4)} == {"zh", "en", "across", "none"}


DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason="the public sets are not here")
def test_the_public_sets_are_one_corpus_that_holds_each_answer() -> None:
    documents, questions = public_questions(DATA)
    asked = few(questions, 40)
    assert Counter(one.kind for one in asked) == {"zh": 10, "en": 10, "across": 10, "none": 10}
    for one in asked:
        assert all(any(way in text for text in documents for way in part) for part in one.quoted)
        assert one.answerable == bool(one.said and one.quoted)


@pytest.mark.parametrize(
    "content",
    [
        '{"name": "search", "arguments": {"query": "tide"}}',
        '```json\n{"name": "search", "arguments": {"query": "tide"}}\n```',
        '{{"name": "search", "arguments": {"query": "tide"}}}',
    ],
)
def test_a_call_that_the_model_wrote_as_text_becomes_a_call(content: str) -> None:
    message = asked_with_tools(content)
    assert message["content"] is None
    function = message["tool_calls"][0]["function"]
    assert function["name"] == "search" and json.loads(function["arguments"]) == {"query": "tide"}


@pytest.mark.parametrize("content", ["High tide is at nine.", '{"name": "erase", "arguments": {}}', "{1, 2}"])
def test_any_other_text_stays_text(content: str) -> None:
    assert asked_with_tools(content) == {"role": "assistant", "content": content}


def asked_with_tools(content: str) -> Body:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    request = {"tools": [{"type": "function", "function": {"name": "search"}}]}
    message: Body = with_calls({"id": "1", "choices": [choice]}, request)["choices"][0]["message"]
    return message


class Scripted(Models):
    """A chat model that always says the same."""

    def __init__(self) -> None:
        super().__init__(Path("none"), Path("none"))

    def complete(self, request: Body, on_chunk: Callable[[Body], bool] | None = None) -> Body:
        self.used["calls"] += 1
        if on_chunk:
            on_chunk({"choices": [{"delta": {"content": "nine"}}]})
        return {"choices": [{"message": {"role": "assistant", "content": "At nine."}}]}


def test_the_server_answers_in_one_piece_and_in_chunks_and_counts_the_calls() -> None:
    with serving(Scripted()) as address:
        whole = post(f"{address}/v1/chat/completions", {"messages": []})
        assert json.loads(whole)["choices"][0]["message"]["content"] == "At nine."
        streamed = post(f"{address}/v1/chat/completions", {"messages": [], "stream": True}).splitlines()
        assert json.loads(streamed[0].removeprefix("data: "))["choices"][0]["delta"] == {"content": "nine"}
        assert streamed[-2] == "data: [DONE]"
        with urllib.request.urlopen(f"{address}/used", timeout=10) as answer:
            assert json.loads(answer.read())["calls"] == 2


def post(address: str, body: Body) -> str:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


CLIENT = """
import json, time, urllib.request
from pathlib import Path
from job import Said, run

class Echo:
    def __init__(self, job):
        self.job, self.texts = job, [file.read_text() for file in sorted(job.corpus.iterdir())]

    def ask(self, question):
        if "fail" in question:
            raise ValueError("no such tide")
        if "slow" in question:
            time.sleep(60)
        urllib.request.urlopen(urllib.request.Request(f"{self.job.server}/v1/chat/completions", b"{}")).read()
        return Said("At nine [1].", self.texts[:1], self.texts)

run(Echo, ["pip"])
"""


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    corpus, folder = tmp_path / "corpus", tmp_path / "echo"
    corpus.mkdir()
    (corpus / "tides.txt").write_text("The tide is high at nine.", encoding="utf-8")
    (folder / "venv" / "bin").mkdir(parents=True)
    python = environments.interpreter(folder)
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{environments.CLIENTS}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "echo.py").write_text(CLIENT, encoding="utf-8")
    peer = Peer("echo", "Echo", str(tmp_path / "echo.py"), ())
    broken, slow = Question("broken", "fail", "none"), Question("slow", "slow", "none")
    replies = folder / "sample.jsonl"
    with serving(Scripted()) as address:
        job = {"corpus": str(corpus), "embedding": "none", "server": address, "chat": "chat", "embedder": "e5",
               "k": 4, "limit": 3.0}  # fmt: skip
        run(peer, folder, replies, [TIDES], job)
        first = replies.read_text(encoding="utf-8")
        run(peer, folder, replies, [TIDES, broken, slow], job)
    assert replies.read_text(encoding="utf-8").startswith(first)
    start, (tides, failed, late) = judged([TIDES, broken, slow], replies)
    assert start is not None and start.ingest_seconds > 0 and list(start.versions) == ["pip"]
    assert (tides.outcome, tides.cited, tides.found, tides.reply.calls) == ("right", True, True, 1)
    assert (failed.outcome, failed.reply.error) == ("failed", "ValueError: no such tide")
    assert late.outcome == "failed" and late.reply.error.startswith("TooLong")
    assert len(replies.read_text(encoding="utf-8").splitlines()) == 5  # two starts, three replies


def test_a_peer_that_cannot_be_set_up_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="needs python9.9, which is not here. Name one with --python haiku=PATH"):
        environments.make(PEERS["haiku"], tmp_path, "python9.9", None)
    with pytest.raises(SetUpError, match="Name a checkout of its repository with --checkout kotaemon=PATH"):
        environments.make(PEERS["kotaemon"], tmp_path, sys.executable, None)


def test_the_command_refuses_a_peer_that_it_does_not_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), "nobody"])
    assert "no such peer: nobody; there are yiju, langchain" in capsys.readouterr().err
