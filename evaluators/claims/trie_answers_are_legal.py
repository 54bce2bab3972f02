"""What a prefix tree lets a decoder write is always an edge of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import largest
from evaluators.claims.judging.tries import (
    AHEAD,
    ARTICLE,
    FREE,
    ILLEGAL,
    RANDOM,
    SOURCE,
    TRIE,
    answered,
)


def judge(evidence: RowEvidence) -> Finding:
    """Ask for the largest share of illegal answers inside the tree."""
    free = largest(evidence, (FREE,), ILLEGAL)
    if not free.value:
        raise NotTestable("free decoding gives no illegal answer either: nothing is prevented")
    found = largest(evidence, (TRIE, AHEAD), ILLEGAL)
    return Finding(
        "refuted" if found.value else "holds",
        f"{found.value:.2%} of the answers inside the tree are illegal at most, of"
        f" {found.n} decodings; free up to {free.value:.1%}",
        statistic=found.value,
        threshold=0.0,
        rests_on=f"{found.n} decodings",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """None, one in a thousand, nothing to prevent, and no look-ahead."""
    means = {FREE: 50.0, TRIE: 70.0, AHEAD: 75.0}
    one = {FREE: 0.3, AHEAD: 0.001}
    return (
        Control("none", answered(means), "holds"),
        Control("one in a thousand", answered(means, illegal=one), "refuted"),
        Control("nothing to prevent", answered(means, illegal={AHEAD: 0.0}), "not testable here"),
        Control("no look-ahead", answered({FREE: 50.0, TRIE: 70.0}), "not testable here"),
    )


CLAIM = Claim(
    title="answers inside a prefix tree are legal",
    sentence="A decoder that may write only what a prefix tree of a graph allows always answers"
    " with an edge of the graph.",
    source=SOURCE,
    article=ARTICLE,
    decision_rule="The number is the largest share of answers that are no key of the graph, over"
    " seeds, with the tree and with the tree and a look-ahead, of untrained networks. Holds when"
    " it is 0; refuted when it is above 0; never inconclusive. Not testable where free decoding"
    " gives none either. It is a property of the algorithm and says nothing about whether answers"
    " are right.",
    evidence=RANDOM,
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
)
