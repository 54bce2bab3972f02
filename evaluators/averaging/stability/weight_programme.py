"""The linear programme of the smallest change of weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.stability.contest import Contest

_MARGIN = 1e-9  # of the largest difference; doubled until the new scores are no tie
_ATTEMPTS = 40


def leads_of(contest: Contest, row: int, rivals: Sequence[int]) -> NDArray[np.float64]:
    """Return (rivals, k): how far the row leads on each task, the largest being 1 or −1."""
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
        count = np.bincount(contest.task_of, minlength=k)
        by_task = np.bincount(contest.task_of, weights=lead, minlength=k) / count
        leads[i] = by_task / max(np.abs(by_task).max(), 1e-300)
    return leads


def candidates(
    leads: NDArray[np.float64], before: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Yield the least change that leads by a hair, then by twice that, and so on."""
    for doublings in range(_ATTEMPTS):
        after = _solve(leads, before, _MARGIN * 2**doublings)
        if after is None:
            break
        yield after
    # Under exponents so far out that a lead anywhere else drowns in the digits of a double, all
    # weight on one task is what is left to try, the nearest first.
    alone = np.eye(len(before))[leads.min(axis=0) > 0]
    yield from sorted(alone, key=lambda w: float(np.abs(w - before).sum()))


def _solve(
    leads: NDArray[np.float64], before: NDArray[np.float64], margin: float
) -> NDArray[np.float64] | None:
    """Return w ≥ 0, Σ w = 1, leads·w ≥ margin with the least Σ |w − before|, None if none is."""
    from scipy.optimize import linprog

    k = len(before)
    # w = before + up − down; the cost is what goes up and what goes down.
    found = linprog(
        c=np.ones(2 * k),
        A_ub=-np.hstack([leads, -leads]),
        b_ub=leads @ before - margin,
        A_eq=np.concatenate([np.ones(k), -np.ones(k)])[None],
        b_eq=[0.0],
        bounds=[(0, None)] * k + [(0, w) for w in before],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not found.success:
        return None
    after = np.clip(before + found.x[:k] - found.x[k:], 0, None)
    return np.asarray(after / after.sum())
