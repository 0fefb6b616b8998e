"""What Word, PowerPoint and Excel documents share: the package they are, and what it states of the document."""

from index.sources.archive import Archive
from index.sources.text import flow

_PROPERTIES = "docProps/core.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
# What the programs themselves write where nobody named a title or an author.
_NO_TITLES = frozenset(
    ("powerpoint presentation", "powerpoint 演示文稿", "word document", "slide 1", "幻灯片 1", "untitled")
)
_NO_AUTHORS = frozenset(("python-docx", "openpyxl", "xlsxwriter", "microsoft office user", "user", "administrator"))


def open_office(data: bytes, what: str) -> Archive:
    """Open the package of a document that a library may then read. Raises SourceError."""
    archive = Archive(data, what)
    archive.refuse_entities()
    return archive


def stated(archive: Archive) -> tuple[str | None, str | None]:
    """Return the title and the author that a document states.

    It states no day on which it was published: "created" is often the day of the template, "modified" that of a copy.
    """
    if _PROPERTIES not in archive.names:
        return None, None
    root = archive.xml(_PROPERTIES)
    title, author = (flow(root.findtext(f"{_DC}{name}") or "") for name in ("title", "creator"))
    return (
        title if title and title.lower() not in _NO_TITLES else None,
        author if author and author.lower() not in _NO_AUTHORS else None,
    )
