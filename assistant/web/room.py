"""What all who are on the page share: the index, its models, and what is under way."""

from collections.abc import Sequence
from hashlib import sha256

from assistant import Assistant
from assistant.choices import Choices
from assistant.conversations import Conversations
from assistant.intake import Intake
from assistant.settings import Strictness
from assistant.turnstile import Most, Turnstile
from assistant.web.library import Library
from assistant.web.runs import Question, Run, Runs
from index import YijuError
from index.errors import IndexFolderError
from index.folder import STORE

FOLDER = "conversations"  # inside the index's
AT_ONCE = 4  # questions of one person


class Room:
    """One index with all that its page needs; safe to share between threads."""

    def __init__(
        self,
        assistant: Assistant,
        examples: Sequence[str] = (),
        choices: Choices | None = None,
        questions_a_minute: int | None = None,
    ) -> None:
        self.assistant = assistant
        self.examples = tuple(examples)
        self.choices = choices or Choices(assistant)
        self.library = Library(assistant.index)
        self.intake = Intake(assistant.index)
        self.turnstile = Turnstile(Most(of_one=AT_ONCE, a_minute=questions_a_minute))
        self.runs = Runs(self.conversations, self.turnstile)
        self._conversations: dict[str, Conversations] = {}
        self._file = assistant.index.folder / STORE
        self._identity = self._seen()

    def require_index(self) -> None:
        """Raise IndexFolderError when the index was removed or replaced: what we hold open of it will be lost."""
        if self._seen() != self._identity:
            raise IndexFolderError(
                f"The index in {self._file.parent} was removed, moved or replaced while Yiju was running. Put it back, "
                "or start Yiju again."
            )

    def _seen(self) -> tuple[int, int] | None:
        try:
            stat = self._file.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def ask(self, question: Question, model: str, strictness: Strictness | None) -> Run:
        """Begin to answer a question with a model; an error of the model's is the answer."""
        try:
            self.require_index()
            chosen = self.choices.choose(model, strictness)
        except YijuError as error:
            return self.runs.refuse(question, error)
        return self.runs.start(question, chosen)

    def conversations(self, person: str) -> Conversations:
        """Return a person's conversations: an account's own, or those of whoever is at this machine."""
        account = sha256(person.encode()).hexdigest()[:32] if person.startswith("account ") else ""
        if account not in self._conversations:
            folder = self.assistant.index.folder / FOLDER
            self._conversations[account] = Conversations(folder / f"account-{account}" if account else folder)
        return self._conversations[account]
