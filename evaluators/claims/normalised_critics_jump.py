"""Critics with a normalised gradient jump from one linear piece to the next."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.adversarial import GN_SOURCE, made_up_runs
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.normalised_critics_are_flat_in_pieces import NORMALISED, OF_PIECES, PLAIN

JUMP = "largest_jump"
ROUNDING = 1e-9
"""No continuous form changes by more between neighbouring numbers."""

JUMPS = 1e-3


def judge(evidence: RowEvidence) -> Finding:
    """Look for a jump of both forms in every critic, where the plain critic has none."""
    smallest = {arm: min(by_seed(evidence, JUMP, arm).values()) for arm in NORMALISED}
    plain = by_seed(evidence, JUMP, PLAIN)
    if max(plain.values()) > ROUNDING:
        raise NotTestable(
            f"the plain critic, which is continuous, changes by {max(plain.values()):.2g}: the"
            " search did not come near enough"
        )
    least = min(smallest.values())
    verdict: Word = "inconclusive"
    if least > JUMPS:
        verdict = "holds"
    elif max(max(by_seed(evidence, JUMP, arm).values()) for arm in NORMALISED) <= ROUNDING:
        verdict = "refuted"
    found = ", ".join(f"{arm} {jump:.3g}" for arm, jump in smallest.items())
    return Finding(
        verdict,
        f"largest jump, in the critic where it is smallest: {found}; plain"
        f" {max(plain.values()):.1g} at most",
        statistic=least,
        threshold=JUMPS,
        rests_on=f"lines through each of {len(plain)} critics",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Both jump, none does, one alone does, and a plain critic that jumps."""

    def made(wu: float, bhaskara: float, plain: float = 1e-14) -> RowEvidence:
        means = {JUMP: {"wu": wu, "bhaskara": bhaskara, PLAIN: plain}}
        return RowEvidence(made_up_runs(means))

    return (
        Control("both jump", made(0.1, 0.2), "holds"),
        Control("none jumps", made(1e-13, 1e-13), "refuted"),
        Control("one alone jumps", made(0.1, 1e-13), "inconclusive"),
        Control("the plain critic too", made(0.1, 0.2, 0.1), "not testable here"),
    )


CLAIM = Claim(
    title="normalised critics are discontinuous",
    sentence="D/(‖∇D‖ + |D|) and D‖∇D‖/(‖∇D‖² + ε) jump where one linear piece of D meets another,"
    " so they are not Lipschitz as a whole.",
    source=GN_SOURCE,
    decision_rule="The number is the largest change of either form, between neighbouring numbers of"
    " float64 on two sides of an edge, on lines between random points; of the critic where it is"
    f" smallest. Holds when both forms jump by more than {JUMPS:g} in every critic, refuted when"
    f" neither changes by more than {ROUNDING:g} in any; inconclusive otherwise; not testable where"
    " the plain critic, which is continuous, changes by more than that.",
    evidence=RowsOf("arm_scores", by=("setting",), among={**OF_PIECES, "metric": (JUMP,)}),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8757,
)
