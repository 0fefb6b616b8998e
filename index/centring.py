"""Language-fair vectors: each language's own mean is taken away, so that what is left is meaning and not language.

A multilingual embedder puts each language in a corner of its own: texts of one language are closer to each other than
to their own translations. Without the corner's mean, a question finds its answer in either language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from index.snapshot import LanguageSum, Vectors

_PRIOR_WEIGHT = 20  # passages: a language with this many of its own is centred half by them, half by the prior
# Questions lie beside the passages of their language; taking half of that way back raised recall@5 on XQuAD across
# languages from 0.93 to 0.945 (en→zh, n = 1,190), at no loss elsewhere. All of it loses what it gains.
_QUESTION_SHARE = 0.5

Mean = NDArray[np.float64]  # shape (dimension,)


@dataclass(frozen=True)
class Priors:
    """Means over general text that we ship for an embedder, by language: of passages, and of questions."""

    passages: Mapping[str, Mean]
    questions: Mapping[str, Mean]


@dataclass(frozen=True)
class Centres:
    """The mean vector of each language of an index, and what questions of each lie beside it.

    A text in another language, or in none for certain (a bare name), is centred by `other`.
    """

    means: Mapping[str, Mean]
    other: Mean
    priors: Priors

    @classmethod
    def of(cls, sums: Sequence[LanguageSum], priors: Priors) -> "Centres":
        """Draw each language's mean toward its prior, the more so the less the index holds of it.

        A language without a prior is drawn toward the mean of those that have one; with no prior at all (an embedder
        that we ship none for), toward the mean of the whole index.
        """
        means = dict(priors.passages)
        count = sum(one.count for one in sums)
        other: Mean = np.zeros(1)
        if means:
            other = np.mean(list(means.values()), axis=0)
        elif count:
            other = np.sum([one.total for one in sums], axis=0) / count
        for one in sums:
            prior = priors.passages.get(one.language, other)
            means[one.language] = (one.total + _PRIOR_WEIGHT * prior) / (one.count + _PRIOR_WEIGHT)
        if count:  # what has no certain language stands between the languages that are here
            other = np.mean([means[one.language] for one in sums], axis=0)
        return cls(means, other, priors)

    def centre(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return the vectors, shape (n, dimension), minus the mean of each one's language, L2-normalised again."""
        names = list(dict.fromkeys(languages))
        table = np.stack([self.means.get(name, self.other) for name in names]) if names else np.zeros((0, 1))
        rows = np.array([names.index(language) for language in languages], dtype=np.intp)
        return _normalised(vectors, table.astype(np.float32), rows)

    def centre_question(self, vector: Vectors, language: str) -> Vectors:
        """Return a question's vector, shape (dimension,), centred so that passages of any language may be near it."""
        mean = self.means.get(language, self.other) + _QUESTION_SHARE * self._aside(language)
        row: Vectors = _normalised(vector[None, :], mean[None, :].astype(np.float32), np.zeros(1, np.intp))[0]
        return row

    def _aside(self, language: str) -> Mean:
        """Return how far questions of a language lie beside its passages; of an unknown one, as on average."""
        asides: dict[str, Mean] = {
            name: mean - self.priors.passages[name] for name, mean in self.priors.questions.items()
        }
        if not asides:
            return np.zeros(1)
        mean: Mean = np.mean(list(asides.values()), axis=0)
        return asides.get(language, mean)

    def drift(self, sums: Sequence[LanguageSum]) -> float:
        """Return how far the farthest mean of these sums lies from what these centres took for it."""
        now = Centres.of(sums, self.priors)
        shifts = [np.linalg.norm(now.means[one.language] - self.means.get(one.language, self.other)) for one in sums]
        return float(max(shifts, default=0.0))


def _normalised(vectors: Vectors, table: Vectors, rows: NDArray[np.intp]) -> Vectors:
    centred = vectors - table[rows]
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    # A lone text in a language that has no prior may be its own mean: then nothing is left but the text itself.
    usable = length > 1e-4
    centred = np.where(usable, centred / np.where(usable, length, 1), vectors)
    return np.ascontiguousarray(centred, dtype=np.float32)


@cache
def shipped_priors(embedder: str) -> Priors:
    """Return the means that we ship for an embedder; empty where we ship none.

    They were measured with `bench/priors.py` on Wikipedia passages and questions (NoMIRACL).
    """
    file = files("index") / f"priors-{embedder}.npz"
    if not file.is_file():
        return Priors({}, {})
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        named = {name: arrays[name].astype(np.float64) for name in arrays.files}
    return Priors(
        *(
            {name.split(".")[1]: mean for name, mean in named.items() if name.startswith(kind)}
            for kind in ("passages.", "questions.")
        )
    )
