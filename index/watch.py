"""Changes under folders, as they come. The only module that imports watchfiles."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, watch

from index.sources import IGNORE_FILES

_QUIET = 500  # milliseconds: who saves a file often writes it in several steps


def changes(paths: Sequence[Path], besides: Path, stop: threading.Event | None) -> Iterator[None]:
    """Yield when files under these paths have changed and are at rest, until `stop` is set or Ctrl-C.

    What is hidden does not count, except ignore files; nor does what lies under `besides`. Yields once more within
    seconds of the start, for what changed before anyone looked.
    """
    own = besides.resolve()
    tops = [path.resolve() for path in paths]

    def counts(_: Change, path: str) -> bool:
        changed = Path(path)
        if changed.is_relative_to(own):
            return False
        top = next(one for one in tops if changed.is_relative_to(one))
        *folders, name = ["", *changed.relative_to(top).parts]
        hidden = name.startswith(".") and name not in IGNORE_FILES
        return not hidden and not any(folder.startswith(".") for folder in folders)

    first = True
    with suppress(KeyboardInterrupt):  # the library would tell of it in a warning
        for changed in watch(*tops, watch_filter=counts, step=_QUIET, stop_event=stop, yield_on_timeout=True):
            if changed or first:
                yield
            first = False
