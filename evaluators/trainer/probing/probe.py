"""Probe a frozen encoder: logistic regression on vectors of texts, choices or tokens."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.errors import MethodError, TrainingError
from evaluators.trainer.families import Reading
from evaluators.trainer.labelled_data import ChoiceExample, LabelledDataset, TextExample
from evaluators.trainer.modules.tagging import entities_of, tags_of
from evaluators.trainer.predictions import Predictions
from evaluators.trainer.probing.vectors import Floats, Vectors, pair_features
from evaluators.trainer.training.batches import Rows
from evaluators.trainer.training.task_model import Encode, load_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from evaluators.checkpoint.load import LoadedEncoder
    from evaluators.progress import Progress


MOST_STEPS = 1000


class Fitted(NamedTuple):
    """A linear model.

    Attributes:
        pipeline: scikit-learn's.
        classes: Class of each column.
        converged: Whether the fit converged within `MOST_STEPS`.
    """

    pipeline: Any
    classes: NDArray[np.int64]
    converged: bool

    def probabilities(self, features: NDArray[np.floating], classes: int) -> NDArray[np.float32]:
        """Return (n, classes); a class that is not in the training set has probability 0."""
        probabilities = np.zeros((len(features), classes), dtype=np.float32)
        probabilities[:, self.classes] = self.pipeline.predict_proba(features)
        return probabilities


def fit(features: NDArray[np.floating], labels: NDArray[np.int64], C: float) -> Fitted:
    """Fit a logistic regression by L-BFGS, which draws no random numbers.

    Args:
        features: (n, d).
        labels: (n,).
        C: Inverse strength of the L2 penalty.

    Raises:
        TrainingError: All labels are the same.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(labels)) < 2:
        raise TrainingError(
            f"all {len(labels)} training examples have one class: a probe needs at least two"
        )
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=MOST_STEPS))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        # A task may have a hundred classes with eight examples each
        warnings.filterwarnings("ignore", message="The number of unique classes")
        pipeline.fit(features, labels)
    converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    return Fitted(pipeline, np.asarray(pipeline.classes_, dtype=np.int64), converged)


_ROWS = 32


def probe_tokens(
    folder: Path,
    train: LabelledDataset,
    scored: LabelledDataset,
    how: Probe,
    progress: Progress | None = None,
) -> Probed:
    """Fit tags over the states of all tokens of one data set, and tag another."""
    loaded = load_checkpoint(folder, how.device, how.max_length)
    loaded.model.to(getattr(torch, how.dtype))
    reading = Reading(how.max_length)
    rows, scored_rows = (
        Rows(dataset, loaded.tokenizer, reading, loaded.device) for dataset in (train, scored)
    )
    features, tags = [], []
    for batch, states in _states(loaded, rows, "encoding train", progress):
        inside = batch["tokens"]
        features.append(states[inside].float().cpu().numpy())
        tags.append(tags_of(batch)[inside].cpu().numpy())
    fitted = fit(np.concatenate(features), np.concatenate(tags).astype(np.int64), how.C)
    answers = []
    for batch, states in _states(loaded, scored_rows, "encoding", progress):
        best = torch.zeros(batch["tokens"].shape, dtype=torch.long)
        inside = batch["tokens"].cpu()
        token_states: NDArray[np.float32] = states[batch["tokens"]].float().cpu().numpy()
        if len(token_states):
            best[inside] = torch.from_numpy(
                np.asarray(fitted.pipeline.predict(token_states), dtype=np.int64)
            )
        answers += entities_of(best, batch, scored.labels)
    cost = {
        "features": int(features[0].shape[1]),
        "converged": fitted.converged,
        "train_tokens": sum(len(part) for part in tags),
        "device": str(loaded.device),
    }
    return Probed(Predictions.of(scored, scored_rows.gather(answers)), cost)


def _states(
    loaded: LoadedEncoder, rows: Rows, stage: str, progress: Progress | None
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    encode = Encode(loaded.model)
    for start in range(0, len(rows), _ROWS):
        places = range(start, min(start + _ROWS, len(rows)))
        with torch.inference_mode():
            batch = rows.batch(places)
            states = encode(batch)
        yield batch, states
        if progress is not None:
            progress(stage, places[-1] + 1, len(rows))


class Probe(NamedTuple):
    """Settings of a probe.

    Attributes:
        pooling: Name of the pooling of token vectors; a probe of entities uses none.
        max_length: Tokens of a text that are kept.
        C: Inverse strength of the penalty.
        dtype: Floating-point type of the encoder's computations.
        device: torch's name; None takes CUDA where there is one.
    """

    pooling: str
    max_length: int
    C: float
    dtype: str = "float32"
    device: str | None = None


class Probed(NamedTuple):
    """Predictions of a probe, and the run's cost."""

    predictions: Predictions
    cost: dict[str, Any]


def probe(
    folder: Path,
    train: LabelledDataset,
    scored: LabelledDataset,
    how: Probe,
    progress: Progress | None = None,
) -> Probed:
    """Fit a linear model over a frozen encoder on one data set and predict another.

    Classification: vectors of the text, or [u; v; |u−v|; u∘v] of a pair. Choice: the same of
    (context and question, choice), one example for each choice, right or wrong; the choice that is
    most probably right is the answer. Entities: the state of each token, one BIO tag each.

    Raises:
        MethodError: The family has no probe.
        CheckpointError: The checkpoint cannot be used.
        TrainingError: The training set has only one class.
    """
    if train.family == "span":
        raise MethodError(
            f"{train.task} extracts spans: a probe of frozen tokens is not offered for them; use"
            " mode: finetune"
        )
    if train.family == "entity":
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
    predictions, fitted, width = answer(vectors, train, scored, how)
    return Probed(
        predictions, {**_cost(fitted, width), "device": str(vectors.encoder.loaded.device)}
    )


def _cost(fitted: Fitted, width: int) -> dict[str, Any]:
    return {"features": width, "converged": fitted.converged}


def _classify(
    vectors: Vectors, train: LabelledDataset, scored: LabelledDataset, how: Probe
) -> tuple[Predictions, Fitted, int]:
    features = _text_features(vectors, train)
    labels = np.array(
        [example.label for example in cast("tuple[TextExample, ...]", train.examples)]
    )
    fitted = fit(features, labels, how.C)
    probabilities = fitted.probabilities(_text_features(vectors, scored), len(scored.labels))
    predicted = [int(label) for label in probabilities.argmax(axis=1)]
    return Predictions.of(scored, predicted, probabilities), fitted, features.shape[1]


def _text_features(vectors: Vectors, dataset: LabelledDataset) -> Floats:
    examples = cast("tuple[TextExample, ...]", dataset.examples)
    first = vectors.of([example.text for example in examples])
    if examples[0].pair is None:
        return first
    return pair_features(first, vectors.of([example.pair or "" for example in examples]))


def _choose(
    vectors: Vectors, train: LabelledDataset, scored: LabelledDataset, how: Probe
) -> tuple[Predictions, Fitted, int]:
    features = _choice_features(vectors, train)
    right = _each_choice(train, lambda example, place: int(place == example.answer))
    fitted = fit(features, right, how.C)
    right_probabilities = fitted.probabilities(_choice_features(vectors, scored), 2)[:, 1].astype(
        np.float64
    )
    odds = np.log(np.maximum(right_probabilities, 1e-12)) - np.log(
        np.maximum(1 - right_probabilities, 1e-12)
    )
    examples = cast("tuple[ChoiceExample, ...]", scored.examples)
    width = max(len(example.choices) for example in examples)
    probabilities = np.zeros((len(examples), width), dtype=np.float32)
    start = 0
    for row, example in enumerate(examples):
        scores = odds[start : start + len(example.choices)]
        start += len(example.choices)
        shifted = np.exp(scores - scores.max())
        probabilities[row, : len(scores)] = shifted / shifted.sum()
    predicted = [int(place) for place in probabilities.argmax(axis=1)]
    return Predictions.of(scored, predicted, probabilities), fitted, features.shape[1]


def _choice_features(vectors: Vectors, dataset: LabelledDataset) -> Floats:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    questions = [
        f"{example.context}\n{example.question}" for example in examples for _ in example.choices
    ]
    choices = [choice for example in examples for choice in example.choices]
    return pair_features(vectors.of(questions), vectors.of(choices))


def _each_choice(
    dataset: LabelledDataset, value: Callable[[ChoiceExample, int], int]
) -> NDArray[np.int64]:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    return np.array(
        [value(example, place) for example in examples for place in range(len(example.choices))]
    )
