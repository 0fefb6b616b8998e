"""Text in pictures, Chinese and English, by PP-OCR: the extra `yiju[ocr]`, whose models come inside its package."""

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from math import cos, pi, sin
from typing import Any, NamedTuple

from index.errors import SourceError
from index.sources.layout import lay_out_pages
from index.sources.lines import Line, Sheet
from index.sources.source import Draft

_ENGINE = threading.Lock()
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 960  # pixels of the picture in which lines are looked for; they are read in the whole one
_MOST_PAGES = 500  # of one TIFF
# What Pillow's readers raise for damaged files is written down nowhere.
_DAMAGE: tuple[type[Exception], ...] = (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError)
_DAMAGE += (ArithmeticError, MemoryError, struct.error, zlib.error, RuntimeError, AttributeError, AssertionError)
_BASELINE = 0.22  # of a line's height, from its foot
_SIZE = 0.8  # of a line's height: what a recognised line's box is to its type
_DOUBTFUL = 0.75  # the score that lines upside down hardly reach
_SAME = 1.4  # times the smallest, up to where heights are of the same type


page_done: ContextVar[Callable[[], None] | None] = ContextVar("page_done", default=None)
"""Called after each picture or page that was recognised: who bounds the time of a reading gives each its own."""


def can_read_images() -> bool:
    """Say whether the extra is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_image(data: bytes) -> Draft:
    """Read the text of an image. Raises SourceError without the extra, and for what is no image or shows no text."""
    if not can_read_images():
        raise SourceError('it is an image; to read the text in images: pip install "yiju[ocr]"')
    sheets = [
        Sheet(number, float(len(pixels)), tuple(lines_of_image(pixels, 1.0)), is_ordered=False)
        for number, pixels in enumerate(_frames(data), start=1)
    ]
    laid = lay_out_pages(sheets)
    if not laid.text:
        raise SourceError("no text was found in the image")
    return Draft(
        laid.text,
        headings=laid.headings,
        pages=laid.pages if len(sheets) > 1 else (),
        notes=("read by OCR, which may mistake characters",),
    )


def lines_of_image(pixels: Any, points: float) -> list[Line]:
    """Return the lines in a picture (an array of rows of pixels, BGR or grey), a pixel being so many points.

    A picture that stands upside down or on its side is turned; its lines then have an angle.
    """
    import numpy

    best = _Recognised(0, _recognised(pixels))
    if best.is_doubtful:
        others = [_Recognised(turn, _recognised(numpy.rot90(pixels, turn // 90).copy())) for turn in (180, 90, 270)]
        best = max([best, *others], key=lambda one: one.certainty)
    height, width = pixels.shape[:2]
    return _evened([_line(piece, best.turn, width, height, points) for piece in best.pieces])


class _Piece(NamedTuple):
    """A recognised line: its text, how sure that is (0 to 1), and its edges in pixels."""

    text: str
    score: float
    left: float
    top: float
    right: float
    foot: float


class _Recognised(NamedTuple):
    """What was found in a picture after it was turned by so many degrees, against the clock."""

    turn: int
    pieces: list[_Piece]

    @property
    def certainty(self) -> float:
        """How much text was found and how sure it is; none where lines run downwards, which is another turn's."""
        tall = sum(piece.foot - piece.top > 2 * (piece.right - piece.left) for piece in self.pieces)
        if 2 * tall > len(self.pieces):
            return 0.0
        return sum(len(piece.text) * (piece.score - _DOUBTFUL) for piece in self.pieces)

    @property
    def is_doubtful(self) -> bool:
        """Whether the text is none as it stands: upside down, or on its side."""
        return self.certainty < 0.05 * sum(len(piece.text) for piece in self.pieces)


def _recognised(pixels: Any) -> list[_Piece]:
    with _ENGINE:
        found = _engine()(pixels)
    if (tell := page_done.get()) is not None:
        tell()
    if found.boxes is None or not found.txts:
        return []
    pieces = []
    for corners, text, score in zip(found.boxes.tolist(), found.txts, found.scores, strict=True):
        across, down = [x for x, _ in corners], [y for _, y in corners]
        if text.strip():
            pieces.append(_Piece(text.strip(), float(score), min(across), min(down), max(across), max(down)))
    return pieces


def _line(piece: _Piece, turn: int, width: int, height: int, points: float) -> Line:
    """A recognised piece as a line of the picture as it was before it was turned."""
    across, up = (width, height) if turn in (0, 180) else (height, width)
    tall = max(piece.foot - piece.top, 1.0)
    left, right, baseline = piece.left, piece.right, up - piece.foot + _BASELINE * tall
    angle = (180 - turn) % 360 - 180  # of the text in the picture
    # The corner of the turned picture, as seen along a line.
    x, y = {0: (0, 0), 180: (width, height), 90: (0, height), 270: (width, 0)}[turn]
    slope = angle * pi / 180
    along, over = x * cos(slope) + y * sin(slope), y * cos(slope) - x * sin(slope)
    return Line(
        piece.text,
        (left + along) * points,
        (right + along) * points,
        (baseline + over) * points,
        _SIZE * tall * points,
        angle=angle,
        first=-1,
    )


def _evened(lines: list[Line]) -> list[Line]:
    """The lines with one size for those of about the same height, which differs with the letters in each line."""
    sizes: dict[float, float] = {}
    group: list[float] = []
    for size in [*sorted(line.size for line in lines), float("inf")]:
        if group and size > _SAME * group[0]:
            sizes |= dict.fromkeys(group, group[len(group) // 2])
            group = []
        group.append(size)
    return [line._replace(size=sizes[line.size]) for line in lines]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            # It turns one line in twenty upside down that stands upright, and garbles it.
            "Global.use_cls": False,
            # Lines are found as well in a picture of this size as in one twice as large, in half of the time.
            "Det.limit_type": "max",
            "Det.limit_side_len": _LONGEST_SIDE,
        }
    )


def _frames(data: bytes) -> Iterator[Any]:
    """Yield the pictures of an image file, upright: all of a TIFF, the first of an animation."""
    import numpy
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; of many pixels, which are counted here
            with Image.open(io.BytesIO(data)) as image:
                frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
                for number in range(min(frames, _MOST_PAGES)):
                    image.seek(number)
                    if image.width * image.height > _MOST_PIXELS:
                        raise Image.DecompressionBombError
                    upright = ImageOps.exif_transpose(image).convert("RGB")
                    yield numpy.asarray(upright)[:, :, ::-1].copy()
    except Image.DecompressionBombError:
        most = _MOST_PIXELS // 1_000_000
        raise SourceError(f"it has more than the {most} megapixels that are read; scale it down") from None
    except _DAMAGE:
        raise SourceError("it is a damaged image, or none") from None
