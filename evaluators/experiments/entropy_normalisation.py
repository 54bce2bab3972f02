"""Bring probabilities to a wanted entropy by a power: the published Newton step and safer searches.

pᵞ / Σ pᵞ has the order of p, and its entropy falls as γ grows. The published step renormalises p
after each step of Newton's method from γ = 1:

    γ ← 1 + (H* − H) / (H² − E[log² p]),  p ← pᵞ / Σ pᵞ.

Nothing keeps γ above 0, below which the order of p turns round.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.evaluator import (
    AtLeastTwo,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

Floats = NDArray[np.float64]
Family = Literal["uniform", "softmax", "dirichlet", "zeros"]
Target = Literal["log 30", "random"]

FAMILIES: dict[Family, str] = {
    "uniform": "uniform numbers",
    "softmax": "softmax of N(0, 16)",
    "dirichlet": "Dirichlet 0.1",
    "zeros": "uniform numbers with a tenth zeros",
}
ARMS = ("newton", "newton above 0.001", "safeguarded newton", "bisection")
STEPS = 30
"""Steps of Newton's method, safeguarded or not; whoever needs more has failed."""

BISECTIONS = 100
ENOUGH = 1e-6
"""Nats from the wanted entropy from which on it is reached."""

EXPONENTS = (-30, *range(-10, 11), 40)
"""log₂ γ of the powers whose effect is measured."""

POWERS, SEARCHES = "power transform", "entropy normalisation"
LOG_GAMMA = (math.log(1e-9), math.log(1e9))
"""Between these the safe searches look for log γ."""


class EntropyNormalisationRequest(Request):
    """The keys of an `evaluator: entropy_normalisation` entry in a plan.

    Attributes:
        families: How probabilities are drawn: `uniform` numbers over their sum; `softmax` of normal
            numbers of standard deviation 4; `dirichlet` with parameter 0.1; `zeros`: uniform, a
            tenth of them 0.
        targets: Wanted entropies: `log 30`, as published, or `random`, uniform between 0.1 and 0.97
            times log n.
        outcomes: Number n of outcomes of a distribution, 31 or more.
        cases: Number of distributions a seed, at least 2.
        seeds: Seeds; all cases of a seed are drawn with it.
    """

    families: Distinct[Family] = ("uniform", "softmax", "dirichlet", "zeros")
    targets: Distinct[Target] = ("log 30", "random")
    outcomes: Annotated[int, Field(ge=31)] = 100
    cases: AtLeastTwo = 500
    seeds: Seeds = tuple(range(1000, 1020))


class EntropyNormalisation(Evaluator[EntropyNormalisationRequest]):
    """The arms are ways to find the power; a seed draws distributions and wanted entropies."""

    VERSION = "1"
    LEVEL = "made-up"
    BUDGET = ("cases",)
    Request = EntropyNormalisationRequest

    def jobs(
        self, request: EntropyNormalisationRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return for each family a job on powers, and one for each kind of wanted entropies."""
        size = {"outcomes": request.outcomes, "cases": request.cases}
        return [
            self.job(task, {"family": family, **more, **size, "seeds": sorted(request.seeds)})
            for family in request.families
            for task, more in (
                (POWERS, {}),
                *((SEARCHES, {"target": target}) for target in request.targets),
            )
        ]

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return that of a theorem for the powers; how a search does on drawn cases is none."""
        return "made-up" if "target" in parameters else "identity"

    def evaluate(self, job: Job, session: Session) -> Result:
        params = job.parameters
        if "target" not in params:
            return transform(**params)
        stage = f"entropies, {params['family']}, {params['target']}"
        return compare(**params, report=stage_progress(session.progress, stage))


def transform(family: Family, outcomes: int, cases: int, seeds: list[int]) -> Result:
    """Return what powers do to the order and the entropy of distributions.

    `disordered` is the share of cases in which two outcomes changed places under one of the powers;
    `largest_rise` the most that the entropy rises from a power to the next larger one, and
    `unreached` how far from log n and 0 it stays under the smallest and the largest power, the
    larger of the two, each of the worst case and in nats.

    Args:
        family: How probabilities are drawn.
        outcomes: n.
        cases: Distributions a seed.
        seeds: What draws them.
    """
    scores = ArmScores(f"{FAMILIES[family]}, outcomes {outcomes}")
    for seed in seeds:
        p = draw(family, outcomes, cases, np.random.default_rng(seed))
        with np.errstate(divide="ignore"):
            logs = np.log(p)
        for arm, sign in (("power", 1.0), ("negative power", -1.0)):
            entropies = []
            broken = np.zeros(cases, dtype=np.bool_)
            for exponent in EXPONENTS:
                # A negative power of 0 is infinite: such a case counts as disordered.
                with np.errstate(invalid="ignore"):
                    raised = powered(logs, np.full(cases, sign * 2.0**exponent))
                broken |= disordered(p, raised)
                entropies.append(entropy(np.where(np.isnan(raised), 0.0, raised)))
            table = np.stack(entropies)
            ends = np.maximum(math.log(outcomes) - table[0], table[-1])
            for metric, value in (
                ("disordered", broken.mean()),
                ("largest_rise", max(0.0, float(np.diff(table, axis=0).max()))),
                ("unreached", ends.max()),
            ):
                scores.add(metric, float(value), cases, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def compare(
    family: Family,
    target: Target,
    outcomes: int,
    cases: int,
    seeds: list[int],
    report: Report = lambda *_: None,
) -> Result:
    """Return how often each way fails, what it costs, and whether it keeps the order.

    `failure_rate` is the share of cases that are not within 1e-6 nats of the wanted entropy after
    30 steps (100 bisections), or are, with two outcomes in other places; `steps` the mean number of
    steps, 30 (100) for those; `disordered` the share of all cases in which outcomes changed places.

    Args:
        family: How probabilities are drawn.
        target: Which entropies are wanted.
        outcomes: n.
        cases: Distributions a seed.
        seeds: What draws them.
        report: Called with the seeds done and all of them.
    """
    wanted = "log 30" if target == "log 30" else "0.1 to 0.97 of log n"
    scores = ArmScores(f"{FAMILIES[family]}, outcomes {outcomes}, wanted entropy {wanted}")
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        rng = np.random.default_rng(seed)
        p = draw(family, outcomes, cases, rng)
        share = rng.uniform(0.1, 0.97, cases)
        goal = share * math.log(outcomes) if target == "random" else np.full(cases, math.log(30))
        with np.errstate(divide="ignore"):  # log 0 is −inf, as the formula has it
            logs = np.log(p)
        for arm in ARMS:
            found = search(arm, logs, goal)
            broken = disordered(p, found.logs)
            failed = found.failed | broken
            most = BISECTIONS if arm == "bisection" else STEPS
            for metric, value in (
                ("failure_rate", failed.mean()),
                ("steps", np.where(failed, most, found.steps).mean()),
                ("disordered", broken.mean()),
            ):
                scores.add(metric, float(value), cases, arm=arm, seed=seed)
    return Result(tuple(scores.scores))


def draw(family: Family, outcomes: int, cases: int, rng: np.random.Generator) -> Floats:
    """Return distributions, (cases, outcomes)."""
    shape = (cases, outcomes)
    if family == "softmax":
        logits = rng.normal(0, 4, shape)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    elif family == "dirichlet":
        # Γ(0.1) = Γ(1.1) · U^10 has numbers down to 1e-300, where a direct draw rounds to 0.
        weights = rng.gamma(1.1, size=shape) * rng.uniform(size=shape) ** 10
    else:
        weights = rng.uniform(size=shape)
        if family == "zeros":
            weights[:, : outcomes // 10] = 0
    p: Floats = weights / weights.sum(axis=1, keepdims=True)
    return p


def entropy(logs: Floats) -> Floats:
    """Return the entropy in nats, (cases,), of log probabilities (cases, n); −inf counts as 0."""
    with np.errstate(invalid="ignore"):
        terms = np.where(np.isneginf(logs), 0.0, np.exp(logs) * logs)
    total: Floats = -terms.sum(axis=1)
    return total


def powered(logs: Floats, gamma: Floats) -> Floats:
    """Return log (pᵞ / Σ pᵞ), of log p (cases, n) and γ (cases,)."""
    raised = gamma[:, None] * logs
    raised = raised - raised.max(axis=1, keepdims=True)
    normalised: Floats = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
    return normalised


class Found(NamedTuple):
    """What a search came to.

    Attributes:
        logs: Log probabilities, (cases, n).
        steps: How many steps it took, (cases,), as a float.
        failed: Whether the wanted entropy was not reached, (cases,).
    """

    logs: Floats
    steps: Floats
    failed: NDArray[np.bool_]


def search(arm: str, logs: Floats, goal: Floats) -> Found:
    """Search for powers by one of `ARMS`.

    Args:
        arm: How.
        logs: Log probabilities, (cases, n); −inf for zeros.
        goal: Wanted entropies in nats, (cases,).
    """
    if arm == "bisection":
        return _bracketed(logs, goal, BISECTIONS, newton=False)
    if arm == "safeguarded newton":
        return _bracketed(logs, goal, STEPS, newton=True)
    return _newton(logs, goal, lowest=0.001 if arm == "newton above 0.001" else None)


def _newton(logs: Floats, goal: Floats, lowest: float | None) -> Found:
    """Take the published steps; a power that is not a number stays one and so fails."""
    steps = np.full(len(goal), float(STEPS))
    logs = logs.copy()
    # Zeros make 0 · −inf, overflows inf − inf: the formula has no answer there.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for step in range(STEPS + 1):
            p = np.exp(logs)
            now = -(p * logs).sum(axis=1)
            steps[(np.abs(now - goal) <= ENOUGH) & (steps == STEPS)] = step
            going = steps == STEPS
            if step == STEPS or not going.any():
                break
            slope = now**2 - (p * logs**2).sum(axis=1)
            gamma = 1 + (goal - now) / slope
            if lowest is not None:
                gamma = np.maximum(gamma, lowest)
            logs[going] = powered(logs, gamma)[going]
        # Reached in the last step, it has not failed.
        failed = ~(np.abs(-(np.exp(logs) * logs).sum(axis=1) - goal) <= ENOUGH)
    return Found(logs, steps, failed)


def _bracketed(logs: Floats, goal: Floats, most: int, *, newton: bool) -> Found:
    """Search for log γ between bounds that close in on it, by Newton's steps or by halving.

    In log γ, H falls by γ² Var[log p] where the variance is that under the power: a step that
    leaves the bounds, or is not a number, is replaced by their middle.
    """
    low, high = (np.full(len(goal), end) for end in LOG_GAMMA)
    at = np.zeros(len(goal))
    steps = np.full(len(goal), float(most))
    kept = logs
    finite = np.where(np.isneginf(logs), 0.0, logs)
    for step in range(most + 1):
        now = powered(logs, np.exp(at))
        entropies = entropy(now)
        reached = (np.abs(entropies - goal) <= ENOUGH) & (steps == most)
        steps[reached] = step
        kept = np.where((steps == most)[:, None] | reached[:, None], now, kept)
        if step == most or (steps < most).all():
            break
        flat = entropies > goal
        low, high = np.where(flat, at, low), np.where(flat, high, at)
        middle = (low + high) / 2
        if not newton:
            at = middle
            continue
        p = np.exp(now)
        mean = (p * finite).sum(axis=1)
        variance = (p * (finite - mean[:, None]) ** 2).sum(axis=1)
        # A variance of nearly 0 makes a step without bounds, which the middle replaces.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tried = at + (entropies - goal) / (np.exp(2 * at) * variance)
        inside = (low < tried) & (tried < high)
        at = np.where(inside, tried, middle)
    failed = ~(np.abs(entropy(kept) - goal) <= ENOUGH)
    return Found(kept, steps, failed)


def disordered(p: Floats, logs: Floats) -> NDArray[np.bool_]:
    """Return whether outcomes changed places, (cases,); what is not a number has no order.

    Args:
        p: The probabilities before, (cases, n).
        logs: Log probabilities after.
    """
    rising = np.take_along_axis(logs, np.argsort(p, axis=1, kind="stable"), axis=1)
    with np.errstate(invalid="ignore"):
        # Equal numbers differ by rounding after a power; two zeros by nothing.
        kept: NDArray[np.bool_] = rising[:, 1:] >= rising[:, :-1] - 1e-12
    broken: NDArray[np.bool_] = np.logical_not(kept.all(axis=1))
    return broken
