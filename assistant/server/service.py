"""What every request works with: one index, its models, what is being added, and what is under way."""

import asyncio
from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from assistant.choices import Choices
from assistant.intake import Intake
from assistant.server import catalogue
from assistant.server.answering import Answering
from assistant.server.limits import Limits
from assistant.server.refusals import busy
from assistant.server.shapes import Hits, Query
from assistant.turnstile import Turnstile
from index import Index


@dataclass(frozen=True)
class Service:
    """One index with all that its interface needs; safe to share between requests."""

    index: Index
    choices: Choices
    intake: Intake
    limits: Limits = field(default_factory=Limits)
    turnstile: Turnstile = field(default_factory=Turnstile)
    answering: Answering = field(init=False)
    _searching: anyio.CapacityLimiter = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answering", Answering(self.choices, self.limits, self.turnstile))
        object.__setattr__(self, "_searching", anyio.CapacityLimiter(self.limits.searches))

    async def search(self, query: Query) -> Hits:
        """Search when those before have left room. Raises Refused when they do not."""
        try:
            async with asyncio.timeout(self.limits.search_seconds):
                return await anyio.to_thread.run_sync(catalogue.search, self.index, query, limiter=self._searching)
        except TimeoutError:
            raise busy("The searches before this one take too long. Search again soon.", 10) from None
