"""C2: quality gains are weak beyond the rule's number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf
from evaluators.claims.judging.dimensions import (
    GROUPS,
    RULE_IN_WORDS,
    VIEW,
    enough_controls,
    judge_enough,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import needs


def judge(evidence: RowEvidence) -> Finding:
    """Judge n95 against the rule, where a share of the full score means something."""
    setting = str(evidence.group.get("setting", ""))
    if "whitening" in setting and "whitening none" not in setting:
        raise NotTestable(
            "after whitening the full score may be a ruin, of which two dimensions keep 95%"
        )
    return judge_enough(evidence)


def controls() -> Sequence[Control[RowEvidence]]:
    """Those of the rule, and a whitened score."""
    kept = needs((400, 2552, 5183), (2, 20, 23)).rows
    whitened = RowEvidence(kept, {"setting": "native, whitening scored"})
    return (*enough_controls(), Control("a whitened score", whitened, "not testable here"))


CLAIM = Claim(
    title="gains are weak beyond 8.33 ln N dimensions",
    sentence="Beyond the number of dimensions that the formula gives, the gain of further"
    " dimensions is weak: 128 dimensions lose almost nothing.",
    source="Su Jianlin, kexue.fm/archives/8711 (2021-09-27), on arXiv:1507.05523 and the"
    " factorised embedding of ALBERT; in our words",
    article=8711,
    decision_rule=RULE_IN_WORDS + " Judged on word vectors (share of the gain in cross-entropy over"
    " the unigram model) and on the dimensions kept of sentence vectors (share of the full score,"
    " not testable where they are whitened).",
    evidence=RowsOf(
        VIEW,
        by=GROUPS,
        among={
            "experiment": ("words", "kept"),
            "criterion": ("95% of the gain*", "95% of the full score"),
        },
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    version="2",
)
