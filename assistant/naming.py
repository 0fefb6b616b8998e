"""Whether a text in one of Chinese and English names what a name of the other stands for.

The name is put beside every run of words of the text by the embedding model. Where none is plainly near, the chat model
is asked whether the text names it, and the two decide together: docs/figures.md has what each finds alone.
"""

import re

import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig

import prompts
from assistant.differences import is_grammar
from assistant.names import Told, pinyin_names, pinyin_syllables, spells, spelt_runs, stands_in, titles_in
from assistant.yes_no import ask_yes_no
from index import Index
from index.language import language_of
from index.snapshot import Vectors

# Names of our own choice in both languages: they tell how near a name is to itself with this embedding model.
_KNOWN = [
    tuple(pair.replace("_", " ").split("/"))
    for pair in (
        "London/伦敦 Microsoft/微软 Einstein/爱因斯坦 Brazil/巴西 Toyota/丰田 Shakespeare/莎士比亚 Vienna/维也纳 "
        "Paris/巴黎 Sony/索尼 Napoleon/拿破仑 Nigeria/尼日利亚 Mozart/莫扎特 California/加利福尼亚 Mexico/墨西哥 "
        "Volkswagen/大众汽车 Amsterdam/阿姆斯特丹 Alps/阿尔卑斯山 Harvard_University/哈佛大学 Red_Cross/红十字会 "
        "Mississippi_River/密西西比河 Margaret_Thatcher/玛格丽特·撒切尔 Ottoman_Empire/奥斯曼帝国 Berlin_Wall/柏林墙 "
        "World_Health_Organization/世界卫生组织"
    ).split()
]
_PLAINLY = 0.65  # of the nearness of a known name to itself: no model is asked
_LOG_ODDS = 0.2  # of such nearness, for one of the model's log-odds of Yes
_TELLS_APART = 0.2  # of the known names: how much nearer each is to itself than to the others
_MOST_RUNS = 600  # of a text that is no sentence: some three seconds to embed
_SAYS_SO = 2.0  # log-odds, for a model that says Yes or No and no more
NAMED, PERHAPS = 0.2, 0.28  # of both together: below the first, the text does not name it; below the second, who knows
SURELY = 0.5  # of both together, for a text that is only looked at since another does not name it

_WORD = r"[A-Z][\w'’]*(?:[.\-–&][\w'’]+)*"
_SHORT = r"(?:(?<=\b[A-Z])\.|(?<=\b[A-Z][a-z])\.)?"  # John F. Reed, St. Olaf
_CAPITALISED = re.compile(rf"(?<![\w'’.\-–]){_WORD}(?:{_SHORT} (?:(?:of|the|de|von|van|du|la) )*{_WORD})*")
_BEGINS_A_SENTENCE = re.compile(r"(?:^|[.!?:：。！？“\"(（])\s*$")
_NO_NAME = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday i mr mrs ms dr when while after before because although since during under until "
    "however also both each all some many most other another such if no not only then thus therefore what where how "
    "why yes according between despite unlike like among through over about into upon within without one two".split()
)
_ABBREVIATION = re.compile(r"[A-Z.]{2,6}s?")
_HAN = re.compile("[\u3400-\u9fff·]+")
_HAN_GRAMMAR = frozenset("的了在是和与及有为以等被这那其它他她们不也而之于从到对把将或很就都让使由并但所个·")


def names_of(text: str, question: str) -> list[str]:
    """Return what are names in an English or a Chinese text, as far as its script tells.

    The word that begins an English sentence is one when the question has it as one. Of Chinese names those that spell
    foreign ones are found, and works in 《》.
    """
    if language_of(text) == "zh":
        return list(dict.fromkeys([*titles_in(text), *spelt_runs(re.sub("《[^》]*》", " ", text))]))
    found: dict[str, None] = {}
    for match in _CAPITALISED.finditer(text):
        words = match[0].split()
        begins = bool(_BEGINS_A_SENTENCE.search(text[: match.start()]))
        while words and (is_grammar(words[0]) or words[0].casefold().rstrip(".") in _NO_NAME):
            words, begins = words[1:], False
        name = re.sub("['’]s?$|[.]$", "", " ".join(words))
        if len(name) < 2 or _ABBREVIATION.fullmatch(name) or (begins and len(words) == 1 and name not in question[1:]):
            continue
        found[name] = None
    return list(found)


def names_to_look_for(text: str, question: str, told: str) -> list[str]:
    """Return the names of a text that do not stand in another as they are written, nor are spelt there in pinyin."""
    within = Told.of(told)
    return [
        name
        for name in names_of(text, question)
        if not stands_in(within, name)
        and not any(spells(told, one) for one in [*pinyin_names(name), *_in_pinyin(name)])
    ]


def _in_pinyin(name: str) -> list[str]:
    """Return a name of one word that may be pinyin: Changshi. One syllable stands in any text."""
    return [name] if len(pinyin_syllables(name)) > 1 else []


def _joins(word: str) -> bool:
    return word in _HAN_GRAMMAR or is_grammar(word)


def runs_of(text: str, language: str) -> list[str]:
    """Return the runs of words of a text that may be a name: of up to seven characters or four words."""
    spelt: list[str] = []
    if language == "zh":
        spelt = spelt_runs(text)  # which may be longer
        pieces = [list(run) for run in _HAN.findall(text)]
    else:
        pieces = [re.findall(r"[\w'’.\-–&]*\w", text)]
    longest, joint = (7, "") if language == "zh" else (4, " ")
    runs = [
        joint.join(piece[at : at + length])
        for piece in pieces
        for length in range(1, longest + 1)
        for at in range(len(piece) - length + 1)
        if not _joins(piece[at]) and not _joins(piece[at + length - 1])
    ]
    return list(dict.fromkeys([*spelt, *runs]))


class Naming:
    """Tells how surely a text names what a name of the other language stands for."""

    def __init__(self, index: Index, model: BaseChatModel, config: RunnableConfig | None = None) -> None:
        self._embedder = index.embedder
        self._model = model
        self._config = config
        self._read: dict[str, Vectors] = {}  # of a text, the vectors of its runs
        known = self._embedder.passages([name for pair in _KNOWN for name in pair])
        self._middles = {"en": known[::2].mean(axis=0), "zh": known[1::2].mean(axis=0)}
        nearness = self._centred(known[::2], "en") @ self._centred(known[1::2], "zh").T
        itself, others = np.diag(nearness).mean(), nearness[~np.eye(len(nearness), dtype=bool)].mean()
        self._itself = float(itself) if itself > others + _TELLS_APART else 0.0

    def _centred(self, vectors: Vectors, language: str) -> Vectors:
        rows = vectors - self._middles[language]
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)

    def certainty(self, name: str, text: str) -> float:
        """Return how surely a text of the other language names this: about 0 when it does not, 1 when it does.

        A name that would be nearer without its first or its last word is no surer than that word: of "Baidu Research"
        a text about the research of others holds the second alone.
        """
        near = self.nearness(name, text)
        sure = self._sure(near, name, text)
        first, *rest = name.split()
        for word, others in ((first, " ".join(rest)), (rest[-1], " ".join([first, *rest[:-1]]))) if rest else ():
            if self.nearness(others, text) > near:
                sure = min(sure, self._sure(self.nearness(word, text), word, text))
        return sure

    def _sure(self, near: float, name: str, text: str) -> float:
        return near if near >= _PLAINLY else near + _LOG_ODDS * self.log_odds(name, text)

    def nearness(self, name: str, text: str) -> float:
        """Return the cosine of a name with the nearest run of words of a text, in that of a known name with itself."""
        if not self._itself:
            return 0.0  # an embedding model of one language tells nothing here
        language = "zh" if language_of(text) == "zh" else "en"
        if text not in self._read:
            runs = runs_of(text, language)[:_MOST_RUNS]  # the longest come last
            self._read[text] = (
                self._centred(self._embedder.passages(runs), language) if runs else np.zeros((0, 1), "f4")
            )
        if not len(self._read[text]):
            return 0.0
        asked = self._centred(self._embedder.passages([name]), "en" if language == "zh" else "zh")[0]
        return float((self._read[text] @ asked).max()) / self._itself

    def called(self, name: str, text: str) -> str:
        """Return what an English text calls whom a Chinese name stands for; "" where nothing there is plainly near."""
        names = names_of(text, f" {text}")
        if not self._itself or not names:
            return ""
        asked = self._centred(self._embedder.passages([name]), "zh")[0]
        near = self._centred(self._embedder.passages(names), "en") @ asked / self._itself
        return names[int(near.argmax())] if near.max() >= _PLAINLY else ""

    def log_odds(self, name: str, text: str) -> float:
        """Return the chat model's log-odds that a text names this."""
        asked = [HumanMessage(prompts.load("named", text=text, called=name))]
        said = ask_yes_no(self._model, asked, self._config)
        if said.log_odds is None:
            return _SAYS_SO if said.yes else -_SAYS_SO
        return said.log_odds
