"""On long sequences Nyström attention is as good as full attention."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in, by_seed, require_trained
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.landmarks import SOURCE
from evaluators.claims.judging.trends import difference
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import Interval

LOSS, NYSTROM = "loss", "nystrom 64"
FULL = ("full", "attention")
"""Full attention, as `long_attention` and `byte_tasks` call it."""

MARGIN = 0.05
"""Nats of test loss that are no difference."""

REACH = 0.1
"""Nats by which full attention must surely be ahead of local."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether the loss is surely no more than the margin above that of full attention."""
    arms = arms_in(evidence, LOSS)
    local = next((arm for arm in arms if arm.startswith("local")), None)
    full = next((arm for arm in arms if arm in FULL), None)
    if local is None or full is None:
        raise NotTestable("full attention, or local attention, the control, was not trained")
    ahead = _saved(evidence, full, local)
    if rules.gain(ahead, REACH).word != "holds":
        raise NotTestable(
            f"full attention saves {ahead} nats over local attention: this task does not need to"
            " look far"
        )
    require_trained(evidence, full, NYSTROM)
    saved = _saved(evidence, NYSTROM, full)
    ruling = rules.no_worse(saved, MARGIN, look=evidence.look)
    low, high = saved.ends
    behind = saved._replace(estimate=-saved.estimate, low=-high, high=-low)
    levels = ", ".join(
        f"{arm} {sum(values.values()) / len(values):.3f}"
        for arm in arms
        if (values := by_seed(evidence, LOSS, arm))
    )
    return decided(
        behind,
        ruling.word,
        f"{NYSTROM} − full: {behind} nats of test loss, {behind.n} seeds; losses {levels}",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def _saved(evidence: RowEvidence, arm: str, base: str) -> Interval:
    return difference(by_seed(evidence, LOSS, base), by_seed(evidence, LOSS, arm))


def controls() -> Sequence[Control[RowEvidence]]:
    """As good, better, worse, either, a task for local attention, and one not learned yet."""
    import numpy as np

    def made(
        nystrom: float, noise: float = 0.01, local: float = 1.3, late: float = 0.0
    ) -> RowEvidence:
        rng = np.random.default_rng(7)
        rows: list[dict[str, object]] = []
        for arm, level in ((FULL[0], 0.2), (NYSTROM, nystrom), ("local 16", local)):
            own = rng.normal(0, noise, 7)
            for seed, value in enumerate((level + own - own.mean()).tolist()):
                at = {"arm": arm, "seed": seed}
                rows.append({**at, "metric": LOSS, "value": value})
                rows.append({**at, "metric": LATE_IMPROVEMENT, "value": late})
        return RowEvidence(rows)

    return (
        Control("as good", made(0.2), "holds"),
        Control("better", made(0.1), "holds"),
        Control("half a nat worse", made(0.7), "refuted"),
        Control("about the margin", made(0.25, 0.1), "inconclusive"),
        Control("local attention does as well", made(0.2, local=0.2), "not testable here"),
        Control("still improving", made(0.2, late=0.1), "not testable here"),
    )


CLAIM = Claim(
    title="Nyströmformer is competitive",
    sentence="Nyströmformer is as good as a transformer with full attention on its tasks.",
    source=SOURCE,
    decision_rule="The number is the test loss with 64 landmarks less that with full attention, in"
    " nats, at equal layers and steps, paired by seed, each task by itself. Holds when a t-test at"
    f" 2.5% finds it below {MARGIN:g}, refuted when one finds it above, inconclusive otherwise. Not"
    f" testable where full attention is not surely {REACH:g} nats ahead of local attention, which a"
    " task needs that is about long sequences, or where the training loss of either still falls"
    " when training ends.",
    evidence=RowsOf(
        "arm_scores",
        by=("task", "setting"),
        among={
            "evaluator": ("long_attention", "byte_tasks"),
            "metric": (LOSS, LATE_IMPROVEMENT),
        },
    ),
    judge=judge,
    controls=controls,
    fresh=Fresh(
        "long_attention",
        "where the answer is given, and steps and seeds, were chosen after a look at seeds 0 and"
        " 1000 to 1003",
        seeds_from=1100,
    ),
    article=8180,
)
