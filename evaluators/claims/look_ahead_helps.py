"""Looking ahead in the prefix tree for the words of the question gives more right answers."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import by_seed, differences, mean
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.tries import (
    AHEAD,
    ANSWERED,
    ARTICLE,
    EM,
    FREE,
    FRESH,
    MARGIN,
    SOURCE,
    TRIE,
    UNITS,
    UNNAMED,
    WEIGHED,
    answered,
    mcnemar_in_words,
    paired_gain,
)
from evaluators.statistics import mean_interval

LEAST_WEIGHED = 0.05
"""Share of questions in which there must be several tokens to weigh."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask what the look-ahead adds to the exact matches inside the tree."""
    shares = by_seed(evidence, WEIGHED, AHEAD).values()
    weighed = sum(shares) / len(shares)
    if weighed < LEAST_WEIGHED:
        raise NotTestable(
            f"after the subject there is a choice in {weighed:.1%} of the questions only: nothing"
            " to look ahead for"
        )
    apart = mean_interval(differences(evidence, EM, AHEAD + UNNAMED, TRIE + UNNAMED))
    if apart.ends[0] > MARGIN:
        raise NotTestable(
            f"on questions without a word of the key it gains {apart} points too: not by its words"
        )
    found = paired_gain(evidence, AHEAD, TRIE)
    means = ", ".join(f"{arm} {mean(evidence, EM, arm):.1f}" for arm in (FREE, TRIE, AHEAD))
    return gained(
        found,
        f"{found} points of EM ({means}), {apart} on questions that share no character with"
        f" relation and meaning; a choice in {weighed:.0%} of the questions;"
        f" {mcnemar_in_words(evidence, AHEAD)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Five points, none, fewer, much noise, a gain without overlap, nothing to weigh."""

    def made(
        ahead: float, noise: float = 0.3, unnamed: float = 0.0, weighed: float = 1.0
    ) -> RowEvidence:
        means = {FREE: 50.0, TRIE: 70.0, AHEAD: ahead}
        return answered(means, noise=noise, unnamed=unnamed, weighed=weighed, questions=5000)

    return (
        Control("five points", made(75.0), "holds"),
        Control("level", made(70.0), "refuted"),
        Control("five points fewer", made(65.0), "refuted"),
        Control("two points in much noise", made(72.0, noise=5.0), "inconclusive"),
        Control("as much without overlap", made(75.0, unnamed=5.0), "not testable here"),
        Control("nothing to weigh", made(70.0, weighed=0.001), "not testable here"),
    )


CLAIM = Claim(
    title="looking ahead in the prefix tree helps",
    sentence="Where several tokens may follow, raising the probability of those behind which a key"
    " covers more of the question gives more right answers.",
    source=SOURCE,
    article=ARTICLE,
    decision_rule="The number is EM with the look-ahead less EM inside the tree without it, in"
    " points, of the same network and beams," + UNITS + gain_rule(MARGIN) + " Not testable either"
    f" where fewer than {LEAST_WEIGHED:.0%} of the questions leave a choice after the subject, or"
    " where questions that share no character with relation and meaning of their key surely gain"
    f" more than {MARGIN:g} point too.",
    evidence=ANSWERED,
    judge=judge,
    controls=controls,
    level="small",
    fresh=FRESH,
)
