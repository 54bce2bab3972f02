"""Claims on ways to mix tokens, at equal numbers of parameters and steps, each at its best rate."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import ACCURACY, arms_in, differences, made_up_arms, mean
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Control,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import Interval, mean_interval
from evaluators.training_curve import still_improving

ATTENTION, EXTERNAL, FNET, GMLP, AMLP = "attention", "external", "fnet", "gmlp", "amlp"
SOURCE = "Su Jianlin, kexue.fm/archives/8431 (2021-05-24), on"
AT_END = "at_end"
"""1 where an arm's best rate is the smallest or largest that was tried."""

MARGIN = 1.0
"""Points of accuracy."""

CEILING = 99.0
"""Accuracy from which on nothing is left to gain."""

BENCH = Fresh(
    "token_mixers",
    "the number of keys, the scale of positions and the bag were chosen after looks at seeds 0 and"
    " 1; that budgets are equal, and each mixer has its best rate, was said after one at 1000 to"
    " 1004",
    seeds_from=1010,
)
"""Frozen on 2026-11-29."""

LEARNED = (
    "retrieval",
    "copying",
    "listops",
    "digits",
    "tnews",
    "iflytek",
    "afqmc",
    "ocnli",
    "cmnli",
)
"""Tasks for which tokens must be mixed, the last five of them real texts as bytes; a bag of tokens
is the control."""


def of_mixers(*tasks: str) -> RowsOf:
    """Return the accuracies of mixers by task and setting."""
    among = {
        "evaluator": ("token_mixers", "byte_tasks"),
        "task": tasks,
        "metric": (ACCURACY, LATE_IMPROVEMENT, AT_END),
    }
    return RowsOf("arm_scores", by=("task", "setting"), among=among)


def lead(evidence: RowEvidence, arm: str, base: str) -> Interval:
    """Return the mean of arm less base in points at an equal budget, paired by seed.

    An arm that still improves counts as it is: the claims are on equal budgets.

    Raises:
        NotTestable: Too few seeds are common.
    """
    return mean_interval(differences(evidence, ACCURACY, arm, base))


def require_mixing(evidence: RowEvidence) -> None:
    """Require that attention surely beats external attention, which mixes nothing.

    Raises:
        NotTestable: It does not.
    """
    found = lead(evidence, ATTENTION, EXTERNAL)
    if rules.gain(found, MARGIN).word != "holds":
        raise NotTestable(
            f"attention − external attention is {found} points: no task for which tokens must be"
            " mixed"
        )


def accuracy_gained(evidence: RowEvidence, arm: str, base: str, *, effect: float) -> Finding:
    """Judge that one mixer is more accurate than another, where there is something to gain."""
    require_mixing(evidence)
    if min(mean(evidence, ACCURACY, side) for side in (arm, base)) > CEILING:
        raise NotTestable(f"{arm} and {base} both answer more than {CEILING:g}% rightly")
    found = lead(evidence, arm, base)
    return gained(
        found,
        f"{arm} − {base}: {found} points, {found.n} seeds; means {means(evidence)}",
        margin=MARGIN,
        effect=effect,
        look=evidence.look,
    )


def means(evidence: RowEvidence) -> str:
    """Return the mean accuracy of each arm, and which might gain by more steps or other rates."""
    found = sorted(
        ((mean(evidence, ACCURACY, arm), arm) for arm in arms_in(evidence, ACCURACY)), reverse=True
    )
    return ", ".join(f"{arm} {value:.1f}" for value, arm in found) + unfinished(evidence)


def unfinished(evidence: RowEvidence) -> str:
    """Return which arms still improve at the end, and whose best rate is the last tried."""
    late: dict[str, list[float]] = {}
    for row in evidence.rows:
        if row["metric"] == LATE_IMPROVEMENT:
            late.setdefault(str(row["arm"]), []).append(float(row["value"]))
    improving = [arm for arm, values in late.items() if still_improving(values)]
    at_end = {str(row["arm"]) for row in evidence.rows if row["metric"] == AT_END and row["value"]}
    said = {"still improving at the end": improving, "best at the last rate tried": at_end}
    return "".join(f"; {what}: {', '.join(sorted(arms))}" for what, arms in said.items() if arms)


GAIN_RULE = (
    " Accuracy at equal numbers of parameters and steps, each mixer at the rate with the least"
    " validation loss, in points, paired by seed (Student's"
    f" t), each task by itself. Holds when a one-sided test at 5% finds it above {MARGIN:g};"
    " refuted when such a test finds it below 0, or two find it inside"
    f" ±{MARGIN:g}, which is no difference; inconclusive otherwise. Looks after more seeds share"
    f" the 5%. Not testable with fewer than {FEWEST_SEEDS} seeds, where both answer more than"
    f" {CEILING:g}% rightly, or where attention does not surely gain {MARGIN:g} point over external"
    " attention, which mixes nothing. The budget is equal by design: arms may still improve."
)


def mixer_controls(arm: str, base: str) -> Sequence[Control[RowEvidence]]:
    """Four points more, as much, less, a little in noise, at the ceiling, and nothing to mix."""

    def made(
        gain: float, noise: float = 0.3, level: float = 70.0, external: float = 40.0
    ) -> RowEvidence:
        points = {base: level, arm: level + gain, EXTERNAL: external}
        return RowEvidence(made_up_arms(points, metric=ACCURACY, noise=noise))

    return (
        Control("four points more", made(4.0), "holds"),
        Control("as much", made(0.0), "refuted"),
        Control("four points less", made(-4.0), "refuted"),
        Control("a little, in noise", made(2.0, 5.0), "inconclusive"),
        Control("at the ceiling", made(0.1, level=99.5), "not testable here"),
        Control("nothing to mix", made(4.0, external=75.0), "not testable here"),
    )
