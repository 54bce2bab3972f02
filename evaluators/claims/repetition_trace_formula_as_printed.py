"""As printed by the paper, a text is back after k and 2k words with probability Tr P^2k."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest
from evaluators.claims.judging.repetition import made, of_parts

METRIC, PRINTED, CORRECTED = "error", "printed", "corrected"
ROUNDING = 1e-9


def judge(evidence: RowEvidence) -> Finding:
    """Compare both formulas with the sum over all paths."""
    right = largest(evidence, [CORRECTED], METRIC)
    if right.value > ROUNDING:
        raise NotTestable(f"the corrected formula is off by {right}: the paths are counted wrongly")
    found = largest(evidence, [PRINTED], METRIC)
    return Finding(
        "holds" if found.value <= ROUNDING else "refuted",
        f"Tr P^2k is off by up to {found.value:.3g}, Tr (P^k ∘ P^k) by {right.value:.1g}, in"
        f" {found.n} tables",
        statistic=found.value,
        threshold=ROUNDING,
        rests_on=f"{found.n} tables",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Equal, not equal, and a wrong count."""

    def rows(printed: float, corrected: float = 1e-15) -> RowEvidence:
        return made({METRIC: {PRINTED: printed, CORRECTED: corrected}})

    return (
        Control("equal", rows(1e-15), "holds"),
        Control("not equal", rows(2.0), "refuted"),
        Control("both wrong", rows(2.0, 1.0), "not testable here"),
    )


CLAIM = Claim(
    title="Tr P^2k counts loops that are walked twice",
    sentence="A text is back at its first word after k words, and again after 2k, with the"
    " probability Tr P^2k, added up over first words.",
    source="Fu et al., AAAI 2021 (arXiv:2012.14660), as Su Jianlin, kexue.fm/archives/8128"
    " (2021-01-26) reads it, who corrects it",
    decision_rule="The number is the largest |formula − exact probability|, which is the sum over"
    f" all paths of 2k steps, for k from 1 to 3. Holds up to {ROUNDING:g}, refuted above; never"
    " inconclusive; not testable where the corrected formula Tr (P^k ∘ P^k) is off as well. A"
    " theorem: no evidence about practice.",
    evidence=of_parts("paths", metrics=(METRIC,), by=("task",)),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8128,
    misprint="The paper's, not the article's: Tr P^2k is the probability of being back after 2k"
    " words, whether or not the text was back after k. Two words that always follow each other are"
    " a counterexample: P swaps them, Tr P² = 2, and no text is back after one word,"
    " Tr (P∘P) = 0. The article has Tr (P^k ∘ P^k).",
)
