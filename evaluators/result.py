"""The result of an evaluation: scores, curves and cost, as plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from evaluators.errors import ScoreError

if TYPE_CHECKING:
    from evaluators.training_curve import TrainingCurve

LATE_IMPROVEMENT = "late_improvement"
"""Metric of an arm: how far its training loss falls in the last fifth; see `training_curve`."""


@dataclass(frozen=True)
class Score:
    """One number of one evaluation.

    Attributes:
        metric: `spearman`, `pearson`, `accuracy` …
        value: In the metric's own unit; Spearman in −1…1.
        n: How many examples it rests on.
        variant: Keys that distinguish the score from others of the run: `k`, `aggregate` …
        ci_low: Lower end of the 95% interval, or None without interval.
        ci_high: Upper end of the 95% interval.
    """

    metric: str
    value: float
    n: int
    variant: Mapping[str, Any] = field(default_factory=dict)
    ci_low: float | None = None
    ci_high: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "ci_low", "ci_high"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise ScoreError(f"{self.metric} {name} must be a finite number, got {number}")


class ArmScores:
    """Collector of the scores of one setting of an experiment, for the view `arm_scores`.

    Args:
        setting: Description of everything but arm and seed; arms of one setting can be compared.
    """

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self.scores: list[Score] = []
        self.curves: list[Curve] = []

    def add(self, metric: str, value: float, n: int, *, arm: str, seed: int) -> None:
        """Add one score of one arm and seed, resting on `n` examples.

        Raises:
            ScoreError: It is not finite.
        """
        variant = {"arm": arm, "setting": self._setting, "seed": seed}
        self.scores.append(Score(metric, float(value), n, variant))

    def add_curve(self, curve: TrainingCurve, *, arm: str, seeds: Sequence[int]) -> None:
        """Add an arm's training losses, and by `late_improvement` whether they still fall.

        Args:
            curve: The losses of one network for each seed.
            arm: The arm.
            seeds: One for each network, in the same order.
        """
        rows = zip(seeds, curve.late_improvement(), curve.points().tolist(), strict=True)
        for seed, late, points in rows:
            self.add(LATE_IMPROVEMENT, late, curve.steps, arm=arm, seed=seed)
            variant = {"arm": arm, "setting": self._setting, "seed": seed}
            self.curves.append(Curve("training_loss", "tenth", 0, tuple(points), variant))


@dataclass(frozen=True)
class Curve:
    """One metric along one axis: `values[i]` belongs to position `start + i`.

    Attributes:
        metric: As for a score.
        axis: What the position means: `k` is the number of kept dimensions.
        start: Position of the first value.
        values: The metric at every position.
        variant: As in a score.
    """

    metric: str
    axis: str
    start: int
    values: tuple[float, ...]
    variant: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Rows that are stored as a file beside the store, for instance the predictions.

    Attributes:
        name: `predictions`; one table of a name a job.
        columns: Plain JSON values by column, all of one length.
        about: Further information for a reader of the file, as plain JSON.
        types: Arrow's names of types for columns that should be smaller: `float32`, `int32`.
    """

    name: str
    columns: Mapping[str, Sequence[Any]]
    about: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.columns.values()}
        if len(lengths) > 1:
            raise ScoreError(
                f"the columns of {self.name} must have one length, got {sorted(lengths)} rows"
            )


@dataclass(frozen=True)
class Result:
    """The result of one job.

    Attributes:
        scores: Its headline numbers.
        curves: Its curves.
        cost: Provenance that is not part of the identity: seconds, device, batch, peak memory.
        tables: Rows that are stored as files beside the store.
    """

    scores: tuple[Score, ...]
    curves: tuple[Curve, ...] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, from which `from_json` rebuilds the result."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        """Rebuild a result from `to_json`'s output."""
        return cls(
            scores=tuple(Score(**score) for score in data["scores"]),
            curves=tuple(
                Curve(**{**curve, "values": tuple(curve["values"])}) for curve in data["curves"]
            ),
            cost=dict(data["cost"]),
            tables=tuple(Table(**table) for table in data.get("tables", ())),
        )
