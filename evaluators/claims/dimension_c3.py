"""C3: attention heads of 8.33 ln N dimensions are large enough for sequences of N."""

from __future__ import annotations

from evaluators.claims.judging.claim import Claim, RowsOf
from evaluators.claims.judging.dimensions import (
    GROUPS,
    RULE_IN_WORDS,
    VIEW,
    enough_controls,
    judge_enough,
)

judge = judge_enough
controls = enough_controls

CLAIM = Claim(
    title="attention heads need 8.33 ln N dimensions",
    sentence="Attention is the skip-gram model with the sequence length for N: 8.33 ln 512 is 52,"
    " close to the usual head size of 64.",
    source="Su Jianlin, kexue.fm/archives/8711 (2021-09-27); in our words",
    article=8711,
    decision_rule=RULE_IN_WORDS + " N is the length of the sequence, n the size of a head.",
    evidence=RowsOf(
        VIEW, by=GROUPS, among={"experiment": ("attention",), "criterion": ("95%*", "*0.95*")}
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
    version="2",
)
