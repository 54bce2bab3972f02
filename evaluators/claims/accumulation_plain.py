"""Plain gradient accumulation is not the large batch."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import chunks
from evaluators.claims.judging.sweep import CHUNKS, EXACT, WRONG, cosine, errors, span
from evaluators.statistics import mean_interval


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far off the sum of the chunks' own gradients is."""
    found = errors(evidence, "plain")
    if len(found) < 2:
        raise NotTestable("one seed: an interval needs two")
    mean = mean_interval(found)
    verdict: Word = "inconclusive"
    if max(found) <= EXACT:
        verdict = "refuted"
    elif mean.low is not None and mean.low > WRONG:
        verdict = "holds"
    return decided(
        mean,
        verdict,
        f"relative error {span(found)}, cosine {cosine(evidence, 'plain'):.3f} on average,"
        f" {mean.n} seeds; a small network on random images",
        threshold=WRONG,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Another gradient, the same gradient, and something in between."""
    return (
        Control("a quarter off", chunks({"plain": (0.24, 0.26, 0.25)}), "holds"),
        Control("rounding", chunks({"plain": (1e-7, 2e-7, 3e-7)}), "refuted"),
        Control("a thousandth off", chunks({"plain": (1e-3, 2e-3, 1e-3)}), "inconclusive"),
        Control("off once in three", chunks({"plain": (1e-7, 1e-7, 0.5)}), "inconclusive"),
        Control("not measured", chunks({"cached": (1e-7, 1e-7)}), "not testable here"),
    )


CLAIM = Claim(
    title="plain accumulation is not the big batch",
    sentence="Gradient accumulation as usual does not give contrastive learning the gradient of the"
    " large batch.",
    source="Su Jianlin, kexue.fm/archives/8471 (2021-06-17); Gao et al. 2021, arXiv:2101.06983;"
    " paraphrased",
    article=8471,
    decision_rule="The number is |gradient − whole| / |whole| of the mean of the chunks' own"
    f" gradients. Holds when the interval of its mean over seeds lies above {WRONG:g}, refuted when"
    f" it is {EXACT:g} or less with every seed, inconclusive otherwise; not testable with one"
    " seed.",
    evidence=CHUNKS,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
)
