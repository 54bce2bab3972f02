"""Choices scored one by one: which looks most like what is read and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.baselines.ngrams import logistic, shared, vectorizer
from evaluators.clue.baselines.tfidf import Answers
from evaluators.clue.examples import ChoiceExample

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset


def choose(train: ClueDataset, scored: ClueDataset, seed: int) -> Answers:
    """Return positions, and a distribution over each example's choices."""
    learned = cast("tuple[ChoiceExample, ...]", train.examples)
    asked = cast("tuple[ChoiceExample, ...]", scored.examples)
    texts = dict.fromkeys(text for one in learned for text in (one.context, *one.choices))
    vectors = vectorizer(list(texts), longest=2)
    right = np.array([n == one.answer for one in learned for n in range(len(one.choices))])
    model = logistic(seed, len(right)).fit(_features(vectors, learned), right)
    scores = model.decision_function(_features(vectors, asked))
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


def _features(vectors: Any, examples: tuple[ChoiceExample, ...]) -> Any:
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
