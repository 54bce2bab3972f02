"""Baselines for texts and choices: TF-IDF of character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.trainer.labelled_data import ChoiceExample, TextExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


RARE = 2000
"""Texts from which on an n-gram that stands in one alone is left out."""


class Shared(NamedTuple):
    """What two sets of texts share, row by row, as sparse matrices of one vocabulary.

    Attributes:
        both: The smaller of the two weights of each n-gram.
        first: What the first has beyond that.
        second: What the second has beyond that.
        numbers: Cosine, and the shares of either's weight that is in both, shape (rows, 3).
    """

    both: Any
    first: Any
    second: Any
    numbers: NDArray[np.float32]


def vectorizer(texts: Sequence[str], longest: int = 3) -> Any:
    """Return a TF-IDF vectorizer of n-grams of 1 to `longest` characters, fitted on texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, longest),
        min_df=2 if len(texts) >= RARE else 1,
        sublinear_tf=True,
        dtype=np.float32,
    )
    return vectors.fit(texts)


def shared(first: Any, second: Any) -> Shared:
    """Split the weights of two sparse matrices, row by row, into common and own ones."""
    both = first.minimum(second)
    weights = [np.asarray(each.sum(axis=1)).ravel() for each in (both, first, second)]
    numbers = np.stack(
        [
            np.asarray(first.multiply(second).sum(axis=1)).ravel(),
            weights[0] / np.maximum(weights[1], 1e-9),
            weights[0] / np.maximum(weights[2], 1e-9),
        ],
        axis=1,
    )
    return Shared(both, first - both, second - both, numbers.astype(np.float32))


def logistic(seed: int, rows: int, alpha: float | None = None) -> Any:
    """Return a logistic regression by averaged stochastic gradient descent.

    Small sets get more passes, so that every model takes some 10⁶ steps at most.

    Args:
        seed: Of the order of the rows.
        rows: How many there are.
        alpha: Weight of the squared weights; by default little, for texts of many words of which
            few tell.
    """
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(
        loss="log_loss",
        alpha=alpha or (1e-5 if rows < 20_000 else 3e-6),
        max_iter=int(np.clip(400_000 / rows, 15, 100)),
        tol=None,
        average=True,
        random_state=seed,
    )


def distributions(model: Any, features: Any, classes: int) -> NDArray[np.float32]:
    """Return probabilities of all classes, 0 for those that training did not have."""
    found = model.predict_proba(features)
    spread = np.zeros((len(found), classes), dtype=np.float32)
    spread[:, model.classes_] = found
    return spread


Answers = tuple[list[Any], NDArray[np.float32] | None]


def classify(train: LabelledDataset, scored: LabelledDataset, seed: int) -> Answers:
    """Return classes and their probabilities."""
    learned = cast("tuple[TextExample, ...]", train.examples)
    asked = cast("tuple[TextExample, ...]", scored.examples)
    labels = np.array([example.label for example in learned])
    if len(set(labels.tolist())) == 1:  # nothing to tell apart
        return [int(labels[0])] * len(asked), None
    pairs = learned[0].pair is not None
    texts = [example.text for example in learned]
    vectors = vectorizer([*texts, *(one.pair or "" for one in learned)] if pairs else texts)
    model = logistic(seed, len(learned), alpha=1e-5 if pairs else None)
    model.fit(_features(vectors, learned, pairs=pairs), labels)
    found = distributions(model, _features(vectors, asked, pairs=pairs), len(train.labels))
    return [int(best) for best in found.argmax(axis=1)], found


def _features(vectors: Any, examples: tuple[TextExample, ...], *, pairs: bool) -> Any:
    """Return a sparse matrix, a row an example.

    A pair is what both texts have, what either has alone (so that "not" in the second alone
    counts), and three numbers of how much they share.
    """
    first = vectors.transform([example.text for example in examples])
    if not pairs:
        return first
    from scipy import sparse

    second = vectors.transform([example.pair or "" for example in examples])
    parts = shared(first, second)
    # Weighted up, as three numbers stand beside hundreds of thousands of n-grams.
    numbers = sparse.csr_matrix(3 * parts.numbers)
    return sparse.hstack([parts.both, parts.first, parts.second, numbers], format="csr")


def choose(train: LabelledDataset, scored: LabelledDataset, seed: int) -> Answers:
    """Return positions, and a distribution over each example's choices."""
    learned = cast("tuple[ChoiceExample, ...]", train.examples)
    asked = cast("tuple[ChoiceExample, ...]", scored.examples)
    texts = dict.fromkeys(text for one in learned for text in (one.context, *one.choices))
    vectors = vectorizer(list(texts), longest=2)
    right = np.array([n == one.answer for one in learned for n in range(len(one.choices))])
    model = logistic(seed, len(right)).fit(_choice_features(vectors, learned), right)
    scores = model.decision_function(_choice_features(vectors, asked))
    return _best(scores, asked)


def _best(scores: NDArray[np.float64], examples: tuple[ChoiceExample, ...]) -> Answers:
    widest = max(len(example.choices) for example in examples)
    found = np.zeros((len(examples), widest), dtype=np.float32)
    start = 0
    for row, example in enumerate(examples):
        end = start + len(example.choices)
        # Softmax over the choices of one example, of which exactly one is right.
        weights = np.exp(scores[start:end] - scores[start:end].max())
        found[row, : len(example.choices)] = weights / weights.sum()
        start = end
    return [int(best) for best in found.argmax(axis=1)], found


def _choice_features(vectors: Any, examples: tuple[ChoiceExample, ...]) -> Any:
    """Return a sparse matrix, a row a choice.

    N-grams of the choice that the context has and has not, those the question has, how much it
    shares with both, whether the context holds it whole, and its length beside the others'.
    """
    from scipy import sparse

    owner = [row for row, one in enumerate(examples) for _ in one.choices]
    choice = vectors.transform([text for one in examples for text in one.choices])
    context = vectors.transform([one.context for one in examples])[owner]
    question = vectors.transform([one.question for one in examples])[owner]
    read, questioned = shared(choice, context), shared(choice, question)
    plain = np.array(
        [
            (
                text in one.context,
                len(text) / max(map(len, one.choices)),
                sum(text[k : k + 2] in one.context for k in range(len(text) - 1)) / len(text),
            )
            for one in examples
            for text in one.choices
        ],
        dtype=np.float32,
    )
    numbers = np.hstack([read.numbers, questioned.numbers, plain])
    return sparse.hstack(
        [read.both, read.first, questioned.both, sparse.csr_matrix(numbers)], format="csr"
    )
