import numpy as np

from index.centring import Centres, Priors, shipped_priors
from index.snapshot import LanguageSum

NONE = Priors({}, {})


def unit(rows: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def corpus(count: int) -> tuple[dict[str, np.ndarray], list[LanguageSum]]:  # type: ignore[type-arg]
    """Vectors of the same meanings in two languages, each language in a corner of its own."""
    meanings = np.random.default_rng(0).normal(size=(count, 64))
    corners = {"en": np.zeros(64), "zh": np.zeros(64)}
    corners["en"][0] = corners["zh"][1] = 30
    vectors = {language: unit(meanings + corner) for language, corner in corners.items()}
    return vectors, [LanguageSum(language, count, rows.sum(axis=0)) for language, rows in vectors.items()]


def test_centring_brings_translations_together_that_the_embedder_keeps_apart() -> None:
    vectors, sums = corpus(200)
    raw = vectors["en"] @ np.vstack([vectors["en"], vectors["zh"]]).T
    assert (raw.argsort(axis=1)[:, -2] < 200).all()  # the next after itself is always of its own language
    centres = Centres.of(sums, NONE)
    english, chinese = (centres.centre(vectors[language], [language] * 200) for language in ("en", "zh"))
    assert ((english @ chinese.T).argmax(axis=1) == np.arange(200)).mean() > 0.95


def test_a_language_with_few_passages_is_drawn_to_its_prior() -> None:
    vectors, sums = corpus(200)
    priors = {one.language: one.total / one.count for one in sums}
    few = [LanguageSum(language, 1, rows[0].astype(np.float64)) for language, rows in vectors.items()]
    english, chinese = (
        Centres.of(few, Priors(priors, {})).centre(vectors[language][:1], [language]) for language in ("en", "zh")
    )
    assert float((english @ chinese.T)[0, 0]) > 0.9


def test_centred_vectors_have_length_one_even_for_a_text_that_is_its_own_mean() -> None:
    vectors, _ = corpus(1)
    lone = Centres.of([LanguageSum("en", 1, vectors["en"][0].astype(np.float64))], NONE)
    assert np.allclose(np.linalg.norm(lone.centre(vectors["en"], ["en"]), axis=1), 1)


def test_a_text_of_no_certain_language_stands_between_those_of_the_index() -> None:
    vectors, sums = corpus(200)
    centres = Centres.of(sums, NONE)
    name = centres.centre(unit(vectors["en"][:1] + vectors["zh"][:1]), ["und"])
    both = [centres.centre(vectors[language], [language] * 200) for language in ("en", "zh")]
    assert [int((name @ rows.T).argmax()) for rows in both] == [0, 0]


def test_priors_are_shipped_for_our_embedder_and_for_no_other() -> None:
    priors = shipped_priors("e5-small")
    assert {"zh", "en"} <= set(priors.passages) == set(priors.questions)
    for mean in (*priors.passages.values(), *priors.questions.values()):
        assert mean.shape == (384,) and np.isfinite(mean).all()
    assert shipped_priors("another/model") == NONE


def test_a_question_is_centred_half_way_to_where_the_questions_of_its_language_lie() -> None:
    vectors, sums = corpus(200)
    passages = {one.language: one.total / one.count for one in sums}
    aside = np.zeros(64)
    aside[2] = 0.4
    centres = Centres.of(sums, Priors(passages, {name: mean + aside for name, mean in passages.items()}))
    question = vectors["en"][0] + aside / 2
    centred = centres.centre_question(question.astype(np.float32), "en")
    assert np.allclose(centred, centres.centre(vectors["en"][:1], ["en"])[0], atol=1e-5)


def test_drift_is_how_far_a_language_has_moved_since() -> None:
    vectors, sums = corpus(200)
    centres = Centres.of(sums, NONE)
    assert centres.drift(sums) == 0
    new = LanguageSum("ja", 50, 50 * vectors["en"][0].astype(np.float64))
    assert centres.drift([*sums, new]) > 0.1
