"""Only the Wasserstein distance stays finite where a covariance becomes singular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.gaussians import SOURCE, of_task
from evaluators.claims.judging.mathematics import by_setting, measured, number_in

KL, BHATTACHARYYA, WASSERSTEIN = "KL", "Bhattacharyya", "Wasserstein"
STILL, GROWN = 1.01, 1.2
"""Factors: what is still the same, and what has grown."""

SYMMETRIC, UNEVEN = 1e-9, 0.01
"""Relative differences of a distance with both sides exchanged: rounding, and another number."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how much each distance grows from a small variance to a millionth of it."""
    factors: dict[str, float] = {}
    uneven: dict[str, float] = {}
    for arm in (KL, BHATTACHARYYA, WASSERSTEIN):
        growth = by_setting(evidence, "growth", arm)
        ordered = sorted(growth, key=lambda setting: number_in(setting, "smallest variance"))
        last = ordered[0]
        smallest = number_in(last, "smallest variance")
        before = [
            setting
            for setting in ordered
            if number_in(setting, "smallest variance") >= 1e6 * smallest * 0.999
            and number_in(setting, "dimension") == number_in(last, "dimension")
        ]
        if not before:
            raise NotTestable("no variance a million times as large as the smallest")
        factors[arm] = growth[last].estimate / growth[before[0]].estimate
        uneven[arm] = by_setting(evidence, "asymmetry", arm)[last].estimate
    finite = factors[WASSERSTEIN] < STILL, min(factors[KL], factors[BHATTACHARYYA]) > GROWN
    even = max(uneven[BHATTACHARYYA], uneven[WASSERSTEIN]) < SYMMETRIC, uneven[KL] > UNEVEN
    word: Word = "holds" if all((*finite, *even)) else "inconclusive"
    if (
        factors[WASSERSTEIN] > GROWN
        or min(factors[KL], factors[BHATTACHARYYA]) < STILL
        or max(uneven[BHATTACHARYYA], uneven[WASSERSTEIN]) > UNEVEN
        or uneven[KL] < SYMMETRIC
    ):
        word = "refuted"
    grown = ", ".join(f"{arm} × {factor:.6g}" for arm, factor in factors.items())
    other = ", ".join(f"{arm} {value:.2g}" for arm, value in uneven.items())
    pairs = next(iter(by_setting(evidence, "growth", KL).values())).n
    return Finding(
        word,
        f"a millionth of the variance: {grown}; relative difference with sides exchanged: {other};"
        f" {pairs} pairs",
        statistic=factors[WASSERSTEIN],
        threshold=STILL,
        rests_on=f"{pairs} pairs",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """As theory says; a W₂ that grows, a KL that does not; an uneven W₂; something between."""
    small, smallest = (f"smallest variance {each}, dimension 8" for each in ("1e-06", "1e-12"))

    def made(
        factors: Mapping[str, float] | None = None, uneven: Mapping[str, float] | None = None
    ) -> RowEvidence:
        grown = {KL: 1e6, BHATTACHARYYA: 1.8, WASSERSTEIN: 1.0001, **(factors or {})}
        other = {KL: 1e3, BHATTACHARYYA: 1e-16, WASSERSTEIN: 1e-15, **(uneven or {})}
        rows = {}
        for arm, factor in grown.items():
            rows[small, arm, "growth"] = (5.0, 5.0, 5.0)
            rows[smallest, arm, "growth"] = (5 * factor,) * 3
            rows[smallest, arm, "asymmetry"] = (other[arm],) * 3
        return measured(rows)

    few = RowEvidence([row for row in made().rows if "1e-12" in row["setting"]])
    return (
        Control("as theory says", made(), "holds"),
        Control("W₂ grows too", made({WASSERSTEIN: 10.0}), "refuted"),
        Control("Bhattacharyya does not grow", made({BHATTACHARYYA: 1.0}), "refuted"),
        Control("W₂ is not symmetric", made(uneven={WASSERSTEIN: 0.1}), "refuted"),
        Control("KL is", made(uneven={KL: 1e-16}), "refuted"),
        Control("W₂ grows by a tenth", made({WASSERSTEIN: 1.1}), "inconclusive"),
        Control("one variance", few, "not testable here"),
    )


CLAIM = Claim(
    title="only W₂ survives singular covariances",
    sentence="The Bhattacharyya and the Wasserstein distance are symmetric, the KL divergence is"
    " not; where a covariance becomes singular the first and the last become infinite, and the"
    " Wasserstein distance does not.",
    source=SOURCE + "; first and last: Bhattacharyya and KL",
    decision_rule="The number is the factor by which the square of W₂ grows while the variance of q"
    f" in one direction falls to a millionth, down to 1e-12. Holds when it is below {STILL:g} and"
    f" those of KL and Bhattacharyya are above {GROWN:g}, and at the smallest variance exchanging"
    f" p and q changes W₂ and Bhattacharyya by less than {SYMMETRIC:g}, KL by more than"
    f" {UNEVEN:.0%}. Refuted when W₂ grows by more than {GROWN:g}, one of the others by less than"
    f" {STILL:g}, or the symmetries are the other way round; inconclusive otherwise.",
    evidence=of_task("singular covariances"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8512,
)
