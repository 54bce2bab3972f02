"""As its authors' code normalises it, external attention does depend on other positions."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.external_attention_ignores_other_positions import (
    ELSEWHERE,
    OF_DERIVATIVES,
    SEEN,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest, measured
from evaluators.claims.judging.mixing import EXTERNAL

DOUBLY = "external, doubly normalised"


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether every layer has a derivative by another position."""
    found = [
        float(row["value"])
        for row in evidence.rows
        if (row["arm"], row["metric"]) == (DOUBLY, ELSEWHERE)
    ]
    if not found:
        raise NotTestable(f"{DOUBLY} was not measured")
    control = largest(evidence, (EXTERNAL,), ELSEWHERE)
    if control.value > 0:
        raise NotTestable(f"a softmax over the memory alone has {control}: it must be 0")
    verdict: Word = "inconclusive"
    if min(found) > SEEN:
        verdict = "holds"
    elif max(found) == 0:
        verdict = "refuted"
    return Finding(
        verdict,
        f"derivative by another position: {min(found):.2g} to {max(found):.2g}, the largest of each"
        " layer; 0 with a softmax over the memory alone",
        statistic=min(found),
        threshold=SEEN,
        rests_on=f"{len(found)} layers",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """In every layer, in none, in some, and with a single normalisation too."""

    def made(doubly: Sequence[float], once: float = 0.0) -> RowEvidence:
        at = "sequence 8, width 8"
        return measured({(at, DOUBLY, ELSEWHERE): doubly, (at, EXTERNAL, ELSEWHERE): [once] * 3})

    return (
        Control("in every layer", made([0.1, 0.2, 0.1]), "holds"),
        Control("in none", made([0.0, 0.0, 0.0]), "refuted"),
        Control("in some", made([0.1, 0.0, 0.1]), "inconclusive"),
        Control("once is enough", made([0.1, 0.1, 0.1], 0.1), "not testable here"),
    )


CLAIM = Claim(
    title="double normalisation mixes positions",
    sentence="External attention as in its authors' code, a softmax over the positions and then a"
    " sum of 1 over the memory, depends on other positions: each entry of the memory divides one"
    " sum over them.",
    source="This project's own finding, on kexue.fm/archives/8431 (2021-05-24) and Guo and others"
    " 2021, arXiv:2105.02358",
    decision_rule="The number is the largest derivative of an output by the input at another"
    f" position, of the layer in which it is smallest, in float64. Holds above {SEEN:g}, refuted"
    " where it is 0 in all, inconclusive otherwise. Not testable where a softmax over the memory"
    " alone has one. A theorem: no evidence about practice.",
    evidence=OF_DERIVATIVES,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8431,
)
