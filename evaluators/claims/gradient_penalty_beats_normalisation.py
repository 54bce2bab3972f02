"""The gradient penalty trains better generators than normalised gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import (
    BENCH,
    CRITICS,
    ENERGY,
    FACTOR,
    GN_SOURCE,
    ON_IMAGES,
    as_factor,
    log_ratio,
    made_up_runs,
    of_critics,
    require_telling_bench,
)
from evaluators.claims.judging.claim import FEWEST_SEEDS, Claim, Control, Finding, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.normalised_critics_are_flat_in_pieces import NORMALISED

PENALTY = "penalty"
MARGIN = math.log(FACTOR)


def judge(evidence: RowEvidence) -> Finding:
    """Compare both normalised forms with the penalty; it must beat both."""
    require_telling_bench(evidence)
    found = {arm: log_ratio(evidence, ENERGY, arm, PENALTY) for arm in NORMALISED}
    rulings = {arm: rules.gain(one, MARGIN, look=evidence.look) for arm, one in found.items()}
    nearest = min(found, key=lambda arm: found[arm].estimate)
    verdict: Word = "inconclusive"
    p_value = max(ruling.p_value for ruling in rulings.values())
    lost = [r.p_value * len(rulings) for r in rulings.values() if r.word == "refuted"]
    if all(ruling.word == "holds" for ruling in rulings.values()):
        verdict = "holds"
    elif lost and min(lost) <= rules.ALPHA:
        verdict, p_value = "refuted", min(lost)
    each = ", ".join(f"{arm} {as_factor(one)}" for arm, one in found.items())
    return decided(
        found[nearest],
        verdict,
        f"energy distance over that with the penalty: {each}; {found[nearest].n} seeds; the number"
        f" is the logarithm of that of {nearest}",
        threshold=MARGIN,
        p_value=p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Better than both, than one alone, than none, a difference in noise, a dull bench."""

    def made(wu: float, bhaskara: float, noise: float = 0.05, control: float = 10.0) -> RowEvidence:
        energies = {"none": control, PENALTY: 1.0, "wu": wu, "bhaskara": bhaskara}
        means = {ENERGY: {arm: 0.01 * value for arm, value in energies.items()}}
        return RowEvidence(made_up_runs(means, noise=noise))

    return (
        Control("twice and three times as far", made(2.0, 3.0), "holds"),
        Control("one is as near", made(1.0, 3.0), "refuted"),
        Control("both are nearer", made(0.5, 0.6), "refuted"),
        Control("a little farther, in noise", made(1.3, 1.4, noise=0.5), "inconclusive"),
        Control("as good without any", made(2.0, 3.0, control=1.0), "not testable here"),
    )


CLAIM = Claim(
    title="the gradient penalty beats normalised gradients",
    sentence="The gradient penalty works better than both ways of normalising the gradient.",
    source=GN_SOURCE,
    decision_rule="The number is the energy distance of 512 samples from real points that were not"
    " trained on, with D/(‖∇D‖ + |D|) and with D‖∇D‖/(‖∇D‖² + ε), over that with the gradient"
    " penalty; its logarithm is averaged over seeds, paired (Student's t). Holds when one-sided"
    f" tests at 5% find both factors above {FACTOR:g}; refuted when one of them is surely below 1,"
    f" or surely between 1/{FACTOR:g} and {FACTOR:g}, which is no difference (Bonferroni over the"
    f" two); inconclusive otherwise; not testable with fewer than {FEWEST_SEEDS} seeds, or where"
    f" the energy distance of an arm still falls when training ends.{BENCH}{ON_IMAGES}",
    evidence=of_critics(ENERGY),
    judge=judge,
    controls=controls,
    level="small",
    fresh=CRITICS,
    article=8757,
)
