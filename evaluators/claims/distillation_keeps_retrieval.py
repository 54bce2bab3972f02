"""Distilling a similarity matrix keeps retrieval under another loss."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in, made_up_arms
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import (
    ON_TASKS,
    SPEARMAN,
    STEP,
    WORLDS,
    every_mean,
    kept,
    lead,
    of_methods,
    require_learned,
)

TEACHER, STUDENT, WITHOUT = "teacher", "distillation", "without-distillation"
MARGIN = 1.0


def judge(evidence: RowEvidence) -> Finding:
    """Compare the student with its teacher, where without distillation it surely loses."""
    known = arms_in(evidence, SPEARMAN)
    # The student of a trained checkpoint is its first layers; the teacher is all of it, as it is.
    teacher = TEACHER if TEACHER in known else "raw"
    said = "what it loses without distillation was not measured"
    if WITHOUT in known:
        lost = lead(evidence, SPEARMAN, teacher, WITHOUT)
        if rules.gain(lost, MARGIN).word != "holds":
            raise NotTestable(
                f"without distillation the student is {lost} points below its teacher: no sure"
                " loss, so nothing to keep"
            )
        said = f"without distillation it is {lost} below"
    require_learned(evidence, STUDENT)
    found = lead(evidence, SPEARMAN, STUDENT, teacher)
    same = rules.equal(found, 0.0, MARGIN, look=evidence.look).word == "holds"
    return kept(
        found,
        f"student − teacher: {found} points of Spearman, {found.n} seeds"
        f"{f' (the same: within ±{MARGIN:g})' if same else ''}; {said};"
        f" {every_mean(evidence, SPEARMAN)}",
        margin=MARGIN,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Kept, better than the teacher, lost, lost in noise; nothing to keep; no teacher."""

    def made(student: float, noise: float = 0.2, without: float = 60.0) -> RowEvidence:
        means = {TEACHER: 70.0, STUDENT: student, WITHOUT: without}
        return RowEvidence(made_up_arms(means, metric=SPEARMAN, noise=noise))

    level = made(70.0)
    start = [{**row, "metric": STEP, "value": 0.0} for row in level.rows if row["arm"] == STUDENT]
    unlearned = RowEvidence([*level.rows, *start])
    return (
        Control("level", level, "holds"),
        Control("two points better", made(72.0), "holds"),
        Control("three points lost", made(67.0), "refuted"),
        Control("one point lost in noise", made(69.0, noise=2.0), "inconclusive"),
        Control("nothing to keep", made(70.0, without=70.0), "not testable here"),
        Control(
            "without the control",
            RowEvidence(made_up_arms({TEACHER: 70.0, STUDENT: 70.0}, metric=SPEARMAN, noise=0.2)),
            "holds",
        ),
        Control("nothing was learned", unlearned, "not testable here"),
        Control(
            "no teacher",
            RowEvidence(made_up_arms({STUDENT: 70.0, WITHOUT: 60.0}, metric=SPEARMAN)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="distilled similarities keep retrieval",
    sentence="A student that learns the teacher's matrix of similarities keeps its retrieval,"
    " whatever its other loss.",
    source="Su Jianlin, kexue.fm/archives/8454 (2021-06-11): 39.52, 50.26, 76.02, 14.37, 74.46"
    " beside SimBERT's 38.50, 48.54, 76.23, 15.10, 74.14; paraphrased",
    article=8454,
    decision_rule="The number is the student with distillation less its teacher, in points of"
    " Spearman's correlation, paired by seed (Student's t), each setting by itself. Of a trained"
    " checkpoint the teacher is the checkpoint and the student its first layers. Asked only"
    f" where without distillation the student surely loses {MARGIN:g} point, or where that was not"
    f" measured. Holds when it lies above −{MARGIN:g}, refuted when below, each at 2.5%; said to be"
    f" the same where two one-sided tests find it inside ±{MARGIN:g}; inconclusive otherwise. Looks"
    " after more seeds share the error. Not testable where a training loss still falls when"
    " training ends, or where the best step of every seed is the start." + ON_TASKS,
    evidence=of_methods("similarity_distillation", TEACHER, STUDENT, WITHOUT, "raw"),
    judge=judge,
    controls=controls,
    fresh=WORLDS["similarity_distillation"],
    version="2",
)
