"""Bytes to characters: which encoding a text file is in, and whether it is text at all."""

import codecs
import re

from index.errors import SourceError

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive (or an office document, which is one)"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"RIFF", "a media file (RIFF)"),
    (b"OggS", "a media file (Ogg)"),
    (b"ID3", "an MP3 file"),
)

# Frequent characters of modern Chinese, simplified and traditional. They are 66 to 75 % of the ideographs of running
# text (XQuAD-zh; Pro Git in simplified and in traditional Chinese); a text decoded wrong holds next to none.
_HAN = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第"
    "公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合"
    "回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总"
    "何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
    "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带"
    "导争运這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問並應戰頭體見產話內給門兒"
    "東聲員論處義幾認條氣題爾別變總電數報結務場計資許統區隊決馬書則聽卻達強難權設記類據邊張該規萬覺術領確傳師觀讓識帶導"
    "爭運"
)
_MARKS = "，。、；：？！“”‘’（）《》〈〉【】「」『』—…·～％　"

# Beyond ASCII, what ordinary text in each encoding is made of. The right decoding scores far above the wrong ones: they
# yield rare ideographs, private-use characters or accents side by side. Order decides between equals.
# One ideograph inside a Latin word ("pr當ticamente") is an accented letter and its neighbour, taken for a pair.
_CHINESE = f"(?<![A-Za-z])[{_HAN}{_MARKS}]|[{_HAN}{_MARKS}](?![A-Za-z])"
_JAPANESE = f"[ぁ-んァ-ヶー・]|{_CHINESE}"
_KOREAN = "[이다는을의에고가하지를로한은기서도사해리있수시어자나그인대정일면스들보라부만전제과주장여비상으할것게했었]"
_RUSSIAN = r"\b[А-ЯЁ]?[а-яё]+\b|[«»—–“”„…№]"
_ACCENTED = r"(?<![^\x00-\x7f])[{}]{{1,2}}(?![^\x00-\x7f«»–—‘’“”„…\xa0])|[«»–—‘’“”„…€°§©\xa0]"
_WEST = _ACCENTED.format("àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßÀÁÂÄÅÆÇÈÉÊÍÑÓÔÖØŒÚÜ¿¡")
_CENTRAL = _ACCENTED.format("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉÍŘŠŤÚŽőűŐŰäöüßÄÖÜ")
_ORDINARY = {
    "gb18030": _CHINESE,
    "cp950": _CHINESE,
    "big5hkscs": _CHINESE,
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _KOREAN,
    "cp1252": _WEST,
    "cp1250": _CENTRAL,
    "cp1251": _RUSSIAN,
}
_WIDE = ("utf-16-le", "utf-16-be")
_ORDINARY_WIDE = rf"[\t\n\r -~{_HAN}{_MARKS}ぁ-んァ-ヶà-ÿа-я]"
_ENOUGH = 0.3  # 300 stretches of 40 characters: right decodings score 0.33 to 0.9, the best wrong one 0.1 in the median
_ENOUGH_LETTERS = 0.7  # where all letters are ordinary ones, and not only the frequent
_TERSE, _COMMON = 0.15, 0.85
_FIRST_COMMON, _LAST_COMMON = b"\xb0\xa1", b"\xd7\xf9"  # the 3,755 characters of GB 2312's first level
_SAMPLE = 65_536


def decode(data: bytes) -> str:
    """The text of these bytes, by byte order mark, UTF-8, or the encoding in which they make ordinary text.

    A damaged character becomes U+FFFD. Raises SourceError, naming what it looks like, when it is no text.
    """
    for signature, name in _SIGNATURES:
        # A text may well begin with "MZ" or "ID3", but holds no NUL byte then.
        if data.startswith(signature) and (not signature.isalnum() or b"\0" in data[:512]):
            raise SourceError(f"it is not text, it looks like {name}")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if b"\0" not in data and not _controls(data):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return data.decode(_guessed(data), errors="replace")


# As browsers read these labels (https://encoding.spec.whatwg.org/#names-and-labels).
_CODECS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
}


def labelled(data: bytes, label: str) -> str | None:
    """The text of bytes that are said to be in an encoding; None when it does not decode them.

    UTF-8 comes first: pages keep the label of the encoding that they once came in.
    """
    for encoding in ("utf-8", _CODECS.get(label.lower(), label)):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError):  # no such encoding, or the text is not in it
            continue
    return None


def in_utf8(data: bytes, label: str) -> bytes:
    """Bytes that are said to be in an encoding, in UTF-8; as they are when they say another by a byte order mark."""
    if data.startswith(tuple(mark for mark, _ in _BOMS)):
        return data
    text = labelled(data, label)
    return data if text is None else text.encode("utf-8", "replace")


def _controls(data: bytes) -> int:
    """How many control characters the bytes hold, when that is more than text ever does; else 0."""
    count = len(data) - len(data.translate(None, bytes([*range(1, 8), *range(14, 27), *range(28, 32), 127])))
    return count if count > len(data) / 50 else 0


def _guessed(data: bytes) -> str:
    wide = {encoding: _share(_ORDINARY_WIDE, data[:_SAMPLE].decode(encoding, "replace"), of=".") for encoding in _WIDE}
    likelier = max(wide, key=wide.__getitem__)
    if wide[likelier] < _ENOUGH and b"\0" in data:
        raise SourceError("it is not text: it holds NUL bytes, as programs and databases do")
    if wide[likelier] < _ENOUGH and (count := _controls(data)):
        raise SourceError(f"it is not text: {count:,} of its {len(data):,} bytes are control characters")
    if b"\0" in data or _controls(data):
        return likelier
    sample = _beyond_ascii(data)
    scores = {"utf-8": 1 - _share("\ufffd", sample.decode("utf-8", "replace"))}
    scores |= {
        encoding: _share(ordinary, sample.decode(encoding, "replace")) for encoding, ordinary in _ORDINARY.items()
    }
    scores |= wide
    best = max(scores, key=scores.__getitem__)  # the first of equals, in the order of the tables
    enough = _ENOUGH_LETTERS if best.startswith("cp125") else _ENOUGH
    if scores[best] < enough and not _is_terse_chinese(sample, scores):
        raise SourceError("its encoding is not recognised; save it as UTF-8")
    return best


def _is_terse_chinese(sample: bytes, scores: dict[str, float]) -> bool:
    """Whether it is a few words of Chinese, the names in a table say: no frequent characters, but hardly a rare one."""
    first, second = sorted(scores.values(), reverse=True)[:2]
    try:
        ideographs = "".join(re.findall("[一-鿿]", sample.decode("gb18030")))
    except UnicodeDecodeError:
        return False
    common = sum(_FIRST_COMMON <= character.encode("gb18030") <= _LAST_COMMON for character in ideographs)
    return scores["gb18030"] == first >= max(_TERSE, 1.5 * second) and common >= _COMMON * len(ideographs) > 0


def _share(ordinary: str, text: str, of: str = r"[^\x00-\x7f]") -> float:
    """How much of the text beyond ASCII (or of all of it) is ordinary, 0 to 1."""
    whole = sum(map(len, re.findall(f"{of}+", text, re.DOTALL)))
    return sum(map(len, re.findall(ordinary, text))) / whole if whole else 0.0


def _beyond_ascii(data: bytes) -> bytes:
    """The first lines that hold anything but ASCII: they decide, also when they are few."""
    found = bytearray()
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            found += line[:_SAMPLE]
        if len(found) >= _SAMPLE:
            break
    return bytes(found)
