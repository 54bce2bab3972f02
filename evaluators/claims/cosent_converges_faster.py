"""CoSENT converges faster than Sentence-BERT."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    PAIR_LOSSES,
    differences,
    made_up_arms,
    of_heads,
    with_head,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import ON_TASKS, TRAINED
from evaluators.statistics import mean_interval

METRIC = "spearman_first"
PUBLISHED = 7.24
"""Points of Spearman on ATEC's validation set after one epoch: 48.78 beside 41.54."""

MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare the two after the first epoch, seed by seed."""
    arms = [with_head(evidence, METRIC, head) for head in ("cosent", "sbert")]
    # Not `gain`: that the arms still improve after the first epoch is what the claim is about.
    found = mean_interval(differences(evidence, METRIC, arms[0], arms[1]))
    return gained(
        found,
        f"after one epoch CoSENT − Sentence-BERT: {found} points of Spearman, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Ahead after an epoch, level, behind, lost in noise, and not measured."""

    def made(ahead: float, noise: float = 0.3, metric: str = METRIC) -> RowEvidence:
        means = {"cosent": 45.0 + ahead, "sbert": 45.0}
        return RowEvidence(made_up_arms(means, metric=metric, noise=noise))

    return (
        Control("seven points", made(7.0), "holds"),
        Control("level", made(0.0), "refuted"),
        Control("behind", made(-4.0), "refuted"),
        Control("two points in much noise", made(2.0, noise=4.0), "inconclusive"),
        Control("not measured", made(7.0, metric="spearman"), "not testable here"),
    )


CLAIM = Claim(
    title="CoSENT converges faster",
    sentence="CoSENT converges faster than Sentence-BERT.",
    source="Su Jianlin, kexue.fm/archives/8847 (2022-01-06); github.com/bojone/CoSENT: ATEC 48.78"
    " beside 41.54 after one epoch; paraphrased",
    article=8860,
    decision_rule="The number is CoSENT less Sentence-BERT after the first epoch, in points of"
    " Spearman's correlation of the cosine with the label, paired by seed (Student's t), each"
    " setting by itself." + gain_rule(MARGIN) + ON_TASKS,
    evidence=of_heads("pair_losses", "cosent", "sbert", also=(TRAINED,)),
    judge=judge,
    controls=controls,
    fresh=PAIR_LOSSES,
)
