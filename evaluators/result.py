"""What an evaluation returns: scores, curves and what they cost, as plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evaluators.errors import ScoreError


@dataclass(frozen=True)
class Score:
    """One number of one evaluation.

    Attributes:
        metric: `spearman`, `pearson`, `accuracy` …
        value: In the metric's own unit; Spearman in −1…1.
        n: How many examples it rests on.
        variant: What tells this score from its siblings: `k`, `aggregate`, `subset` …
        ci_low: Lower end of the 95% interval, or None where none was asked for.
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
                raise ScoreError(
                    f"{self.metric} {name} is {number}: a score must be a finite number"
                )


@dataclass(frozen=True)
class Curve:
    """One metric along one axis, kept whole: `values[i]` belongs to position `start + i`.

    Attributes:
        metric: As for a score.
        axis: What the position means: `k` is the number of kept dimensions.
        start: Position of the first value.
        values: The metric at every position.
        variant: As for a score.
    """

    metric: str
    axis: str
    start: int
    values: tuple[float, ...]
    variant: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """Everything one job produced.

    Attributes:
        scores: Its headline numbers.
        curves: Its curves.
        cost: Provenance that is no identity: seconds, device, batch used, peak memory.
    """

    scores: tuple[Score, ...]
    curves: tuple[Curve, ...] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON that `from_json` reads back unchanged."""
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
        )
