"""Verify true sentences and altered ones by code alone; print what is caught and what is a false alarm, by kind.

    python bench/altered.py --data FOLDER [-n 100] [--half 1|2] [--show KIND] [--traditional]
        [--judge [--model NAME] [--keep FILE.jsonl]]

FOLDER: XQuAD en and zh, CMRC 2018 and RGB. Four cells: Chinese and English sentences, each beside evidence of its own
language and of the other (XQuAD is parallel). True: a sentence of the evidence, the same with its figures written in
another way, a gold answer, or the sentence's counterpart in the other language. Altered: one figure, date or name
changed, another entity of the evidence put in a name's place or two of them exchanged, a negation put in or taken out,
a word turned into its opposite. Texts are dealt into two halves by their article; rules are made on the first.
`--traditional`: the evidence is in traditional characters, the sentences in simplified ones.
`--judge`: verify with the chat model, too, as the product does; it judges each sentence and is asked about names.
"""

import argparse
import json
import random
import re
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import opencc
from langchain_core.language_models.chat_models import BaseChatModel

from assistant.evidence import Evidence, Found
from assistant.gate import Decision, decide
from assistant.models import chat_model
from assistant.verify import Verified, Verifier
from bench.squad import CMRC, paragraphs, parallel
from index import Index, SentenceEmbedder, Source
from index.passages import sentences
from index.snapshot import Vectors

Caught = dict[tuple[str, str, int], list[bool]]  # of a kind, a cell and a half
KINDS = ("figure", "date", "name", "entity", "negation", "antonym")
_PER_TEXT = 3  # of one kind, so that no article fills a table

# Opposites for altering; written for this bench, and wider than what the product knows.
_OPPOSITES = [
    tuple(pair.split("/"))
    for pair in (
        "increased/decreased increase/decrease rose/fell rising/falling higher/lower highest/lowest largest/smallest "
        "larger/smaller more/fewer before/after first/last northern/southern north/south eastern/western east/west "
        "won/lost win/lose opened/closed early/late oldest/youngest older/newer best/worst better/worse strong/weak "
        "success/failure successful/unsuccessful accepted/rejected approved/rejected allowed/forbidden above/below "
        "inside/outside begin/end began/ended major/minor most/least upper/lower supported/opposed long/short "
        "wide/narrow rich/poor positive/negative male/female public/private always/never winner/loser gained/lost "
        "增加/减少 上升/下降 提高/降低 最大/最小 最高/最低 最早/最晚 最多/最少 之前/之后 以前/以后 北部/南部 东部/西部 "
        "胜利/失败 赢得/输掉 成功/失败 开放/关闭 支持/反对 允许/禁止 同意/拒绝 公立/私立 公开/秘密 内部/外部 男性/女性 "
        "开始/结束 高于/低于 大于/小于 多于/少于 优势/劣势 较大/较小 较高/较低 上游/下游 有利/不利 主要/次要 盛行/罕见 "
        "快速/缓慢 强大/弱小 接受/拒绝 获得/失去 富裕/贫穷 强烈/微弱 增长/下滑 扩大/缩小 上方/下方 最后/最初 夏季/冬季"
    ).split()
]
_MONTHS = "January February March April May June July August September October November December".split()
_AUXILIARY = r"\b(is|are|was|were|has|had|can|could|will|would|should|did|does)\b(?! not\b)"
_CHINESE_VERB = r"(?<![不没未])(是|有|可以|能够|会|成为|包括|属于|位于|获得|需要|存在|使用|允许|认为|采用|发现)"


@dataclass(frozen=True)
class Item:
    """A sentence beside its evidence: true, or altered in one way."""

    kind: str  # "true …", or one of KINDS
    cell: str  # language of the sentence, and of the evidence
    half: int
    question: str
    text: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A true sentence with the gold answer that it holds, and the other gold answers of its paragraph."""

    cell: str
    half: int
    question: str
    text: str
    answer: str
    others: tuple[str, ...]
    documents: tuple[str, ...]


def _half(text: str) -> int:
    return 1 + zlib.crc32(text.encode()) % 2


def _spans(text: str) -> list[str]:
    return [text[one.start : one.end] for one in sentences(text)]


def xquad(folder: Path) -> Iterator[Fact]:
    """Yield facts of all four cells; across, only of paragraphs whose sentences stand one to one."""
    for title, pairs in parallel(folder):
        half = _half(title)
        for number, pair in enumerate(pairs):
            beside = pairs[number - 1]
            texts = [_spans(one["context"]) for one in pair]
            answers = [[qa["answers"][0]["text"].strip() for qa in one["qas"]] for one in pair]
            for side, code in enumerate(("en", "zh")):
                for asked, answer in enumerate(answers[side]):
                    start = pair[side]["qas"][asked]["answers"][0]["answer_start"]
                    at = _sentence_at(pair[side]["context"], start)
                    for other, its in enumerate(("en", "zh")):
                        if other != side and len(texts[0]) != len(texts[1]):
                            continue
                        if at >= len(texts[side]) or answer not in texts[side][at]:
                            continue
                        yield Fact(
                            f"{code}/{its}",
                            half,
                            pair[side]["qas"][asked]["question"],
                            texts[side][at],
                            answer,
                            tuple(one for one in answers[side] if one != answer),
                            (pair[other]["context"], beside[other]["context"]),
                        )


def _sentence_at(context: str, start: int) -> int:
    return next((i for i, one in enumerate(sentences(context)) if one.start <= start < one.end), 10**6)


def cmrc(folder: Path) -> Iterator[Fact]:
    for paragraph in paragraphs(folder / CMRC):
        context = paragraph["context"]
        answers: list[str] = [qa["answers"][0]["text"].strip() for qa in paragraph["qas"]]
        for qa, answer in zip(paragraph["qas"], answers, strict=True):
            for sentence in [one for one in _spans(context) if answer in one][:1]:
                others = tuple(one for one in answers if one != answer)
                yield Fact("zh/zh", _half(context), qa["question"], sentence, answer, others, (context,))


def rgb(folder: Path) -> Iterator[Fact]:
    for line in (folder / "rgb_zh.dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        answer = row["answer"][0] if isinstance(row["answer"][0], str) else row["answer"][0][0]
        for document in row["positive"][:1]:
            for sentence in [one for one in _spans(document) if answer in one][:1]:
                documents = (document, row["negative"][0])
                yield Fact("zh/zh", _half(row["query"]), row["query"], sentence, answer, (), documents)


# What is true, in other words


def rewritten(text: str, random_: random.Random) -> str | None:
    """Return a sentence with a date or figure written in another way that means the same; None when it has none."""
    changes: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})", lambda m: f"{m[2]} {m[1]} {m[3]}"),
        (r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}"),
        (r"(\d{4}) ?年 ?(\d{1,2}) ?月(?! ?\d)", lambda m: f"{m[1]}年{_chinese(int(m[2]))}月"),
        (r"\b(\d+(?:\.\d+)?) ?%", lambda m: f"{m[1]} percent"),
        (r"\b(\d+(?:\.\d+)?) percent", lambda m: f"{m[1]}%"),
        (r"(?<![\d,.])(\d{1,3}),(\d{3})(?![\d,])", lambda m: m[1] + m[2]),
        (r"(?<![\d,.])(\d{1,2}),?000(?=人|名|米|元|个|公里)", lambda m: f"{_chinese(int(m[1]))}千"),
        (r"(?<![\d.,年月\-])([2-9]|[1-9]\d)(?= ?[个名人次年种家座])", lambda m: _chinese(int(m[1]))),
        (r"(?<= )(two|three|four|five|six|seven|eight|nine|ten)(?= [a-z]+s\b)", lambda m: str(_WORDS.index(m[1]))),
        (r"(\d+(?:\.\d+)?) million", lambda m: f"{float(m[1]) * 1e6:,.0f}"),
    ]
    random_.shuffle(changes)
    for pattern, change in changes:
        if "percent" in pattern + str(change) and re.search("[\u4e00-\u9fff]", text):
            continue
        changed = re.sub(pattern, change, text, count=1)
        if changed != text:
            return changed
    return None


# The same in other words; as with the opposites, not what the product knows.
_SAME = [
    tuple(pair.split("/"))
    for pair in (
        "approximately/about large/big founded/established because/since also/additionally began/started "
        "many/numerous however/but located/situated created/made called/named often/frequently several/some "
        "important/significant main/principal received/got became/turned_into while/whereas such_as/like "
        "most_of/the_majority_of according_to/in_the_view_of during/in_the_course_of although/though "
        "due_to/because_of used/employed shows/demonstrates the_city/this_city "
        "成立/创立 大约/约 因为/由于 但是/不过 位于/坐落于 开始/着手 许多/很多 重要/关键 主要/首要 称为/叫做 获得/得到 "
        "使用/采用 经常/常常 并且/而且 建立/设立 认为/觉得 包括/包含 成为/变成 例如/比如 因此/所以 "
        "以及/和 可以/能够 通过/经由 "
        "出版/发行 之后/以后 进行/开展 担任/出任 举行/举办 目前/现在 部分/一部分"
    ).split()
]


def reworded(text: str) -> str | None:
    """Return a sentence with up to three words put in other words of the same meaning; None when there are none."""
    changed = text
    for word, other in _SAME:
        pattern = re.escape(word) if word[0] >= "\u4e00" else rf"\b{word}\b".replace("_", " ")
        changed = re.sub(pattern, other.replace("_", " "), changed, count=1)
    return changed if changed != text else None


_WORDS = "zero one two three four five six seven eight nine ten".split()


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if tens == 0:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


# What is altered

_FIGURE = re.compile(r"(?<![\w.,\-–])\d+(?:,\d{3})*(?:\.\d+)?(?![\d\-–])")
_YEAR = re.compile(r"(?<![\d.,])1\d{3}(?![\d.,]*\d)|(?<![\d.,])20[012]\d(?![\d.,]*\d)")


def altered(kind: str, fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    """Return the sentence altered in one way, or None when it has nothing of that kind."""
    changed = {
        "figure": _other_figure,
        "date": _other_date,
        "name": _other_name,
        "entity": _other_entity,
        "negation": _negated,
        "antonym": _opposite,
    }[kind](fact, elsewhere, random_)
    return changed if changed and changed != fact.text else None


def _other_figure(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    years = {match.span() for match in _YEAR.finditer(fact.text)}
    found = [one for one in _FIGURE.finditer(fact.text) if one.span() not in years]
    words = list(re.finditer(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b", fact.text))
    words += list(re.finditer("[二两三四五六七八九](?=[个名人次年种家座位])", fact.text))
    if not found and not words:
        return None
    one = random_.choice(found or words)
    return fact.text[: one.start()] + _changed(one[0], fact, random_) + fact.text[one.end() :]


def _changed(written: str, fact: Fact, random_: random.Random) -> str:
    if written in _WORDS:
        return random_.choice([word for word in _WORDS[2:] if word != written])
    if not written[0].isdigit():
        return random_.choice(
            [one for one in "二三四五六七八九" if one not in (written, "二" if written == "两" else "")]
        )
    there: list[str] = [
        one for one in _FIGURE.findall(" ".join(fact.documents)) if one != written and len(one) == len(written)
    ]
    if there and random_.random() < 0.3:
        return random_.choice(there)  # a figure of the evidence, of something else
    at = random_.choice([i for i, character in enumerate(written) if character.isdigit()])
    digit = random_.choice([one for one in "123456789" if one != written[at]])
    return written[:at] + digit + written[at + 1 :]


def _other_date(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    found = [*_YEAR.finditer(fact.text), *re.finditer(rf"\b(?:{'|'.join(_MONTHS)})\b", fact.text)]
    found += list(re.finditer(r"\d{1,2}(?= ?[月日])", fact.text))
    if not found:
        return None
    one = random_.choice(found)
    if one[0] in _MONTHS:
        new = random_.choice([month for month in _MONTHS if month != one[0]])
    elif len(one[0]) < 3:
        new = str(random_.choice([number for number in range(1, 13) if str(number) != one[0]]))
    else:
        new = str(int(one[0]) + random_.choice([-30, -10, -3, -2, -1, 1, 2, 3, 10]))
    return fact.text[: one.start()] + new + fact.text[one.end() :]


def _is_name(text: str) -> bool:
    if re.search(r"\d", text):
        return False
    if re.search("[\u4e00-\u9fff]", text):
        return 2 <= len(text) <= 8 and not re.search("[的了是在和不有，。]", text)
    return len(text.split()) <= 4 and all(
        word[0].isupper() for word in text.split() if word not in ("of", "the", "and")
    )


def _kind_of_name(text: str) -> str:
    """People, most often, have a dot or two capitalised words; so that a person is exchanged for a person."""
    return "person" if "·" in text or re.fullmatch(r"[A-Z][a-z]+(?: [A-Z]\.?)? [A-Z][a-z]+", text) else "other"


def _other_name(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    if not _is_name(fact.answer):
        return None
    there = " ".join(fact.documents) + fact.text
    like = [
        one
        for one in elsewhere
        if _is_name(one) and one not in there and _kind_of_name(one) == _kind_of_name(fact.answer)
    ]
    return fact.text.replace(fact.answer, random_.choice(like)) if like else None


def _other_entity(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    """Put another entity of the same paragraph in a name's place, or exchange two of one sentence."""
    if not _is_name(fact.answer):
        return None
    others = [one for one in fact.others if _is_name(one) and one not in fact.answer and fact.answer not in one]
    beside = [one for one in others if one in fact.text]
    if beside:
        one = random_.choice(beside)
        return fact.text.replace(one, "\0").replace(fact.answer, one).replace("\0", fact.answer)
    return fact.text.replace(fact.answer, random_.choice(others)) if others else None


def _negated(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    if re.search("[\u4e00-\u9fff]", fact.text):
        taken = re.sub("(?<=[\u4e00-\u9fff])(?:没有|并不|并未|不再)(?=[\u4e00-\u9fff])", "", fact.text, count=1)
        if taken != fact.text:
            return taken
        found = list(re.finditer(_CHINESE_VERB, fact.text))
        if not found:
            return None
        one = found[0]
        before = "没" if one[0] == "有" else "不" if one[0] in ("是", "可以", "能够", "会", "属于", "位于") else "没有"
        return fact.text[: one.start()] + before + fact.text[one.start() :]
    taken = re.sub(r" (?:not|never)\b", "", fact.text, count=1)
    if taken != fact.text:
        return taken
    return re.sub(_AUXILIARY, r"\1 not", fact.text, count=1)


def _opposite(fact: Fact, elsewhere: Sequence[str], random_: random.Random) -> str | None:
    found = []
    for pair in _OPPOSITES:
        for word, other in (pair, pair[::-1]):
            pattern = re.escape(word) if word[0] >= "\u4e00" else rf"\b{word}\b"
            found += [(match, other) for match in re.finditer(pattern, fact.text)]
    if not found:
        return None
    match, other = random_.choice(found)
    return fact.text[: match.start()] + other + fact.text[match.end() :]


def items(folder: Path, count: int, random_: random.Random) -> list[Item]:
    """Return `count` true items and as many altered ones for each cell."""
    facts = [*xquad(folder), *cmrc(folder), *rgb(folder)]
    random_.shuffle(facts)
    made: list[Item] = []
    for cell in ("en/en", "zh/zh", "zh/en", "en/zh"):
        mine = [one for one in facts if one.cell == cell]
        elsewhere = sorted({one.answer for one in mine if _is_name(one.answer)})
        used: Counter[tuple[str, str]] = Counter()
        seen: set[str] = set()
        within = cell[:2] == cell[3:]
        quotas = dict.fromkeys(KINDS, -(-count // len(KINDS)))
        quotas |= {"true, reworded": count // 4 if within else 0, "true, answer": count // 5 if within else 0}
        quotas |= {"true, rewritten": count // 5, "true, sentence": count}
        true = 0
        for kind, quota in quotas.items():
            wanted = min(quota, count - true) if kind.startswith("true") else quota
            taken: list[Item] = []
            for fact in mine:
                key = (kind, fact.documents[0])
                if len(taken) == wanted:
                    break
                text = (
                    _true(kind, fact, random_) if kind.startswith("true") else altered(kind, fact, elsewhere, random_)
                )
                if text is None or used[key] >= _PER_TEXT or text in seen:
                    continue
                used[key] += 1
                seen.add(text)
                taken.append(Item(kind, cell, fact.half, fact.question, text, fact.documents))
            true += len(taken) if kind.startswith("true") else 0
            made += taken
    return made


def _true(kind: str, fact: Fact, random_: random.Random) -> str | None:
    if kind == "true, rewritten":
        return rewritten(fact.text, random_)
    if kind == "true, reworded":
        return reworded(fact.text)
    return fact.answer if kind == "true, answer" else fact.text


def evidence_of(documents: Sequence[str]) -> tuple[Evidence, ...]:
    """Return whole documents as evidence."""
    found = []
    for number, text in enumerate(documents, start=1):
        name = f"{zlib.crc32(text.encode()):08x}"
        source = Source(name, name, name, None, None, None, "2024-01-01", "en", "text/plain", text)
        found.append(Evidence(number, source, 0, len(text), text, 1.0, None))
    return tuple(found)


class RememberingEmbedder(SentenceEmbedder):
    """Embeds each text once: a document stands beside many sentences here."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= zip(new, super().passages(new), strict=True)
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-n", type=int, default=100, help="true items of each cell, and as many altered ones")
    parser.add_argument("--half", type=int, choices=(1, 2))
    parser.add_argument("--show", default="", help="print the misses of kinds that hold this")
    parser.add_argument("--traditional", action="store_true")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--keep", type=Path, help="append each judged sentence as a line of JSON")
    options = parser.parse_args()
    todo = [one for one in items(options.data, options.n, random.Random(11)) if options.half in (None, one.half)]
    if options.traditional:
        convert = opencc.OpenCC("s2tw").convert
        todo = [replace(one, documents=tuple(map(convert, one.documents))) for one in todo]
    caught: Caught = defaultdict(list)
    marked: Caught = defaultdict(list)
    refused: Caught = defaultdict(list)
    model = chat_model(options.model) if options.judge else None
    with tempfile.TemporaryDirectory() as scratch, Index.open(scratch, RememberingEmbedder()) as index:
        for item in sorted(todo, key=lambda one: one.documents):
            evidence, key = evidence_of(item.documents), (item.kind, item.cell, item.half)
            verifier = Verifier(index, None, item.question, evidence, Decision(True, None))
            reason = verifier.check(item.text).reason
            caught[key].append(bool(reason))
            if model is not None:
                decision, verified = (None, None) if reason else judged(index, model, item, evidence)
                verdict = verified.sentence.verdict if verified else "unsupported"
                marked[key].append(verdict != "supported")
                refused[key].append(verdict == "unsupported")
                if options.keep:
                    line = asdict(item) | {
                        "code": reason,
                        "verdict": verdict,
                        "why": verified.sentence.reason if verified else reason,
                        "before": decision and decision.certainty,
                        "certainty": verified and verified.certainty,
                    }
                    with options.keep.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line, ensure_ascii=False) + "\n")
            if (
                options.show
                and options.show in f"{item.kind} {item.cell}"
                and bool(reason) == (item.kind[:4] == "true")
            ):
                print(f"\n{item.kind} {item.cell}  {item.question}\n  {item.text}\n  {reason}")
                print("  |", " ".join(item.documents)[:1200])
    for name, found in (("code alone", caught), ("refused", refused), ("refused, or shown as not certain", marked)):
        if found:
            print(f"\n{name}")
            table(found)


def judged(index: Index, model: BaseChatModel, item: Item, evidence: Sequence[Evidence]) -> tuple[Decision, Verified]:
    """Decide and verify as the product does, code having found nothing wrong in the sentence."""
    decision = decide(model, item.question, Found(tuple(evidence), 1.0))
    return decision, Verifier(index, model, item.question, evidence, decision).verify(item.text)


def table(caught: Caught) -> None:
    """Print the share that was caught: of the altered the more, of the true the fewer the better."""
    cells = ("en/en", "zh/zh", "zh/en", "en/zh")
    print(
        f"{'sentence/evidence':18}"
        + "".join(f"{cell:>14}" for cell in cells)
        + f"{'all':>14}{'half 1':>14}{'half 2':>14}"
    )
    kinds = [*KINDS, *sorted({kind for kind, _, _ in caught} - set(KINDS))]
    for name, of in [(kind, [kind]) for kind in kinds] + [
        ("ALTERED", list(KINDS)),
        ("TRUE", [kind for kind in kinds if kind not in KINDS]),
    ]:
        row = []
        for cell, half in [(cell, None) for cell in cells] + [(None, None), (None, 1), (None, 2)]:
            found = [
                one
                for (kind, its, part), values in caught.items()
                if kind in of and cell in (None, its) and half in (None, part)
                for one in values
            ]
            row.append(f"{sum(found) / len(found):.1%} of {len(found)}" if found else "-")
        print(f"{name:18}" + "".join(f"{one:>14}" for one in row))


if __name__ == "__main__":
    main()
