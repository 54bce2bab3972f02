"""Find the smallest change of the tasks' weights that changes the order of rows.

For weights w ≥ 0 that sum to 1, row a is above row b under the power mean p iff Σ w_i (f(a_i) −
f(b_i)) > 0 with f(x) = x^p (p > 0), log x (p = 0) or −x^p (p < 0): linear in w whatever p is, so
the smallest L1 change is a linear programme.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.stability.contest import Contest
from evaluators.averaging.stability.leave_one_out import rank_rows
from evaluators.averaging.stability.weighted import power_sums
from evaluators.errors import TreatmentError

_MARGIN = 1e-9  # share of the largest difference; doubled until the new scores are not tied
_ATTEMPTS = 40


def leads_of(contest: Contest, row: int, rivals: Sequence[int]) -> NDArray[np.float64]:
    """Return the row's leads on each task, (rivals, k), scaled so that the largest is ±1."""
    p, values = contest.p, contest.values
    k = len(contest.tasks)
    leads = np.empty((len(rivals), k))
    for i, rival in enumerate(rivals):
        pair = values[[row, rival]]
        if abs(p) < 1e-100:
            lead = np.log(pair[0]) - np.log(pair[1])
        else:
            with np.errstate(divide="ignore"):
                logs = np.log(pair) if p != 1 else pair
            top = (p * logs).max() if p != 1 else 0.0
            powers = np.exp(p * logs - top) if p != 1 else pair  # relative: x^p may overflow
            lead = math.copysign(1, p) * (powers[0] - powers[1])
        lead = lead * contest.weights
        by_task = np.bincount(contest.task_of, weights=lead, minlength=k) / contest.task_weights
        leads[i] = by_task / max(np.abs(by_task).max(), 1e-300)
    return leads


def candidates(
    leads: NDArray[np.float64], before: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Yield the weights of the least change for a tiny margin, then for twice it, and so on."""
    for doublings in range(_ATTEMPTS):
        after = _solve(leads, before, _MARGIN * 2**doublings)
        if after is None:
            break
        yield after
    # Under extreme exponents all leads but the largest vanish in the rounding of a double. What is
    # left to try is all weight on one task, the nearest first.
    alone = np.eye(len(before))[leads.min(axis=0) > 0]
    yield from sorted(alone, key=lambda w: float(np.abs(w - before).sum()))


def _solve(
    leads: NDArray[np.float64], before: NDArray[np.float64], margin: float
) -> NDArray[np.float64] | None:
    """Return w ≥ 0, Σ w = 1, leads·w ≥ margin with minimal Σ |w − before|, or None."""
    from scipy.optimize import linprog

    k = len(before)
    # w = before + up − down; the cost is the sum of up and down.
    solution = linprog(
        c=np.ones(2 * k),
        A_ub=-np.hstack([leads, -leads]),
        b_ub=leads @ before - margin,
        A_eq=np.concatenate([np.ones(k), -np.ones(k)])[None],
        b_eq=[0.0],
        bounds=[(0, None)] * k + [(0, w) for w in before],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not solution.success:
        return None
    after = np.clip(before + solution.x[:k] - solution.x[k:], 0, None)
    return np.asarray(after / after.sum())


@dataclass(frozen=True, eq=False)
class WeightChange:
    """The smallest change of weights for a row and its rivals; k tasks, n models.

    Attributes:
        possible: Whether any weights put the row strictly above every rival.
        change: L1 distance of the weights, 0 to 2; half of it is the share of weight that moves.
            0 where the row is above them already; NaN where it is impossible.
        before: (k,) the weights of the ranking, which sum to 1.
        after: (k,) the new ones, NaN where it is impossible.
        scores: (n,) scores under the new weights.
        ranks: (n,) ranks under the new weights.
        why_not: Reason why it is impossible, else empty.
    """

    possible: bool
    change: float
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    scores: NDArray[np.float64]
    ranks: NDArray[np.int64]
    why_not: str = ""


def smallest_change(contest: Contest, row: int, rivals: Sequence[int]) -> WeightChange:
    """Return the smallest change of task weights that ranks a row strictly above its rivals.

    It starts from the weights of the ranking, equal for all columns unless the treatment says
    otherwise, so that a task weighs as much as its columns together. Shares within a task stay. The
    new scores differ by slightly more than a tie, so that the change equals the infimum (which may
    be a tie) up to about 1e-9.

    Args:
        contest: Rows, tasks and p.
        row: The row that is to rise.
        rivals: Rows to pass; one for "a overtakes b", all the others for "a comes first".

    Raises:
        TreatmentError: If p is infinite, the row is its own rival, or a row has gaps, so that its
            mean is not a function of one weighted sum.
    """
    _check(contest, row, rivals)
    before = contest.task_weights / contest.task_weights.sum()
    leads = leads_of(contest, row, rivals)
    if reason := _describe_dominance(contest, row, rivals, leads):
        return _impossible(contest, before, reason)
    for after in candidates(leads, before):
        scores, ranks = _rank(contest, after)
        if (ranks[row] < ranks[list(rivals)]).all():
            change = float(np.abs(after - before).sum())
            return WeightChange(True, change, before, after, scores, ranks)
    names = ", ".join(contest.models[i] for i in list(rivals)[:3])
    more = f" and {len(rivals) - 3} more" if len(rivals) > 3 else ""
    return _impossible(contest, before, f"no weights put it above {names}{more} at once")


def _rank(
    contest: Contest, task_weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    weights = contest.columns_of(task_weights / contest.task_weights)[None]
    scores = power_sums(contest.values, contest.p).means(weights)
    return scores[0] - contest.shift, rank_rows(scores, contest.tolerance)[0].astype(np.int64)


def _describe_dominance(
    contest: Contest, row: int, rivals: Sequence[int], leads: NDArray[np.float64]
) -> str:
    for rival, lead in zip(rivals, leads, strict=True):
        if lead.max() <= 0:
            tie = " (at best a tie)" if lead.max() == 0 else ""
            return (
                f"{contest.models[rival]} is at least as good as {contest.models[row]} on every"
                f" task{tie}, so no weights put it above"
            )
    return ""


def _impossible(contest: Contest, before: NDArray[np.float64], reason: str) -> WeightChange:
    none = np.full(len(before), np.nan)
    return WeightChange(False, math.nan, before, none, contest.scores, contest.ranks, reason)


def _check(contest: Contest, row: int, rivals: Sequence[int]) -> None:
    if not rivals or row in rivals:
        raise TreatmentError(
            f"{contest.models[row]} must be compared with at least one other model, not with itself"
        )
    if math.isinf(contest.p):
        raise TreatmentError(
            f"the exponent must be finite, got {contest.p:g}: its mean is one value of each row,"
            " whatever the weights"
        )
    for i in (row, *rivals):
        if np.isnan(contest.values[i]).any():
            raise TreatmentError(
                f"{contest.models[i]} is averaged over other columns than the rest, so weights"
                " mean something else for it; choose a treatment that leaves out rows with gaps"
            )
