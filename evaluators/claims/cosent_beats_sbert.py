"""CoSENT beats Sentence-BERT."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.arms import (
    PAIR_LOSSES,
    differences,
    gain,
    made_up_arms,
    main_metric,
    of_heads,
    with_head,
)
from evaluators.claims.judging.claim import Claim, Control, Finding, gain_rule, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import ON_TASKS, TRAINED
from evaluators.statistics import mean_interval

PUBLISHED = 1.02
"""Points of Spearman: the smallest published gain, of BERT trained on NLI; in-domain 6.45."""

MARGIN = 0.5


def judge(evidence: RowEvidence) -> Finding:
    """Compare the two after training, seed by seed, and say how they stood after one epoch."""
    metric = main_metric(evidence, ("spearman", "accuracy"))
    arms = [with_head(evidence, metric, head) for head in ("cosent", "sbert")]
    found = gain(evidence, metric, arms[0], arms[1])
    said = f"CoSENT − Sentence-BERT: {found} points of {metric}, {found.n} seeds"
    if any(row["metric"] == "spearman_first" for row in evidence.rows):
        first = mean_interval(differences(evidence, "spearman_first", arms[0], arms[1]))
        said += f"; after the first epoch {first}"
    return gained(found, said, margin=MARGIN, effect=PUBLISHED, look=evidence.look)


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, one lost in noise, one arm alone; on CLUE, too."""

    def made(gain: float, noise: float = 0.3, *, clue: bool = False) -> RowEvidence:
        prefix, metric = ("plain/", "accuracy") if clue else ("", "spearman")
        means = {f"{prefix}cosent": 80.0 + gain, f"{prefix}sbert": 80.0}
        return RowEvidence(made_up_arms(means, metric=metric, noise=noise))

    return (
        Control("six points", made(6.0), "holds"),
        Control("six points on a CLUE task", made(6.0, clue=True), "holds"),
        Control("none", made(0.0, noise=0.1), "refuted"),
        Control("a loss", made(-4.0), "refuted"),
        Control("one point in much noise", made(1.0, noise=4.0), "inconclusive"),
        Control(
            "one arm",
            RowEvidence(made_up_arms({"cosent": 80.0}, metric="spearman")),
            "not testable here",
        ),
        Control(
            "two seeds",
            RowEvidence(made_up_arms({"cosent": 86.0, "sbert": 80.0}, metric="spearman", seeds=2)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="CoSENT beats Sentence-BERT",
    sentence="CoSENT, which learns the order of cosines alone, does better than Sentence-BERT, and"
    " converges faster.",
    source="Su Jianlin, kexue.fm/archives/8847 (2022-01-06) and 8860 (2022-01-12),"
    " github.com/bojone/CoSENT; paraphrased",
    article=8860,
    decision_rule="The number is CoSENT less Sentence-BERT in points (Spearman's correlation of the"
    " cosine with the label on made-up pairs, accuracy with the automatic threshold on CLUE tasks),"
    " paired by seed (Student's t), each setting by itself." + gain_rule(MARGIN) + ON_TASKS,
    evidence=of_heads("pair_losses", "cosent", "sbert", also=(TRAINED,)),
    judge=judge,
    controls=controls,
    fresh=PAIR_LOSSES,
    version="2",
)
