"""STS in one call, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evaluators.dataset import PairDataset
from evaluators.result import Result
from evaluators.statistics import CONFIDENCE
from evaluators.sts.session import Session


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
        whitenings: `none`, and `scored` (fitted on the scored pairs' own sentences).
        dimensions: Numbers of kept dimensions that get headline scores besides all of them.
        resamples: Bootstrap resamples behind each interval.
        confidence: Coverage of the intervals.
        seed: Seed of the resamples.
        **options: `dtype`, `device`, `prompt`, `max_length`, `token_budget` and `progress`, as
            for `Session`.

    Raises:
        ValueError: A whitening that needs more than the scored pairs: use `Session` for those.
        EvaluatorError: What `Session.evaluate` raises.
    """
    for name in whitenings:
        if name not in ("none", "scored"):
            raise ValueError(f"whitening {name!r}: evaluate knows none and scored, Session all")
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
