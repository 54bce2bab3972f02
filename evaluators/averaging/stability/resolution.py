"""Say what a board can tell: the smallest difference, tasks near their ceiling, tasks that agree.

The noise of a task is what is left of its scores after the mean of each model and of each task is
taken off: how far a model stands from where its other scores would put it. Weights of tasks count
in the means that are compared and in the mean of the other tasks, not in the noise of a task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.ranking import TIE
from evaluators.averaging.stability.contest import Contest, contest
from evaluators.averaging.stability.weighted import share_left
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.statistics import holm

TOP = 10
"""Number of best models that tell how noisy a task is where it matters."""

POWER = 0.8
LEVEL = 0.05

SAME = 0.95
"""Spearman's correlation from which two tasks say the same about the models."""

LEAST_MODELS = 5
"""Fewer models say nothing about correlations."""


@dataclass(frozen=True)
class TaskResolution:
    """What one task adds.

    Attributes:
        task: Its name.
        best: Highest score of a model that is not human.
        best_model: The model that has it.
        ceiling: The perfect score.
        human: Highest score of a human row; None where there is none.
        noise: Standard deviation of what is left of its scores among the best models.
        saturated: Whether the best score is within one such deviation of the ceiling, or above the
            human score.
        agreement: Spearman's correlation with the mean of the other tasks; None where all models
            have one score.
        p_value: Of no positive correlation, one-sided, adjusted for all tasks by Holm's method.
        separates: Whether that is below 5%: the task orders models as the others do at all.
    """

    task: str
    best: float
    best_model: str
    ceiling: float
    human: float | None
    noise: float
    saturated: bool
    agreement: float | None
    p_value: float | None
    separates: bool


@dataclass(frozen=True)
class Resolution:
    """What a board can tell under the arithmetic mean.

    Attributes:
        contest: The ranked rows.
        smallest_difference: Difference of two means, weighted where tasks have weights, that a
            two-sided t test over tasks at 5% would see with 80% power: the median over pairs of
            neighbours in rank.
        told: Share of pairs of neighbours among the best whose difference is as large.
        tasks: What each task adds, in the board's order.
        same: Pairs of tasks that say the same, with their correlation, closest first.
    """

    contest: Contest
    smallest_difference: float
    told: float
    tasks: tuple[TaskResolution, ...]
    same: tuple[tuple[str, str, float], ...]

    @property
    def saturated(self) -> tuple[str, ...]:
        """Return the tasks whose best scores are within noise of their ceiling."""
        return tuple(task.task for task in self.tasks if task.saturated)

    @property
    def headlines(self) -> tuple[str, ...]:
        """What the board can tell, in sentences."""
        k, same = len(self.tasks), len(self.same)
        listed = "; ".join(f"{first} and {second}" for first, second, _ in self.same[:5])
        return (
            f"A difference of {self.smallest_difference:.3g} between two means would be seen in 80%"
            f" of such boards; {self.told:.0%} of the first ten neighbours differ so much.",
            f"{len(self.saturated)} of {k} tasks are at their ceiling (within noise of the perfect"
            " score, or above the human score).",
            f"{len(self.idle)} of {k} tasks do not order the models as the others do"
            + (f": {', '.join(self.idle)}." if self.idle else "."),
            f"Pairs of tasks that say the same about the models: {same}"
            + (f" ({listed}{' …' if same > 5 else ''})." if same else "."),
        )

    @property
    def idle(self) -> tuple[str, ...]:
        """Return the tasks that do not separate the models as the others do."""
        return tuple(task.task for task in self.tasks if not task.separates)


def board_resolution(board: Board, treatment: Treatment) -> Resolution:
    """Return what a board can tell.

    Args:
        board: Models × task metrics.
        treatment: As in `rank`.

    Raises:
        TreatmentError: It has fewer than two tasks or `LEAST_MODELS` ranked models, or these have
            gaps.
    """
    field = contest(board, treatment, 1.0)
    n, k = len(field.models), len(field.tasks)
    if n < LEAST_MODELS or k < 2:
        raise TreatmentError(
            f"{board.name}: a board can tell something with at least {LEAST_MODELS} ranked models"
            f" and 2 tasks, found {n} and {k}"
        )
    if np.isnan(field.values).any():
        raise TreatmentError(f"{board.name}: the ranked models must have no gaps")
    members = np.eye(k)[field.task_of] * field.weights[:, None]
    scores = (field.values - field.shift) @ (members / members.sum(axis=0))
    weights = field.task_weights / field.task_weights.sum()
    errors, told, freedom = _neighbours(field, scores, weights)
    return Resolution(
        contest=field,
        smallest_difference=float(np.median(errors)) * detectable_errors(freedom),
        told=told,
        tasks=_tasks(board, field, scores, weights),
        same=_same(field, scores),
    )


def detectable_errors(freedom: float) -> float:
    """Return how many standard errors a difference must be to be seen with 80% power."""
    from scipy.special import nctdtrinc, stdtrit

    critical = float(stdtrit(freedom, 1 - LEVEL / 2))
    return float(nctdtrinc(freedom, 1 - POWER, critical))


def _neighbours(
    field: Contest, scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """Return the standard errors between neighbours, the share told apart, degrees of freedom.

    Args:
        field: The ranked rows.
        scores: (n, k) task scores.
        weights: (k,) weights of the tasks, of sum 1.
    """
    order = np.argsort(field.ranks, kind="stable")
    differences = scores[order[:-1]] - scores[order[1:]]
    means = differences @ weights
    share = weights**2 / share_left(weights)
    errors = np.sqrt((differences - means[:, None]) ** 2 @ share)
    freedom = degrees_of_freedom(weights)
    seen = means >= detectable_errors(freedom) * errors
    return errors, float(seen[:TOP].mean()), freedom


def degrees_of_freedom(weights: NDArray[np.float64]) -> float:
    """Return the degrees of freedom of the variance of a weighted mean; k − 1 for equal weights.

    The variance is estimated by Σ w²(x − mean)²/(1 − 2w + Σw²), which is unbiased where all tasks
    are equally noisy; Satterthwaite's approximation makes it a multiple of a chi-squared variable
    (Bell and McCaffrey 2002).

    Args:
        weights: (k,), above 0, of sum 1.
    """
    k = len(weights)
    residuals = np.eye(k) - weights  # deviations of k scores from their weighted mean
    form = residuals.T @ (residuals * (weights**2 / share_left(weights))[:, None])
    return float(np.trace(form) ** 2 / (form**2).sum())


def _tasks(
    board: Board, field: Contest, scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[TaskResolution, ...]:
    from scipy.stats import spearmanr

    best_rows = np.argsort(field.ranks, kind="stable")[:TOP]
    top = scores[best_rows]
    left = top - top.mean(axis=1, keepdims=True) - top.mean(axis=0) + top.mean()
    noise = left.std(axis=0) * math.sqrt(left.size / ((len(top) - 1) * (top.shape[1] - 1)))
    human = np.array([board.is_human[position] for position in field.positions])
    total, k = scores @ weights, scores.shape[1]
    tests = []
    for t in range(k):
        others = (total - weights[t] * scores[:, t]) / (1 - weights[t])
        flat = np.ptp(scores[:, t]) == 0 or np.ptp(others) == 0
        tests.append(None if flat else spearmanr(scores[:, t], others, alternative="greater"))
    adjusted = holm([1.0 if test is None else float(test.pvalue) for test in tests])
    return tuple(
        _task(field, scores, t, human, float(noise[t]), tests[t], adjusted[t]) for t in range(k)
    )


def _task(
    field: Contest,
    scores: NDArray[np.float64],
    t: int,
    human: NDArray[np.bool_],
    noise: float,
    test: object,
    p_value: float,
) -> TaskResolution:
    own = np.where(human, -np.inf, scores[:, t])
    best = int(np.argmax(own))
    ceiling = field.tolerance / TIE  # the unit of all columns
    of_human = float(scores[human, t].max()) if human.any() else None
    agreement = None if test is None else float(test.statistic)  # type: ignore[attr-defined]
    return TaskResolution(
        task=field.tasks[t],
        best=float(own[best]),
        best_model=field.models[best],
        ceiling=ceiling,
        human=of_human,
        noise=noise,
        saturated=bool(
            ceiling - own[best] <= noise or (of_human is not None and own[best] >= of_human)
        ),
        agreement=agreement,
        p_value=None if test is None else p_value,
        separates=test is not None and p_value < LEVEL,
    )


def _same(field: Contest, scores: NDArray[np.float64]) -> tuple[tuple[str, str, float], ...]:
    from scipy.stats import rankdata

    varied = [t for t in range(scores.shape[1]) if np.ptp(scores[:, t])]
    correlations = np.corrcoef(rankdata(scores[:, varied], axis=0), rowvar=False)
    pairs = [
        (field.tasks[varied[i]], field.tasks[varied[j]], float(correlations[i, j]))
        for i in range(len(varied))
        for j in range(i + 1, len(varied))
        if correlations[i, j] >= SAME
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair[2]))
