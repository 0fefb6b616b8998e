"""While the model is not there yet: a program is told so, and never given quotes for the model's answer."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import openai
import pytest
from mcp import Client
from openai import OpenAI

from assistant import Assistant
from assistant.choices import Choices
from assistant.intake import Intake
from assistant.server.limits import Limits
from assistant.server.service import Service
from index import Index, weights
from index.errors import WeightsError
from index.snapshot import Vectors
from tests.conftest import DOCUMENTS
from tests.fakes import WordEmbedder
from tests.server.serving import TalkingModel, eventually, serving_of

ASKED = [{"role": "user", "content": "How many arches has the old bridge?"}]


class SlowEmbedder(WordEmbedder):
    """Gives vectors once it is let go, as one does whose model is being read into memory."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loaded = threading.Event()
        self.is_loaded.set()

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.is_loaded.wait(20)
        return super().queries(texts)


@contextmanager
def coming(folder: Path, fetch: Callable[..., Mapping[str, object]]) -> Iterator[tuple[str, Choices]]:
    """Serve while the files of the embedded model are being fetched."""
    (folder / "bridge.html").write_text(DOCUMENTS["bridge.html"], encoding="utf-8")
    index = Index.open(folder / "index", WordEmbedder())
    index.add(folder / "bridge.html")
    choices = Choices(Assistant(index, None, "none"), "embedded", fetch=fetch)
    with serving_of(Service(index, choices, Intake(index))) as address:
        yield address, choices


async def test_while_its_files_come_a_question_is_told_how_far_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIJU_CACHE", str(tmp_path / "cache"))
    given_up = threading.Event()

    def fetch(model: weights.Model, progress: Callable[[weights.Progress], None]) -> Mapping[str, object]:
        progress(weights.Progress(model.files[0].name, model.size * 43 // 100, model.size, "hub"))
        given_up.wait(20)
        raise WeightsError(f"no way to the hub from {tmp_path}")

    with coming(tmp_path, fetch) as (address, choices):
        with OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:

            def refusal(stream: bool = False) -> openai.APIStatusError:
                with pytest.raises(openai.APIStatusError) as raised:
                    client.chat.completions.create(model="yiju", messages=ASKED, stream=stream)  # type: ignore[call-overload]
                return raised.value

            def health() -> dict[str, object]:
                return dict(httpx.get(f"{address}/health", trust_env=False).json())

            choices.get("embedded")
            assert eventually(lambda: choices.offers("embedded").done > 0)
            for told in (refusal(), refusal(stream=True)):
                assert (told.status_code, told.code, told.param) == (503, "model_loading", "model")
                assert "'embedded' is being downloaded, 42 % of it is here" in str(told)
                assert 0 < int(told.response.headers["retry-after"]) <= 60
            assert health() == {"status": "downloading", "percent": 42}

            quotes = client.chat.completions.create(model="none", messages=ASKED)  # type: ignore[call-overload]
            assert quotes.model == "none" and "seven arches" in quotes.choices[0].message.content
            assert "embedded" not in {one.id for one in client.models.list()}
            async with Client(f"{address}/mcp") as mcp:
                asked = await mcp.call_tool("ask", {"question": "How many arches has the old bridge?"})
            assert asked.is_error and "is being downloaded, 42 %" in asked.content[0].text  # type: ignore[union-attr]

            given_up.set()
            assert eventually(lambda: health()["status"] == "failed")
            told = refusal()
            assert (told.status_code, told.code) == (503, "model_missing")
            assert "could not be had" in str(told) and str(tmp_path) not in str(told)


def test_a_question_whose_turn_does_not_come_is_told_to_come_again(tmp_path: Path) -> None:
    (tmp_path / "bridge.html").write_text(DOCUMENTS["bridge.html"], encoding="utf-8")
    embedder = SlowEmbedder()
    index = Index.open(tmp_path / "index", embedder)
    index.add(tmp_path / "bridge.html")
    embedder.is_loaded.clear()
    service = Service(index, Choices(Assistant(index, None, "none")), Intake(index), Limits(answer_seconds=0.5))
    with serving_of(service) as address:
        for stream in (False, True):
            body = {"model": "yiju", "messages": ASKED, "stream": stream}
            told = httpx.post(f"{address}/v1/chat/completions", json=body, trust_env=False, timeout=30)
            assert told.status_code == 503 and int(told.headers["retry-after"]) > 0
            assert told.json()["error"]["code"] == "busy"
        embedder.is_loaded.set()


def test_while_it_is_read_into_memory_a_question_waits(tmp_path: Path) -> None:
    (tmp_path / "bridge.html").write_text(DOCUMENTS["bridge.html"], encoding="utf-8")
    embedder = SlowEmbedder()
    index = Index.open(tmp_path / "index", embedder)
    index.add(tmp_path / "bridge.html")
    embedder.is_loaded.clear()
    choices = Choices(Assistant(index, TalkingModel(pieces=[], stops=[], asked=[]), "scripted"))
    with serving_of(Service(index, choices, Intake(index))) as address:
        assert httpx.get(f"{address}/health", trust_env=False).json()["status"] == "loading"
        answers: list[httpx.Response] = []

        def ask() -> None:
            body = {"model": "yiju", "messages": ASKED}
            answers.append(httpx.post(f"{address}/v1/chat/completions", json=body, trust_env=False, timeout=30))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(0.5)
        assert not answers
        embedder.is_loaded.set()
        asking.join(20)
        assert "seven arches.[1]" in answers[0].text
        assert httpx.get(f"{address}/health", trust_env=False).json()["status"] == "ready"
