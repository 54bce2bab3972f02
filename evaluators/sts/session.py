"""A session of STS: one checkpoint encodes every sentence once, and all arms are scored from it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.checkpoint.device_map import DeviceMap
from evaluators.dataset import PairDataset
from evaluators.errors import ScoreError
from evaluators.names import validate_known
from evaluators.progress import Progress
from evaluators.result import Result
from evaluators.statistics import CONFIDENCE
from evaluators.sts.ahead import computed_ahead, longest_first_parts
from evaluators.sts.encoder import Encoder, encoder_cost, peak_memory
from evaluators.sts.names import POOLINGS
from evaluators.sts.pair_classification import check_classes, classify_pairs
from evaluators.sts.quantised import Precision, quantised_scores
from evaluators.sts.score import Bootstrap, Pairs, check_pairs, score_pairs
from evaluators.sts.similarities import to_table
from evaluators.sts.vectors import VectorStore
from evaluators.sts.whitening import FIT_SENTENCES, Whitening, fit_whitening
from evaluators.task import TaskType


class Session:
    """Scores sentence-pair datasets with one checkpoint.

    The checkpoint is loaded at the first sentence. Use it as a context manager: leaving it frees
    the weights and the vectors.

    Args:
        checkpoint: Folder of the checkpoint.
        poolings: Poolings that `evaluate` may use; all are computed in one forward pass.
        dtype: Number format of weights and activations: `float32`, `bfloat16`, `float16` or
            `float64`. Cosines are always computed in float64.
        device: torch's name of a device; None takes CUDA where there is one.
        prompt: Text put before every sentence.
        max_length: Longest sentence in tokens; None takes the checkpoint's own.
        token_budget: Tokens a batch; None takes a default for the device.
        unpadded: Whether sentences stand in one row without padding where the model can; None takes
            that on a GPU in half precision.
        compiled: Backend of torch.compile for full unpadded batches, `inductor`; None compiles
            nothing. Compiling takes up to minutes, which only long texts or many win back.
        progress: Called with "encode", sentences done, and sentences in all.
        device_map: Devices to spread the layers over, in place of `device`.

    Raises:
        UnknownNameError: A pooling nobody knows.
    """

    def __init__(
        self,
        checkpoint: Path,
        *,
        poolings: Sequence[str],
        dtype: str = "float32",
        device: str | None = None,
        prompt: str = "",
        max_length: int | None = None,
        token_budget: int | None = None,
        unpadded: bool | None = None,
        compiled: str | None = None,
        progress: Progress | None = None,
        device_map: DeviceMap | None = None,
    ) -> None:
        validate_known("pooling", poolings, POOLINGS)
        self._poolings = tuple(dict.fromkeys(poolings))
        self._options: dict[str, Any] = {
            "dtype": dtype,
            "device": device,
            "prompt": prompt,
            "max_length": max_length,
            "token_budget": token_budget,
            "device_map": device_map,
            "unpadded": unpadded,
            "compiled": compiled,
        }
        self._checkpoint = Path(checkpoint)
        self._progress = progress or (lambda stage, done, total: None)
        self._encoder: Encoder | None = None
        self._store = VectorStore(self._poolings)
        self._pairs: dict[str, Pairs] = {}
        self._fits: dict[tuple[str, ...], Whitening] = {}
        self._seconds = {"load_seconds": 0.0, "encode_seconds": 0.0}
        self._tokens = 0
        self._sentences = 0

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._encoder = None
        self._store = VectorStore(self._poolings)
        self._pairs.clear()
        self._fits.clear()

    @property
    def cost(self) -> Mapping[str, Any]:
        """The session's cost so far, as plain JSON (keys in docs/guides/sts.md)."""
        return {
            "sentences": self._sentences,
            "encoded": len(self._store),
            "tokens": self._tokens,
            **self._seconds,
            "peak_memory_bytes": peak_memory(self._encoder),
            **(encoder_cost(self._encoder) if self._encoder else {}),
        }

    def encode(self, sentences: Iterable[str]) -> None:
        """Encode the sentences that have not been encoded yet.

        Raises:
            CheckpointError: The checkpoint cannot be loaded, or has no such pooling.
            ScoreError: A sentence has no tokens, or a vector is NaN or infinite.
        """
        unseen = self._store.unseen(sentences)
        if not unseen:
            return
        encoder = self._loaded()
        started = time.perf_counter()
        total, before = len(unseen), 0
        self._progress("encode", 0, total)
        # On a CPU the encoder needs every core, and one part makes the best batches.
        parts = iter([unseen]) if encoder.on_cpu else longest_first_parts(unseen)
        for part, tokens in computed_ahead(encoder.tokens_of, parts):
            self._store.add(part, tokens, encoder.encode, partial(self._encoded, before, total))
            before += len(part)
        self._progress("encode", total, total)
        self._sentences += total
        self._tokens = encoder.tokens
        self._seconds["encode_seconds"] += time.perf_counter() - started

    def vectors(self, sentences: Sequence[str], pooling: str) -> NDArray[np.floating]:
        """Return the distinct vectors of some sentences, (distinct rows, d).

        Sentences with the same tokens count as one.

        Raises:
            CheckpointError: As in `encode`.
            ScoreError: As in `encode`.
        """
        self.encode(sentences)
        return self._store.vectors(pooling)[np.unique(self._store.rows(sentences))]

    def evaluate(
        self,
        dataset: PairDataset,
        *,
        pooling: str,
        whitening: str = "none",
        fit: Sequence[PairDataset] = (),
        dimensions: Sequence[int] = (),
        precisions: Sequence[Precision] = (),
        resamples: int = 1000,
        confidence: float = CONFIDENCE,
        seed: int = 0,
        scored_as: TaskType = "STS",
    ) -> Result:
        """Score one dataset under one pooling and one whitening.

        Args:
            dataset: The pairs.
            pooling: One of the session's poolings.
            whitening: `none`, or a name of the data sets in `fit`.
            fit: Data sets on whose sentences, with repetition, the whitening is fitted. If
                `dataset` is one of them, the score is transductive: the model has seen the
                sentences that it is scored on, and the interval takes the whitening as given.
            dimensions: Numbers of kept dimensions that get headline scores besides all of them.
                Those the vectors do not have are left out and listed in the cost.
            precisions: Vectors in fewer bits that are scored too, on tasks of type STS.
            resamples: Bootstrap resamples behind each interval; 0 makes no intervals.
            confidence: Coverage of the intervals.
            seed: Seed of the resamples. The same for every pooling, so that arms are paired.
            scored_as: `STS` correlates cosines with the gold; `PairClassification` tells pairs of
                two classes apart by a threshold.

        Raises:
            DatasetError: The pairs are empty, or their gold is constant or not finite, or for a
                classification neither 0 nor 1.
            ScoreError: A score is undefined: constant similarities, vectors that are not finite.
            CheckpointError: The checkpoint cannot be loaded, or has no such pooling.
        """
        validate_known("pooling", [pooling], self._poolings)
        if (whitening == "none") != (len(fit) == 0):
            raise ValueError(
                f"whitening {whitening!r} does not fit its {len(fit)} datasets: 'none' takes no"
                " dataset, and the others take one or more"
            )
        check_pairs(dataset)
        if scored_as == "PairClassification":
            check_classes(dataset)
        self.encode(s for part in (dataset, *fit) for s in (*part.first, *part.second))
        started = time.perf_counter()
        pairs = self._paired(dataset)
        vectors = self._store.vectors(pooling)[pairs.used]
        if whitening == "none":
            columns = np.ascontiguousarray(vectors.T, dtype=np.float64)
            _validate_not_zero(vectors, dataset, pooling)
            fitted: dict[str, Any] = {}
        else:
            whitening_fit = self._whitening(pooling, fit)
            columns = np.ascontiguousarray(whitening_fit(vectors).T)
            fitted = {
                "fit_sentences": whitening_fit.distinct,
                "few_fit_sentences": whitening_fit.distinct < FIT_SENTENCES * vectors.shape[1],
            }
        bootstrap = Bootstrap(resamples, confidence, seed)
        score = classify_pairs if scored_as == "PairClassification" else score_pairs
        scored = score(pairs, columns, dimensions, bootstrap)
        scores = scored.scores
        if scored_as == "STS":
            more = quantised_scores(pairs, columns, precisions, scored.cosines, bootstrap)
            scores = (*scores, *more)
        cost = {
            **self.cost,
            "score_seconds": time.perf_counter() - started,
            "vector_size": vectors.shape[1],
            "kept_dimensions": len(columns),
            "dimensions_left_out": [k for k in dimensions if k > len(columns)],
            **fitted,
        }
        return Result(scores, scored.curves, cost, (to_table(dataset, scored.similarities),))

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            started = time.perf_counter()
            self._encoder = Encoder(self._checkpoint, poolings=self._poolings, **self._options)
            self._seconds["load_seconds"] += time.perf_counter() - started
        return self._encoder

    def _encoded(self, before: int, total: int, done: int) -> None:
        self._progress("encode", before + done, total)

    def _paired(self, dataset: PairDataset) -> Pairs:
        """Keep the last two datasets' ranks and resamples, not those of a whole plan run."""
        if dataset.digest not in self._pairs:
            first, second = self._store.rows(dataset.first), self._store.rows(dataset.second)
            self._pairs[dataset.digest] = Pairs(dataset, first, second)
            for old in list(self._pairs)[:-2]:
                del self._pairs[old]
        return self._pairs[dataset.digest]

    def _whitening(self, pooling: str, fit: Sequence[PairDataset]) -> Whitening:
        key = (pooling, *(part.digest for part in fit))
        if key not in self._fits:
            sentences = [s for part in fit for s in (*part.first, *part.second)]
            rows, counts = np.unique(self._store.rows(sentences), return_counts=True)
            self._fits[key] = fit_whitening(self._store.vectors(pooling)[rows], counts)
            for old in list(self._fits)[: -len(POOLINGS)]:
                del self._fits[old]
        return self._fits[key]


def _validate_not_zero(vectors: NDArray[np.floating], dataset: PairDataset, pooling: str) -> None:
    if not vectors.any(axis=1).all():
        raise ScoreError(
            f"pooling {pooling} gives a zero vector for a sentence of {dataset.task}: "
            "its cosine is undefined"
        )


class Arm(NamedTuple):
    """One cell of a grid."""

    task: str
    pooling: str
    whitening: str


def evaluate(
    checkpoint: Path,
    datasets: Iterable[PairDataset],
    *,
    poolings: Sequence[str] = ("native",),
    whitenings: Sequence[str] = ("none",),
    dimensions: Sequence[int] = (),
    resamples: int = 1000,
    confidence: float = CONFIDENCE,
    seed: int = 0,
    **options: Any,
) -> dict[Arm, Result]:
    """Score every dataset under every pooling and whitening, encoding each sentence once.

    Args:
        checkpoint: Folder of the checkpoint.
        datasets: The pairs to score.
        poolings: See `evaluators.sts.pooling`.
        whitenings: `none`, and `scored` (fitted on the scored pairs' own sentences, so the score
            is transductive: it does not hold for new sentences).
        dimensions: Numbers of kept dimensions that get headline scores besides all of them.
        resamples: Bootstrap resamples behind each interval.
        confidence: Coverage of the intervals.
        seed: Seed of the resamples.
        **options: `dtype`, `device`, `prompt`, `max_length`, `token_budget`, `unpadded`,
            `compiled`, `progress` and `device_map`, as for `Session`.

    Raises:
        ValueError: A whitening that needs more than the scored pairs: use `Session` for those.
        EvaluatorError: What `Session.evaluate` raises.
    """
    for name in whitenings:
        if name not in ("none", "scored"):
            raise ValueError(
                f"whitening must be none or scored here, got {name!r}: use Session for the others"
            )
    datasets = tuple(datasets)
    with Session(checkpoint, poolings=poolings, **options) as session:
        session.encode(s for dataset in datasets for s in (*dataset.first, *dataset.second))
        return {
            Arm(dataset.task, pooling, whitening): session.evaluate(
                dataset,
                pooling=pooling,
                whitening=whitening,
                fit=(dataset,) if whitening == "scored" else (),
                dimensions=dimensions,
                resamples=resamples,
                confidence=confidence,
                seed=seed,
            )
            for dataset in datasets
            for pooling in poolings
            for whitening in whitenings
        }
