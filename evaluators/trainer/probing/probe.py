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
        classes: What its columns stand for.
        converged: Whether it came to rest within `MOST_STEPS`.
    """

    pipeline: Any
    classes: NDArray[np.int64]
    converged: bool

    def probabilities(self, features: NDArray[np.floating], classes: int) -> NDArray[np.float32]:
        """Return (n, classes); a class that training never saw has probability 0."""
        found = np.zeros((len(features), classes), dtype=np.float32)
        found[:, self.classes] = self.pipeline.predict_proba(features)
        return found


def fit(features: NDArray[np.floating], labels: NDArray[np.int64], C: float) -> Fitted:
    """Fit by L-BFGS, which draws no random numbers.

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
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        # A task may have a hundred classes with eight examples each
        warnings.filterwarnings("ignore", message="The number of unique classes")
        pipeline.fit(features, labels)
    converged = not any(issubclass(one.category, ConvergenceWarning) for one in said)
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
    rows, asked = (
        Rows(dataset, loaded.tokenizer, reading, loaded.device) for dataset in (train, scored)
    )
    features, tags = [], []
    for batch, states in _states(loaded, rows, "encoding train", progress):
        kept = batch["tokens"]
        features.append(states[kept].float().cpu().numpy())
        tags.append(tags_of(batch)[kept].cpu().numpy())
    fitted = fit(np.concatenate(features), np.concatenate(tags).astype(np.int64), how.C)
    found = []
    for batch, states in _states(loaded, asked, "encoding", progress):
        best = torch.zeros(batch["tokens"].shape, dtype=torch.long)
        kept = batch["tokens"].cpu()
        own: NDArray[np.float32] = states[batch["tokens"]].float().cpu().numpy()
        if len(own):
            best[kept] = torch.from_numpy(np.asarray(fitted.pipeline.predict(own), dtype=np.int64))
        found += entities_of(best, batch, scored.labels)
    cost = {
        "features": int(features[0].shape[1]),
        "converged": fitted.converged,
        "train_tokens": sum(len(part) for part in tags),
        "device": str(loaded.device),
    }
    return Probed(Predictions.of(scored, asked.gather(found)), cost)


def _states(
    loaded: LoadedEncoder, rows: Rows, what: str, progress: Progress | None
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    encode = Encode(loaded.model)
    for start in range(0, len(rows), _ROWS):
        places = range(start, min(start + _ROWS, len(rows)))
        with torch.inference_mode():
            batch = rows.batch(places)
            states = encode(batch)
        yield batch, states
        if progress is not None:
            progress(what, places[-1] + 1, len(rows))


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
    train: LabelledDataset,
    scored: LabelledDataset,
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
    vectors: Vectors, train: LabelledDataset, scored: LabelledDataset, how: Probe
) -> tuple[Predictions, Fitted, int]:
    features = _text_features(vectors, train)
    labels = np.array([one.label for one in cast("tuple[TextExample, ...]", train.examples)])
    fitted = fit(features, labels, how.C)
    chances = fitted.probabilities(_text_features(vectors, scored), len(scored.labels))
    predicted = [int(label) for label in chances.argmax(axis=1)]
    return Predictions.of(scored, predicted, chances), fitted, features.shape[1]


def _text_features(vectors: Vectors, dataset: LabelledDataset) -> Floats:
    examples = cast("tuple[TextExample, ...]", dataset.examples)
    first = vectors.of([one.text for one in examples])
    if examples[0].pair is None:
        return first
    return pair_features(first, vectors.of([one.pair or "" for one in examples]))


def _choose(
    vectors: Vectors, train: LabelledDataset, scored: LabelledDataset, how: Probe
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


def _choice_features(vectors: Vectors, dataset: LabelledDataset) -> Floats:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    asked = [f"{one.context}\n{one.question}" for one in examples for _ in one.choices]
    choices = [choice for one in examples for choice in one.choices]
    return pair_features(vectors.of(asked), vectors.of(choices))


def _each_choice(
    dataset: LabelledDataset, value: Callable[[ChoiceExample, int], int]
) -> NDArray[np.int64]:
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    return np.array([value(one, place) for one in examples for place in range(len(one.choices))])
