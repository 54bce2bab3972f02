"""Claims about batch sizes: sweeps, and gradients put together from chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import validate_trained
from evaluators.claims.judging.claim import FEWEST_SEEDS, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import CONFIDENCE, Interval, mean_interval, paired_values

EXACT = 1e-6
"""A relative error up to this is rounding, in float32."""

WRONG = 0.01
"""A relative error from this on is another gradient."""

CHUNKS = RowsOf("gradient_accumulation", by=("batch", "chunk", "temperature"))


def errors(evidence: RowEvidence, way: str) -> list[float]:
    """Return the relative errors of one way, one a seed.

    Raises:
        NotTestable: It was not measured.
    """
    found = [row["relative_error"] for row in evidence.rows if row["way"] == way]
    if not found:
        raise NotTestable(f"gradients put together the way {way!r} were not measured")
    return found


def cosine(evidence: RowEvidence, way: str) -> float:
    """Return the mean cosine of one way with the whole batch's gradient.

    Raises:
        NotTestable: It was not measured.
    """
    found = [row["cosine"] for row in evidence.rows if row["way"] == way]
    if not found or None in found:
        raise NotTestable(f"cosines of the way {way!r} were not measured")
    return float(sum(found) / len(found))


def span(values: Sequence[float]) -> str:
    """Return smallest and largest in words."""
    return f"{min(values):.2g} to {max(values):.2g}"


METRIC = "few5"
SMALL = 32
"""The largest batch that is called small."""

FACTOR = 8
"""How many times larger a large batch is, at least."""

MARGIN = 1.0
"""Points of accuracy: less is no difference worth the name."""

ACCURACY = RowsOf(
    "batch_sweep",
    by=("bench",),
    among={"metric": (METRIC, LATE_IMPROVEMENT), "batch": ("[0-9]*",)},
)

SCOPE_IN_WORDS = (
    " Accuracies are those of a linear probe on 5 labels a class, in points; differences are paired"
    " by seed (Student's t). The verdict is about this bench, its small"
    " network and its images, and says so where the arms are below raw pixels; not testable with"
    f" fewer than {FEWEST_SEEDS} seeds, or where InfoNCE's value still falls in an arm when"
    " training ends."
)

INFONCE, INFONCE_64 = "infonce/float32", "infonce/float64"
FLATNCE, FLATNCE_64 = "flatnce/float32", "flatnce/float64"
DCL, LOG1P = "dcl/float32", "infonce-log1p/float32"

BySeed = Mapping[int, float]


class Sweep(NamedTuple):
    """The accuracies of one bench.

    Attributes:
        points: By arm and batch, the accuracy of each seed.
        raw: That of the pixels by seed, where it was measured.
        random: That of networks before training by seed, where it was measured.
        late: By arm and batch, the `late_improvement` of each seed, where it was measured.
    """

    points: Mapping[tuple[str, int], BySeed]
    raw: BySeed
    random: BySeed
    late: Mapping[tuple[str, int], Sequence[float]]

    def batches(self, *arms: str) -> list[int]:
        """Return the batch sizes that all these arms have, ascending.

        Raises:
            NotTestable: There is none.
        """
        of_arm = [{batch for name, batch in self.points if name == arm} for arm in arms]
        shared = sorted(set.intersection(*of_arm))
        if not shared:
            raise NotTestable(f"the sweep has no batch size with all of {', '.join(arms)}")
        return shared

    def small(self, *arms: str) -> int:
        """Return the smallest batch that all these arms have.

        Raises:
            NotTestable: It is not small.
        """
        smallest = self.batches(*arms)[0]
        if smallest > SMALL:
            raise NotTestable(f"the smallest batch is {smallest}: small is {SMALL} or less")
        return smallest

    def sum(self, batch: int, weights: Mapping[str, float], *, decides: bool = True) -> Interval:
        """Return the mean over common seeds of a weighted sum of arms at a batch size.

        Args:
            batch: The batch size.
            weights: By arm.
            decides: Whether the verdict rests on it, so that the arms must be trained.

        Raises:
            NotTestable: An arm is missing there, too few seeds are common, or one is still
                improving.
        """
        missing = [arm for arm in weights if (arm, batch) not in self.points]
        if missing:
            raise NotTestable(f"{', '.join(missing)} was not trained at batch {batch}")
        found = combined([(self.points[arm, batch], weight) for arm, weight in weights.items()])
        if decides:
            self.require_trained(*((arm, batch) for arm in weights))
        return found

    def require_trained(self, *cells: tuple[str, int]) -> None:
        """Require that no cell improves up to the end of its training.

        Raises:
            NotTestable: A cell does; see `training_curve.still_improving`.
        """
        validate_trained(
            {
                f"{arm} at batch {batch}": self.late[arm, batch]
                for arm, batch in cells
                if (arm, batch) in self.late
            }
        )

    def scope(self) -> str:
        """Say what the arms are beside pixels and untrained networks."""
        best, (arm, batch) = max((_mean(found), cell) for cell, found in self.points.items())
        said = f"best arm {best:.1f} ({arm}, batch {batch})"
        if self.random:
            said += f", random networks {_mean(self.random):.1f}"
        if not self.raw:
            return f"{said}; raw pixels were not measured"
        raw = _mean(self.raw)
        below = "every arm is BELOW RAW PIXELS, " if best < raw else "raw pixels "
        return f"{said}, {below}{raw:.1f}"


def sweep_of(evidence: RowEvidence) -> Sweep:
    """Read the rows of a bench; rows of means are left out."""
    points: dict[tuple[str, int], dict[int, float]] = {}
    raw: dict[int, float] = {}
    random: dict[int, float] = {}
    late: dict[tuple[str, int], list[float]] = {}
    for row in evidence.rows:
        if row["seed"] is None:
            continue
        if row["metric"] == LATE_IMPROVEMENT:
            late.setdefault((row["arm"], row["batch"]), []).append(row["value"])
            continue
        points.setdefault((row["arm"], row["batch"]), {})[row["seed"]] = 100 * row["value"]
        for name, kept in (("raw", raw), ("random", random)):
            if row[name] is not None:
                kept[row["seed"]] = 100 * row[name]
    if not points:
        raise NotTestable("the sweep has no arm with this metric")
    return Sweep(points, raw, random, late)


def combined(parts: list[tuple[BySeed, float]], *, confidence: float = CONFIDENCE) -> Interval:
    """Return the mean over common seeds of a weighted sum, with its interval.

    Raises:
        NotTestable: Too few seeds are common.
    """
    shared = paired_values(*(values for values, _ in parts))
    if len(shared) < FEWEST_SEEDS:
        raise NotTestable(f"{len(shared)} common seeds: an interval needs {FEWEST_SEEDS}")
    weights = [weight for _, weight in parts]
    sums = [
        sum(weight * value for weight, value in zip(weights, values, strict=True))
        for values in shared.values()
    ]
    return mean_interval(sums, confidence=confidence)


def gain(sweep: Sweep, batch: int) -> Interval:
    """Return what FlatNCE adds to InfoNCE, both in float32.

    Raises:
        NotTestable: No gain is sure, so that its cause cannot be asked for.
    """
    found = sweep.sum(batch, {FLATNCE: 1, INFONCE: -1})
    if rules.gain(found, MARGIN).word != "holds":
        raise NotTestable(
            f"FlatNCE − InfoNCE is {found} at batch {batch}: no gain whose cause could be told;"
            f" {sweep.scope()}"
        )
    return found


def _mean(values: BySeed) -> float:
    return sum(values.values()) / len(values)
