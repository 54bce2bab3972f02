"""R-Drop narrows the gap between averaging predictions and averaging weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims import rdrop_gain
from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import (
    ACCURACY,
    by_seed,
    gain,
    made_up_arms,
    method_gain,
    method_pair,
    rows_of,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values

KL, GAP = "mean_kl", "gap"


def judge(evidence: RowEvidence) -> Finding:
    """Ask what share of the divergence is left, and whether the accuracies come closer."""
    pair = method_pair(evidence, KL, "r-drop", asked="alpha 4.0")
    both = paired_values(by_seed(evidence, KL, pair.arm), by_seed(evidence, KL, pair.base))
    gap = gain(evidence, GAP, pair.arm, pair.base)  # also asks for enough seeds
    raised = method_gain(evidence, ACCURACY, pair)
    if rules.gain(raised, rdrop_gain.MARGIN).word != "holds":
        raise NotTestable(
            f"R-Drop − plain is {raised} points of accuracy: no sure gain, so nothing whose cause"
            " could be told"
        )
    left = [math.log(ours / plain) for ours, plain in both.values() if ours > 0 and plain > 0]
    if len(left) < gap.n:
        raise NotTestable("without dropout the two do not differ: there is no gap to be narrowed")
    logs = mean_interval(left)
    low, high = (math.exp(end) for end in logs.ends)
    found = Interval(math.exp(logs.estimate), low, high, logs.n)
    verdict: Word = "inconclusive"
    if low > 1 or (gap.low or 0.0) > 0:
        verdict = "refuted"
    elif high < 1:
        verdict = "holds"
    return decided(
        found,
        verdict,
        f"{found.estimate:.2f} of plain training's divergence is left ({low:.2f} to"
        f" {high:.2f}); |accuracy of the averaged predictions − dropout off|, {pair.arm} −"
        f" {pair.base}: {gap} points, {gap.n} seeds",
        threshold=1.0,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Half the divergence, the same, a wider gap in accuracy, one lost in noise."""

    def made(kl: float, gap: float = 0.5, noise: float = 0.1, gained: float = 2.0) -> RowEvidence:
        arms = {"plain": (20.0, 0.5), "r-drop": (kl, gap)}
        rows = [
            *made_up_arms({arm: kl for arm, (kl, _) in arms.items()}, metric=KL, noise=noise),
            *made_up_arms({arm: gap for arm, (_, gap) in arms.items()}, metric=GAP, noise=0.1),
            *made_up_arms({"plain": 60.0, "r-drop": 60.0 + gained}, metric=ACCURACY, noise=0.1),
        ]
        return RowEvidence(rows, {"setting": "made up"})

    return (
        Control("half of it is left", made(10.0), "holds"),
        Control("half of it, and a narrower gap", made(10.0, 0.1), "holds"),
        Control("more of it", made(30.0), "refuted"),
        Control("half of it, and a wider gap", made(10.0, 2.0), "refuted"),
        Control("in much noise", made(19.0, noise=8.0), "inconclusive"),
        Control("half of it, but nothing gained", made(10.0, gained=0.0), "not testable here"),
    )


CLAIM = Claim(
    title="R-Drop narrows the gap between two averages",
    sentence="R-Drop works because it narrows the gap between the average of many dropout models'"
    " predictions and the prediction of the averaged weights, dropout off.",
    source="Su Jianlin, kexue.fm/archives/8496 (2021-07-01); paraphrased",
    article=8496,
    decision_rule="The number is the share of the divergence KL(mean prediction over dropout masks"
    " ‖ prediction with dropout off) that R-Drop with alpha 4 leaves of plain training's,"
    " geometric mean over seeds with a 95% interval (Student's t on logarithms). Asked only where"
    " R-Drop surely raises accuracy: there is nothing to explain otherwise. Holds when the interval"
    " lies below 1 and the gap in accuracy between the two is not surely wider; refuted when the"
    " interval lies above 1, or the gap is surely wider (paired by seed); inconclusive otherwise.",
    evidence=rows_of("r_drop", metrics=(KL, GAP, ACCURACY)),
    judge=judge,
    controls=controls,
    version="2",
)
