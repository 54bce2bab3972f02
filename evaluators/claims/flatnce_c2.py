"""C2: what makes InfoNCE bad at small batch sizes is floating-point error."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import (
    ACCURACY,
    FLATNCE,
    FLATNCE_64,
    INFONCE,
    INFONCE_64,
    LOG1P,
    SCOPE_IN_WORDS,
    gain,
    sweep_of,
)

_ALSO = {LOG1P: "log1p", "infonce/bfloat16": "bfloat16"}


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether InfoNCE in float64 has more, or less, than half of what FlatNCE adds."""
    sweep = sweep_of(evidence)
    small = sweep.small(INFONCE, FLATNCE)
    whole = gain(sweep, small)
    mended = sweep.sum(small, {INFONCE_64: 1, INFONCE: -1})
    found = sweep.sum(small, {INFONCE_64: 1, INFONCE: -0.5, FLATNCE: -0.5})
    said = [
        f"at batch {small} FlatNCE adds {whole} to InfoNCE in float32",
        f"float64 alone adds {mended}",
        *(
            f"{name} adds {sweep.sum(small, {arm: 1, INFONCE: -1}, decides=False)}"
            for arm, name in _ALSO.items()
            if (arm, small) in sweep.points
        ),
    ]
    if (FLATNCE_64, small) in sweep.points:
        left = sweep.sum(small, {FLATNCE_64: 1, INFONCE_64: -1}, decides=False)
        said.append(f"with both in float64 FlatNCE adds {left}")
    ruling = rules.side(found, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"{', '.join(said)}; {found.n} seeds; {sweep.scope()}",
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Float64 that brings all of the gain, none, half of it; and no gain."""

    def made(gained: float, mended: float, noise: float = 0.3) -> RowEvidence:
        base = 78.0
        return accuracies(
            {(INFONCE, 4): base, (FLATNCE, 4): base + gained, (INFONCE_64, 4): base + mended},
            noise=noise,
        )

    return (
        Control("float64 brings all of it", made(5.0, 5.0), "holds"),
        Control("float64 brings nothing", made(5.0, 0.0), "refuted"),
        Control("float64 brings half", made(5.0, 2.5), "inconclusive"),
        Control("nothing, but in noise", made(5.0, 1.5, noise=1.5), "inconclusive"),
        Control("there is no gain", made(0.0, 0.0), "not testable here"),
        Control("a gain lost in noise", made(2.0, 0.0, noise=4.0), "not testable here"),
    )


CLAIM = Claim(
    title="floating-point error is what hurts small batches",
    sentence="The reason why contrastive learning does badly at small batch sizes is"
    " floating-point error.",
    source="Su Jianlin, kexue.fm/archives/8586 (2021-07-26), its title; Chen et al. 2021,"
    " arXiv:2107.01152; paraphrased",
    article=8586,
    decision_rule="FlatNCE differs from InfoNCE by a weight (mathematics) and by a cancellation"
    " (floating point). If the cancellation is the cause, InfoNCE computed in float64 must have"
    " what FlatNCE adds at the smallest batch. The number is what float64 adds to InfoNCE less half"
    " of what FlatNCE adds. Holds when its interval lies above 0, refuted when below,"
    " inconclusive otherwise; not testable where FlatNCE has no sure gain, as then there is"
    " nothing to explain." + SCOPE_IN_WORDS,
    evidence=ACCURACY,
    judge=judge,
    controls=controls,
    level="small",
    version="2",
)
