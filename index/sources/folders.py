"""The files under folders, without what is hidden or what an ignore file leaves out."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from index.errors import SourceError
from index.sources.address import is_address

INDEX_FILE = "yiju.sqlite"  # a folder with this file is an index and no folder of sources

IGNORE_FILES = (".gitignore", ".yijuignore")  # the later decides where both say something


@dataclass(frozen=True)
class Found:
    """A file or web address that was named, or lies under a folder that was named."""

    at: Path | str  # a str for an address
    real: str  # the file's own path, all links followed; the address
    ignored_by: str = ""  # the ignore file that leaves it (a file, or a whole folder) out; "" when it is to be read


@dataclass(frozen=True)
class _Rules:
    """An ignore file's patterns, which hold for what lies under its folder."""

    folder: Path
    specs: tuple[tuple[Path, GitIgnoreSpec], ...]

    def decide(self, path: Path, is_folder: bool) -> str | None:
        """Return the file that leaves a path out, "" when one takes it in again, None when none says anything."""
        named = path.relative_to(self.folder).as_posix() + "/" * is_folder
        for file, spec in reversed(self.specs):
            include = spec.check_file(named).include
            if include is not None:
                return str(file) if include else ""
        return None


def walk(paths: Iterable[Path | str]) -> Iterator[Found]:
    """Yield every file under these paths once: folders in order of name, without their hidden files and folders.

    Web addresses are yielded as they are, and a file that is named itself is never ignored. `.gitignore` and
    `.yijuignore` count in every folder that is walked, the deeper one and `.yijuignore` first. An index of ours is
    passed over. Files of other types, dangling links and folders that cannot be listed are yielded too, so that
    reading reports each of them by name and nothing is lost in silence. Linked folders inside a folder are not
    followed. Raises SourceError for an ignore file that cannot be understood.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _at(path):
            if found.ignored_by:
                yield found
            elif found.real not in seen:
                seen.add(found.real)
                yield found


def _at(path: Path | str) -> Iterator[Found]:
    if is_address(path):
        yield Found(path, path)
    elif os.path.isdir(path):
        yield from _under(Path(path))
    else:
        yield Found(Path(path), os.path.realpath(path))  # Path.resolve would raise on a loop of links


def _under(top: Path) -> Iterator[Found]:
    unlisted: list[str] = []
    rules: dict[str, tuple[_Rules, ...]] = {}  # that hold in a folder, the deepest first
    for parent, folders, files in os.walk(top, onerror=lambda error: unlisted.append(error.filename)):
        if INDEX_FILE in files:
            folders.clear()
            continue
        above = rules.pop(parent, ())
        here = (*_rules_of(Path(parent), files), *above)
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        walked: list[str] = []
        for name in sorted(folders):
            if name.startswith(".") or name in linked:
                continue
            path = Path(parent, name)
            if ignored_by := _ignored(path, here, is_folder=True):
                yield Found(path, os.path.realpath(path), ignored_by)
            else:
                walked.append(name)
                if here:
                    rules[str(path)] = here
        folders[:] = walked
        for name in sorted([*files, *linked]):
            if not name.startswith("."):
                path = Path(parent, name)
                yield Found(path, os.path.realpath(path), _ignored(path, here))
    for name in unlisted:
        yield Found(Path(name), os.path.realpath(name))


def _ignored(path: Path, rules: tuple[_Rules, ...], is_folder: bool = False) -> str:
    for one in rules:
        decided = one.decide(path, is_folder)
        if decided is not None:
            return decided
    return ""


def _rules_of(folder: Path, files: list[str]) -> Iterator[_Rules]:
    specs = tuple((folder / name, _spec_of(folder / name)) for name in IGNORE_FILES if name in files)
    if specs:
        yield _Rules(folder, specs)


def _spec_of(file: Path) -> GitIgnoreSpec:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file} cannot be read: {error}. Write it in UTF-8, in the syntax of .gitignore.") from error
    try:
        return GitIgnoreSpec.from_lines(lines)
    except GitIgnorePatternError as error:
        raise SourceError(
            f"{file}: {error}. Nothing was added; mend that line, in the syntax of .gitignore."
        ) from error
