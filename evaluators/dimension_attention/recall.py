"""Measure associative recall: how large must a head be to find one of N keys?

A sequence holds N keys, each with a random symbol as its value, and every key is queried for its
value. All answers are in the sequence, so the ceiling is 1; chance is one over the number of
symbols. A small head is limited by the rank of its scores: N × N of them from d dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.dimension.numeric_checks import rising, validate_seeds
from evaluators.dimension.theory import published_dimension
from evaluators.dimension.threshold import Threshold, threshold_of_replicates
from evaluators.dimension_attention.heads import Heads, Task, train
from evaluators.errors import DimensionError
from evaluators.progress import Progress
from evaluators.statistics import CONFIDENCE

LEVELS = (0.50, 0.90, 0.95)
SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32)


@dataclass(frozen=True)
class RecallCurve:
    """Accuracy against head size at one length.

    Attributes:
        length: N.
        sizes: Head sizes.
        rule_n: ⌈8.33 ln N⌉.
        accuracy: Accuracy on new sequences after all steps, shape (seeds, sizes).
        accuracy_half: The same after half the steps, which shows the effect of more steps.
        chance: Accuracy of guessing.
        ceiling: Accuracy of a perfect answer.
        thresholds: The smallest head size that reaches each level of the way from chance to the
            ceiling, with its interval over the seeds.
        thresholds_half: The same after half the steps.
        inconclusive: Reason why the length tells nothing about head size, as even the largest head
            has not learnt the task. None where it has.
    """

    length: int
    sizes: tuple[int, ...]
    rule_n: int
    accuracy: tuple[tuple[float, ...], ...]
    accuracy_half: tuple[tuple[float, ...], ...]
    chance: float
    ceiling: float
    thresholds: dict[float, Threshold]
    thresholds_half: dict[float, Threshold]
    inconclusive: str | None


def recall(
    length: int,
    *,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = (0, 1, 2),
    task: Task | None = None,
    confidence: float = CONFIDENCE,
    device: str | None = None,
    progress: Progress | None = None,
) -> RecallCurve:
    """Train every head size and seed together and measure which recall N keys.

    Args:
        length: N, 2 or more.
        sizes: Head sizes, strictly rising.
        seeds: Seeds of parameters and sequences; sizes of one seed see the same sequences.
        task: The task and its training.
        confidence: Coverage of the intervals.
        device: Torch device; None is the CPU, where equal seeds give equal bits.
        progress: Called every few steps.

    Raises:
        DimensionError: N is below 2, a size is below 1 or above the width, or seeds repeat.
        ScoreError: The loss is NaN or infinite.
    """
    task = task or Task()
    sizes = _validate_sizes(length, sizes, seeds, task)
    models = [(size, seed) for seed in seeds for size in sizes]
    layer = Heads(task, length, models, device)
    half, full = train(layer, length, len(sizes), seeds, task, device, progress)
    chance = 1 / task.symbols
    thresholds = [
        {
            level: threshold_of_replicates(
                sizes, (accuracy - chance) / (1 - chance), level, confidence
            )
            for level in LEVELS
        }
        for accuracy in (half, full)
    ]
    reached = float((full[:, -1].mean() - chance) / (1 - chance))
    inconclusive = None
    if reached < LEVELS[-1]:
        inconclusive = (
            f"the largest head, {sizes[-1]}, comes {reached:.0%} of the way from chance to the "
            f"ceiling at N = {length} in {task.steps} steps: train longer or give larger heads"
        )
    return RecallCurve(
        length=length,
        sizes=tuple(sizes),
        rule_n=published_dimension(length),
        accuracy=tuple(map(tuple, full.tolist())),
        accuracy_half=tuple(map(tuple, half.tolist())),
        chance=chance,
        ceiling=1.0,
        thresholds=thresholds[1],
        thresholds_half=thresholds[0],
        inconclusive=inconclusive,
    )


def _validate_sizes(
    length: int, sizes: Sequence[int], seeds: Sequence[int], task: Task
) -> list[int]:
    if isinstance(length, bool) or not isinstance(length, int) or length < 2:
        raise DimensionError(f"length must be a whole number of at least 2, got {length}")
    grid = [int(size) for size in rising("sizes", sizes)]
    if grid[0] < 1 or grid[-1] > task.width:
        raise DimensionError(
            f"head sizes must be between 1 and the width, {task.width}, got {grid[0]} to"
            f" {grid[-1]}: the scores of a larger one have no higher rank"
        )
    validate_seeds(seeds)
    return grid
