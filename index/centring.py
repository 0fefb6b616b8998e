"""Language-fair vectors: each language's own mean is taken away, so that what is left is meaning and not language.

A multilingual embedder puts each language in a corner of its own: texts of one language are closer to each other than
to their own translations. Without the corner's mean, a question finds its answer in either language.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from index.store import LanguageSum, Vectors

_PRIOR_WEIGHT = 20  # passages: a language with this many of its own is centred half by them, half by the prior

Mean = NDArray[np.float64]  # shape (dimension,)


class Centres:
    """The mean vector of each language of an index, drawn toward a prior where the index holds little of it.

    A language without a prior is drawn toward the mean of those that have one; with no prior at all (an embedder that
    we ship none for), toward the mean of the whole index.
    """

    def __init__(self, sums: Sequence[LanguageSum], priors: Mapping[str, Mean]) -> None:
        self._means = dict(priors)
        count = sum(one.count for one in sums)
        self._any: Mean = np.zeros(1)
        if priors:
            self._any = np.mean(list(priors.values()), axis=0)
        elif count:
            self._any = np.sum([one.total for one in sums], axis=0) / count
        for one in sums:
            prior = priors.get(one.language, self._any)
            self._means[one.language] = (one.total + _PRIOR_WEIGHT * prior) / (one.count + _PRIOR_WEIGHT)
        if count:  # a text of no certain language (a bare name) stands between the languages that are here
            self._any = np.mean([self._means[one.language] for one in sums], axis=0)

    def centre(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Return the vectors, shape (n, dimension), minus the mean of each one's language, L2-normalised again."""
        centred = vectors - np.stack([self._means.get(language, self._any) for language in languages])
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        # A lone text in a language that has no prior may be its own mean: then nothing is left but the text itself.
        usable = length > 1e-6
        centred = np.where(usable, centred / np.where(usable, length, 1), vectors)
        return np.ascontiguousarray(centred, dtype=np.float32)


@cache
def shipped_priors(embedder: str) -> Mapping[str, Mean]:
    """Return the mean vectors by language that we ship for an embedder; empty where we ship none.

    They were measured with `bench/priors.py` on the bundled sample.
    """
    file = files("index") / f"priors-{embedder}.npz"
    if not file.is_file():
        return {}
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return {language: arrays[language].astype(np.float64) for language in arrays.files}
