"""The probe of each family: the encoder stays as it is, a linear model reads its vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.dataset import ClueDataset
from evaluators.clue.examples import ChoiceExample, TextExample
from evaluators.clue.predictions import Predictions
from evaluators.clue.probing.logistic import Fitted, fit
from evaluators.clue.probing.vectors import Floats, Vectors, pair_features
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from evaluators.progress import Progress


class Probe(NamedTuple):
    """How an encoder is probed.

    Attributes:
        pooling: How token vectors become a text's; entities read tokens and need none.
        max_length: Tokens of a text that are kept.
        C: Inverse strength of the penalty.
        dtype: What the encoder computes in.
        device: torch's name; None takes CUDA where there is one.
    """

    pooling: str
    max_length: int
    C: float
    dtype: str = "float32"
    device: str | None = None


class Probed(NamedTuple):
    """Answers, and what they rest on."""

    predictions: Predictions
    cost: dict[str, Any]


def probe(
    folder: Path,
    train: ClueDataset,
    scored: ClueDataset,
    how: Probe,
    progress: Progress | None = None,
) -> Probed:
    """Fit a linear model over a frozen encoder on one data set and answer another.

    Classification: vectors of the text, or [u; v; |u−v|; u∘v] of a pair. Choice: the same of
    (context and question, choice), one example a choice, right or wrong; the surest right one is
    the answer. Entities: the state of each token, one BIO tag each.

    Raises:
        MethodError: The family has no probe.
        CheckpointError: The checkpoint cannot be used.
        TrainingError: There is only one class to learn.
    """
    if train.family == "span":
        raise MethodError(
            f"{train.task} extracts spans: a probe of frozen tokens is not offered for them; use"
            " mode: finetune"
        )
    if train.family == "entity":
        from evaluators.clue.probing.tokens import probe_tokens

        return probe_tokens(folder, train, scored, how, progress)
    vectors = Vectors(
        folder,
        pooling=how.pooling,
        dtype=how.dtype,
        device=how.device,
        max_length=how.max_length,
        progress=progress,
    )
    answer = _classify if train.family == "classification" else _choose
    found, fitted, width = answer(vectors, train, scored, how)
    return Probed(found, {**_cost(fitted, width), "device": str(vectors.encoder.loaded.device)})


def _cost(fitted: Fitted, width: int) -> dict[str, Any]:
    return {"features": width, "converged": fitted.converged}


def _classify(
    vectors: Vectors, train: ClueDataset, scored: ClueDataset, how: Probe
) -> tuple[Predictions, Fitted, int]:
    features = _text_features(vectors, train)
    labels = np.array([one.label for one in cast("tuple[TextExample, ...]", train.examples)])
    fitted = fit(features, labels, how.C)
    chances = fitted.probabilities(_text_features(vectors, scored), len(scored.labels))
    predicted = [int(label) for label in chances.argmax(axis=1)]
    return Predictions.of(scored, predicted, chances), fitted, features.shape[1]


def _text_features(vectors: Vectors, dataset: ClueDataset) -> Floats:
    examples = cast("tuple[TextExample, ...]", dataset.examples)
    first = vectors.of([one.text for one in examples])
    if examples[0].pair is None:
        return first
    return pair_features(first, vectors.of([one.pair or "" for one in examples]))


def _choose(
    vectors: Vectors, train: ClueDataset, scored: ClueDataset, how: Probe
) -> tuple[Predictions, Fitted, int]:
    features = _choice_features(vectors, train)
    right = _each_choice(train, lambda one, place: int(place == one.answer))
    fitted = fit(features, right, how.C)
    sure = fitted.probabilities(_choice_features(vectors, scored), 2)[:, 1].astype(np.float64)
    odds = np.log(np.maximum(sure, 1e-12)) - np.log(np.maximum(1 - sure, 1e-12))
    examples = cast("tuple[ChoiceExample, ...]", scored.examples)
    most = max(len(one.choices) for one in examples)
    chances = np.zeros((len(examples), most), dtype=np.float32)
    start = 0
    for row, one in enumerate(examples):
        own = odds[start : start + len(one.choices)]
        start += len(one.choices)
        shifted = np.exp(own - own.max())
        chances[row, : len(own)] = shifted / shifted.sum()
    predicted = [int(place) for place in chances.argmax(axis=1)]
    return Predictions.of(scored, predicted, chances), fitted, features.shape[1]


def _choice_features(vectors: Vectors, dataset: ClueDataset) -> Floats:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    asked = [f"{one.context}\n{one.question}" for one in examples for _ in one.choices]
    choices = [choice for one in examples for choice in one.choices]
    return pair_features(vectors.of(asked), vectors.of(choices))


def _each_choice(
    dataset: ClueDataset, value: Callable[[ChoiceExample, int], int]
) -> NDArray[np.int64]:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    return np.array([value(one, place) for one in examples for place in range(len(one.choices))])
