"""What the index holds, as programs see it: passages that fit, sources, stretches of their text."""

from pathlib import PurePath

from assistant.intake import Item
from assistant.server.refusals import Refused
from assistant.server.shapes import LONGEST_STRETCH, About, Addition, Found, Hits, Place, Query, Sources, Stretch
from assistant.server.wording import public
from index import Hit, Index, Passage, Source

_OURS = "the index cannot take it now; the server's log says why"
_STRETCH = 20_000  # characters, where no end is named


def search(index: Index, query: Query) -> Hits:
    """Return the passages that fit a query best. Raises QueryError."""
    hits = index.search(query.query, query.k, query.where.asked() if query.where else None)
    sources = {one.id: one for one in index.sources(*{hit.passage.source_id for hit in hits})} if hits else {}
    return Hits(data=[_found(hit, sources[hit.passage.source_id]) for hit in hits if hit.passage.source_id in sources])


def listed(index: Index, offset: int, limit: int) -> Sources:
    """Return some of the sources, by title."""
    counts, all_of_them = index.passage_counts(), index.sources()
    shown = all_of_them[offset : offset + limit]
    return Sources(data=[_about(one, counts.get(one.id, 0)) for one in shown], total=len(all_of_them))


def stretch(index: Index, source_id: str, start: int, end: int | None) -> Stretch:
    """Return a source's text from `start` to `end`, as far as there is text. Raises Refused for an unknown source."""
    source = index.source(source_id)
    if source is None:
        raise unknown(source_id)
    length = len(source.text)
    start = min(start, length)
    end = min(length, start + LONGEST_STRETCH, start + _STRETCH if end is None else max(start, end))
    passages = sum(not one.furniture for one in index.passages(source_id))
    return Stretch(source=_about(source, passages), start=start, end=end, length=length, text=source.text[start:end])


def addition(item: Item) -> Addition:
    """Return what became of something that was to be added."""
    return Addition(
        id=item.number,
        name=public(item.name),
        state=item.state,
        reason=_OURS if item.is_our_fault else item.reason,
        source_id=item.source_id,
        passages=item.passages,
    )


def unknown(source_id: str) -> Refused:
    """Return the refusal for a source that is not here."""
    return Refused(
        404, f"There is no source {source_id[:100]!r}. The list of sources has those that there are.", "not_found", "id"
    )


def _about(source: Source, passages: int) -> About:
    return About(
        id=source.id,
        title=source.title if source.title != source.uri else PurePath(source.uri).name,
        author=source.author,
        published=source.published,
        language=source.language,
        media_type=source.media_type,
        uri=public(source.url or source.uri),
        added=source.retrieved,
        passages=passages,
    )


def _found(hit: Hit, source: Source) -> Found:
    passage = hit.passage
    return Found(
        rank=hit.rank,
        score=hit.score,
        dense_rank=hit.dense_rank,
        words_rank=hit.words_rank,
        quote=passage.text,
        title=source.title,
        author=source.author,
        published=source.published,
        uri=public(source.url or source.uri),
        page=passage.page,
        heading=passage.heading,
        language=passage.language,
        source_id=source.id,
        start=passage.start,
        end=passage.end,
        copies=[_place(one) for one in hit.copies],
    )


def _place(passage: Passage) -> Place:
    return Place(source_id=passage.source_id, start=passage.start, end=passage.end)
