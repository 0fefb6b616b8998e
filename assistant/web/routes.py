"""What the page asks for beside answers: sources, conversations, settings; JSON in and out."""

import re
from dataclasses import asdict
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, Field

from assistant import feedback
from assistant.conversations import Conversation
from assistant.errors import ConversationError
from assistant.render import as_html, as_markdown
from assistant.settings import Strictness
from assistant.web import evidence_panel
from assistant.web.evidence_panel import Mark
from assistant.web.examples import examples
from assistant.web.library import SORTS, Wanted
from assistant.web.room import Room
from assistant.web.runs import MOST_BEFORE, Question
from assistant.web.turn import Turn
from index import YijuError
from index.errors import SourceError
from index.sources import LARGEST, SUPPORTED

Person = Annotated[str, Header(alias="x-yiju-person")]
Answered = dict[str, object]

_MARK = re.compile(r"(\d{1,9}):(\d{1,9}):(\d{1,9})", re.ASCII)
_MOST_MARKS = 40
_MOST_ROWS = 200


def _whole(text: str) -> str:
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise ValueError("it holds half of a character (a surrogate alone); type it again")
    return text


Text = Annotated[str, AfterValidator(_whole)]


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


Here = Annotated[Room, Depends(_room)]


def _require_index(here: Here) -> None:
    here.require_index()


router = APIRouter(prefix="/yiju", dependencies=[Depends(_require_index)])
always = APIRouter(prefix="/yiju")  # there even when the index is not, so that the page can say so


def add_routes(app: FastAPI, room: Room) -> None:
    """Give the application the routes of the page."""
    app.state.room = room
    app.include_router(router)
    app.include_router(always)

    @app.exception_handler(YijuError)
    def refused(_: Request, error: YijuError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 400)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]  # without what was sent: JSON may not be able to hold it
        return JSONResponse({"error": f"{first['loc'][-1]!s:.100}: {first['msg']}."}, 422)


# Sources


def _wanted(words: str = "", language: str = "", kind: str = "", sort: str = "title", down: bool = False) -> Wanted:
    return Wanted(words[:200], language, kind, sort if sort in SORTS else "title", down)


Fitting = Annotated[Wanted, Depends(_wanted)]


@router.get("/sources")
def listed(here: Here, wanted: Fitting, offset: int = 0, limit: Annotated[int, Query(le=_MOST_ROWS)] = 50) -> Answered:
    return asdict(here.library.page(wanted, max(0, offset), max(1, limit)))


@router.get("/source-ids")
def ids(here: Here, wanted: Fitting) -> list[str]:
    return here.library.ids(wanted)


@router.post("/gone-ids")
def gone(here: Here, ids: Annotated[list[Text], Body(embed=True)]) -> list[str]:
    return here.library.gone(ids)


@router.get("/sources/{source_id}")
def opened(here: Here, source_id: str, mark: Annotated[list[str] | None, Query()] = None) -> Answered:
    source = here.library.source(source_id)
    if source is None:
        raise HTTPException(404)
    return dict(evidence_panel.opened(source, _marks(mark or [])))


@router.get("/sources/{source_id}/pages/{number}")
def page(here: Here, source_id: str, number: int, start: int = 0, end: int = 0) -> Answered:
    source = here.library.source(source_id)
    picture = here.library.picture(source, number, start, end) if source else None
    if picture is None:
        raise HTTPException(404)
    return asdict(picture)


@router.post("/sources/{source_id}/read")
def read_again(here: Here, source_id: str) -> Answered:
    source = here.library.source(source_id)
    if source is None:
        raise HTTPException(404)
    here.library.changed()
    return asdict(here.intake.add(source.title, source.uri))


@router.delete("/sources/{source_id}")
def remove(here: Here, source_id: str) -> Answered:
    return {"done": here.library.remove(source_id)}


@router.post("/sources/{source_id}/restore")
def restore(here: Here, source_id: str) -> Answered:
    return {"done": here.library.restore(source_id)}


@router.get("/examples")
def tried(here: Here) -> list[dict[str, str]]:
    if here.examples:
        return [{"zh": one, "en": one} for one in here.examples]
    return [{"zh": one.zh, "en": one.en} for one in examples(here.assistant.index)]


def _marks(written: list[str]) -> list[Mark]:
    """Read marks written as NUMBER:START:END; what is none is left out."""
    found = [_MARK.fullmatch(one) for one in written[:_MOST_MARKS]]
    return [Mark(*map(int, one.groups())) for one in found if one]


# What is being added


@router.get("/intake")
def progress(here: Here) -> Answered:
    here.library.changed()
    return asdict(here.intake.progress())


@router.delete("/intake")
def clear(here: Here) -> Answered:
    here.intake.clear()
    return {"done": True}


@router.put("/files", response_model=None)
async def upload(
    here: Here, request: Request, name: Annotated[str, Query(max_length=4_000)]
) -> Answered | JSONResponse:
    try:
        length = request.headers.get("content-length", "")
        size = int(length) if length.isdecimal() else 0
        return asdict(await here.intake.upload(name, size, request.stream()))
    except SourceError as error:
        # The rest of a body that is too large is not waited for.
        return JSONResponse({"error": str(error)}, 413, {"Connection": "close"})


@router.post("/texts")
def paste_text(here: Here, title: Annotated[str, Body()], text: Annotated[str, Body()]) -> Answered:
    return asdict(here.intake.text(title, text))


@router.post("/addresses")
def paste_address(here: Here, address: Annotated[str, Body(embed=True)]) -> Answered:
    return asdict(here.intake.address(address))


# Conversations


def _held(room: Room, person: str, conversation_id: str) -> Conversation:
    found = room.conversations(person).get(conversation_id)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/conversations")
def conversations(here: Here, person: Person, words: str = "") -> list[Answered]:
    return [asdict(one) for one in here.conversations(person).listed(words[:200])]


@router.get("/conversations/{conversation_id}")
def conversation(here: Here, person: Person, conversation_id: str) -> Answered:
    found = _held(here, person, conversation_id)
    verdicts = {one.id: one.verdict for one in feedback.kept(here.assistant.index.folder)}
    turns: list[Answered] = [
        {
            **Turn.of(one).shown(),
            "question": one.answer.question,
            "before": one.before,
            "verdict": verdicts.get(one.id),
        }
        for one in found.exchanges
    ]
    return {"id": found.id, "name": found.name, "turns": turns}


@router.patch("/conversations/{conversation_id}")
def rename(here: Here, person: Person, conversation_id: str, name: Annotated[Text, Body(embed=True)]) -> Answered:
    return {"done": here.conversations(person).rename(conversation_id, name)}


@router.delete("/conversations/{conversation_id}")
def remove_conversation(here: Here, person: Person, conversation_id: str) -> Answered:
    return {"done": here.conversations(person).remove(conversation_id)}


@router.post("/conversations/{conversation_id}/restore")
def restore_conversation(here: Here, person: Person, conversation_id: str) -> Answered:
    return {"done": here.conversations(person).restore(conversation_id)}


@router.get("/conversations/{conversation_id}/{kind}")
def export(
    here: Here, person: Person, conversation_id: str, kind: Literal["markdown", "html"], language: str = "en"
) -> Response:
    found = _held(here, person, conversation_id)
    write, suffix = (as_markdown, "md") if kind == "markdown" else (as_html, "html")
    name = "".join(c for c in found.name[:60] if c.isalnum() or c in " -").strip() or "chat"
    return Response(
        write(found, language),
        media_type=f"text/{kind}",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{suffix}"},
    )


@router.post("/feedback")
def judge(
    here: Here,
    person: Person,
    conversation: Annotated[Text, Body()],
    turn: Annotated[Text, Body()],
    verdict: Annotated[feedback.Verdict, Body()],
    note: Annotated[Text, Body()] = "",
) -> Answered:
    for one in _held(here, person, conversation).exchanges:
        if one.id == turn:
            feedback.keep(here.assistant.index.folder, feedback.feedback_on(one, verdict, note))
            return {"done": True}
    raise ConversationError("This answer was not kept, so no verdict on it can be. Ask again, then judge it.")


class Asked(BaseModel):
    """A question as a page sends it when its stream is broken."""

    turn: Annotated[Text, Field(max_length=64)]
    question: str  # half of a character in it is answered as any other question that cannot be asked
    conversation: Annotated[Text, Field(max_length=64)]
    only: list[Text] = []
    before: Annotated[list[Annotated[Text, Field(max_length=64)]], Field(max_length=MOST_BEFORE)] = []
    model: Text = ""
    strictness: Strictness | None = None


@always.post("/runs")
def ask(here: Here, person: Person, asked: Asked) -> Answered:
    only, before = tuple(asked.only), tuple(asked.before)
    question = Question(asked.turn, asked.question, person, asked.conversation, only, before)
    return dict(here.ask(question, asked.model, asked.strictness).shown())


@always.post("/runs/{run_id}/stop")
def stop(here: Here, person: Person, run_id: Annotated[str, Path(max_length=64)]) -> Answered:
    here.runs.stop(run_id, person)
    return {"done": True}


@always.get("/runs/{run_id}")
def running(here: Here, person: Person, run_id: str) -> Answered:
    run = here.runs.get(run_id, person)
    if run is None:
        raise HTTPException(404)
    asked = run.question
    question = asked.text.encode(errors="replace").decode()
    return {**run.shown(), "question": question, "conversation": asked.conversation, "before": asked.before}


# Settings


@always.get("/settings")
def offered(here: Here, person: Person) -> Answered:
    return {
        "models": [asdict(one) for one in here.choices.offered()],
        "strictness": here.choices.strictness,
        "largest": LARGEST,
        "suffixes": list(SUPPORTED),
        "account": bytes.fromhex(person.removeprefix("account ")).decode() if person.startswith("account ") else "",
        "index": here.assistant.index.folder.name,
    }


@always.post("/models/{name}")
def get(here: Here, name: str) -> Answered:
    here.choices.get(name)
    return {"done": True}
