"""Text in pictures, Chinese and English, by PP-OCR: the extra `yiju[ocr]`, whose models come inside its package."""

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

from index.errors import SourceError
from index.sources.layout import lay_out_pages
from index.sources.lines import Line, Sheet
from index.sources.source import Draft

_ENGINE = threading.Lock()
_MOST_PIXELS = 60_000_000
_MOST_PAGES = 500  # of one TIFF
# What Pillow's readers raise for damaged files is written down nowhere.
_DAMAGE: tuple[type[Exception], ...] = (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError)
_DAMAGE += (ArithmeticError, MemoryError, struct.error, zlib.error, RuntimeError, AttributeError, AssertionError)
_BASELINE = 0.22  # of a line's height, from its foot
_SIZE = 0.8  # of a line's height: what a recognised line's box is to its type
_SAME = 1.4  # times the smallest, up to where heights are of the same type


page_done: ContextVar[Callable[[], None] | None] = ContextVar("page_done", default=None)
"""Called after each picture or page that was recognised: who bounds the time of a reading gives each its own."""


def can_read_images() -> bool:
    """Say whether the extra is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def read_image(data: bytes) -> Draft:
    """Read the text of an image. Raises SourceError without the extra, and for what is no image or shows no text."""
    if not can_read_images():
        raise SourceError("it is an image; install yiju[ocr] to read the text in images")
    sheets = [
        Sheet(number, float(len(pixels)), tuple(lines_of_image(pixels, 1.0)))
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
    """Return the lines in a picture (an array of rows of pixels, BGR or grey), a pixel being so many points."""
    with _ENGINE:
        found = _engine()(pixels)
    if (tell := page_done.get()) is not None:
        tell()
    if found.boxes is None or not found.txts:
        return []
    height = len(pixels)
    lines = []
    for corners, text in zip(found.boxes.tolist(), found.txts, strict=True):
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        top, foot = min(y for _, y in corners), max(y for _, y in corners)
        if text.strip():
            tall = max(foot - top, 1.0)
            baseline = (height - foot + _BASELINE * tall) * points
            lines.append(Line(text.strip(), left * points, right * points, baseline, _SIZE * tall * points, first=-1))
    return _evened(lines)


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

    return RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 2})


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
