"""Exponentiated gradient descent keeps weights positive in floating point, however small."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.exponentiated_gradient_stays_positive import (
    FALL,
    ROOM,
    SHARE,
    made_up_shares,
    of_share,
)
from evaluators.claims.judging.claim import FEWEST_SEEDS, Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import largest, rows_of_bench


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether a weight becomes 0 that the precision has no room for."""
    if largest(evidence, FALL, ROOM) <= 1:
        raise NotTestable("no weight leaves the range of the precision")
    return of_share(evidence)


def controls() -> Sequence[Control[RowEvidence]]:
    """All stay, one becomes 0, and within range."""
    return (
        Control("all stay", made_up_shares(0.0, 3.0), "holds"),
        Control("one becomes 0", made_up_shares(0.05, 3.0), "refuted"),
        Control("two seeds", made_up_shares(0.0, 3.0, seeds=2), "inconclusive"),
        Control("within range", made_up_shares(0.0, 0.5), "not testable here"),
        Control("nothing pulled", made_up_shares(0.0, 3.0, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="weights stay positive in floating point too",
    sentence="Under θ ← θ ∘ exp(−η ∇L) weights stay positive in floating point, though the best"
    " value of some is 0.",
    source="A question to Su Jianlin, kexue.fm/archives/8968 (2022-03-03)",
    decision_rule="The number is the largest share of weights, over seeds, that become 0, where"
    " their logarithms fall below that of the smallest normal number. Holds when it is 0, refuted"
    f" otherwise, inconclusive where it is 0 with fewer than {FEWEST_SEEDS} seeds. Asked where a"
    " weight falls so far. With steps below ln 2 it stays at the smallest subnormal number, which"
    " is rounded up to itself; with larger ones it becomes 0, and no step brings it back.",
    evidence=rows_of_bench("exponentiated_gradient", SHARE, FALL),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8968,
)
