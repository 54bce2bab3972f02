"""Claims on Nyström attention: how far its output is from that of exact attention."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging.adversarial import as_factor, factor_controls, log_ratio
from evaluators.claims.judging.claim import FEWEST_SEEDS, Control, Finding, RowsOf, gained
from evaluators.claims.judging.evidence import RowEvidence

SOURCE = (
    "Su Jianlin, kexue.fm/archives/8180 (2021-02-16), on Xiong and others 2021, arXiv:2102.03902;"
    " paraphrased"
)
ERROR = "output_error"
SIX, EXACT, UNIFORM = "6 iterations", "exact inverse", "uniform mean"
SHUFFLED = ", shuffled"

FACTOR = 1.25
"""The smallest factor between two errors that is worth the name."""

PUBLISHED = "sequence 512, landmarks 64"
"""How settings end in which as many landmarks are taken of as many tokens as published."""


def at_published_size(*settings: str) -> RowsOf:
    """Return the errors at the published size: of made-up tokens, and of trained checkpoints.

    Args:
        settings: Patterns of what a setting begins with.
    """
    among = {
        "evaluator": ("nystrom_attention", "nystrom_checkpoint"),
        "setting": tuple(f"{start}{PUBLISHED}" for start in settings),
        "metric": (ERROR,),
    }
    return RowsOf("arm_scores", by=("task", "setting", "checkpoint"), among=among)


def error_factor(evidence: RowEvidence, worse: str, better: str) -> Finding:
    """Judge that the error of one arm is more than `FACTOR` times that of another."""
    found = log_ratio(evidence, ERROR, worse, better)
    return gained(
        found,
        f"error of {worse} / {better}: {as_factor(found)}, {found.n} seeds; means"
        f" {mean_errors(evidence)}",
        margin=math.log(FACTOR),
        look=evidence.look,
    )


ERROR_RULE = (
    " The error is ‖Ŷ − Y‖ / ‖Y‖ of attention's output. The natural logarithm of the factor is"
    " averaged over seeds, paired (Student's t). Holds when a one-sided test at 5% finds the factor"
    f" above {FACTOR:g}; refuted when such a test finds it below 1, or two find it between"
    f" 1/{FACTOR:g} and {FACTOR:g}, which is no difference; inconclusive otherwise. Looks after"
    f" more seeds share the 5%. Not testable with fewer than {FEWEST_SEEDS} seeds."
)


def mean_errors(evidence: RowEvidence) -> str:
    """Return the mean error of each arm, the smallest first, for people."""
    arms: dict[str, list[float]] = {}
    for row in evidence.rows:
        if row["metric"] == ERROR:
            arms.setdefault(str(row["arm"]), []).append(float(row["value"]))
    means = sorted((math.fsum(values) / len(values), arm) for arm, values in arms.items())
    return ", ".join(f"{arm} {value:.3g}" for value, arm in means)


def error_controls(worse: str, better: str) -> Sequence[Control[RowEvidence]]:
    """Return the controls of `factor_controls`, in errors."""
    return factor_controls(ERROR, worse, better)
