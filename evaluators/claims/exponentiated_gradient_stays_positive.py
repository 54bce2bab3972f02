"""Exponentiated gradient descent keeps positive weights positive."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    Word,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import (
    largest,
    made_up_values,
    rows_of_bench,
    seeds_of,
    smallest,
)

SHARE, FALL = "not_positive_share", "fall"
ARM, OTHER, ROOM = "exponentiated gradient", "gradient descent", "logarithms in float64"


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether a weight stopped being positive that the precision has room for."""
    if largest(evidence, FALL, ROOM) > 1:
        raise NotTestable("a weight leaves the range of the precision, which then decides")
    return of_share(evidence)


def of_share(evidence: RowEvidence) -> Finding:
    """Return what a judge says of the share of weights that stopped being positive.

    Raises:
        NotTestable: Gradient descent keeps all weights positive too.
    """
    other = smallest(evidence, SHARE, OTHER)
    if other == 0:
        raise NotTestable("gradient descent keeps all weights positive too, so nothing is shown")
    shares = by_seed(evidence, SHARE, ARM)
    found = max(shares.values())
    word: Word = "refuted" if found > 0 else "holds"
    if word == "holds" and len(shares) < FEWEST_SEEDS:
        word = "inconclusive"
    return Finding(
        word,
        f"{found:.0%} of the weights stop being positive at most, under gradient descent at least"
        f" {other:.0%}; the smallest falls to {largest(evidence, FALL, ROOM):.2g} times the room"
        f" that the precision has for logarithms; {seeds_of(evidence)}",
        statistic=found,
        threshold=0.0,
        rests_on=seeds_of(evidence),
    )


def made_up_shares(share: float, fall: float, other: float = 0.3, seeds: int = 3) -> RowEvidence:
    """Return rows of shares and falls, for controls."""
    return made_up_values(
        {
            (SHARE, ARM): (0.0,) * (seeds - 1) + (share,),
            (SHARE, OTHER): (other,) * seeds,
            (FALL, ROOM): (0.1,) * (seeds - 1) + (fall,),
        }
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """All stay, one goes, no room, and nothing pulled."""
    return (
        Control("all stay", made_up_shares(0.0, 0.5), "holds"),
        Control("one goes", made_up_shares(0.05, 0.5), "refuted"),
        Control("two seeds", made_up_shares(0.0, 0.5, seeds=2), "inconclusive"),
        Control("out of range", made_up_shares(0.05, 3.0), "not testable here"),
        Control("nothing pulled", made_up_shares(0.0, 0.5, 0.0), "not testable here"),
    )


CLAIM = Claim(
    title="exponentiated gradients keep weights positive",
    sentence="Under θ ← θ ∘ exp(−η ∇L) weights that are positive stay so.",
    source="Su Jianlin, kexue.fm/archives/8968 (2022-03-03); Amid et al. 2022, arXiv:2202.00145;"
    " paraphrased",
    decision_rule="The number is the largest share of weights, over seeds, that are 0 or less after"
    " any step. Holds when it is 0, refuted otherwise, inconclusive where it is 0 with fewer than"
    f" {FEWEST_SEEDS} seeds. Asked only where gradient descent makes some weights negative, and"
    " where the precision has room for the smallest weight, as its logarithm tells.",
    evidence=rows_of_bench("exponentiated_gradient", SHARE, FALL),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8968,
)
