"""What every request works with: one index, its models, what is being added, and what is under way."""

from dataclasses import dataclass, field

from assistant.choices import Choices
from assistant.intake import Intake
from assistant.server.answering import Answering
from assistant.server.limits import Limits
from index import Index


@dataclass(frozen=True)
class Service:
    """One index with all that its interface needs; safe to share between requests."""

    index: Index
    choices: Choices
    intake: Intake
    limits: Limits = field(default_factory=Limits)
    answering: Answering = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "answering", Answering(self.choices, self.limits))
