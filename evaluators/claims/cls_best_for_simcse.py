"""The state of the first token is the best pooling for SimCSE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import arms_in, made_up_arms
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import (
    ON_TASKS,
    SPEARMAN,
    against_all,
    every_mean,
    lead,
    of_methods,
)

CLS = "simcse/cls"
MARGIN = 0.5
_POOLED = re.compile(r"simcse(/[^ ]+)?")


def judge(evidence: RowEvidence) -> Finding:
    """Compare [CLS] with every other pooling that SimCSE was trained with."""
    arms = [arm for arm in arms_in(evidence, SPEARMAN) if _POOLED.fullmatch(arm)]
    cls = CLS
    if CLS not in arms:
        # An arm without a name of its pooling has the usual one, which the setting says.
        if not re.search(r"\bcls\b", str(evidence.group.get("setting", ""))):
            raise NotTestable(f"the arm {CLS!r} was not measured")
        cls = "simcse"
    others = [arm for arm in arms if arm != cls]
    if not others or cls not in arms:
        raise NotTestable("SimCSE was not trained with [CLS] and another pooling")
    found = {arm: lead(evidence, SPEARMAN, cls, arm, trained=False) for arm in others}
    rule = partial(rules.gain, margin=MARGIN, look=evidence.look)
    which, ruling = against_all(found, rule)
    each = ", ".join(f"{arm} {interval}" for arm, interval in found.items())
    return decided(
        found[which],
        ruling.word,
        f"[CLS] less each other pooling: {each} points of Spearman, {found[which].n} seeds;"
        f" {every_mean(evidence, SPEARMAN)}",
        threshold=MARGIN,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Best, level with one, behind one, lost in noise; under the usual pooling; alone."""

    def made(
        mean: float, noise: float = 0.1, names: Mapping[str, str] | None = None, setting: str = ""
    ) -> RowEvidence:
        arms = {CLS: 70.0, "simcse": mean, "simcse/first-last-mean": 68.0}
        named = {(names or {}).get(arm, arm): value for arm, value in arms.items()}
        rows = made_up_arms(named, metric=SPEARMAN, noise=noise)
        return RowEvidence(rows, {"setting": setting})

    usual = {CLS: "simcse", "simcse": "simcse/mean"}
    return (
        Control("best", made(68.0), "holds"),
        Control("level with the mean", made(70.0), "refuted"),
        Control("behind the mean", made(71.0), "refuted"),
        Control("in much noise", made(69.0, noise=4.0), "inconclusive"),
        Control("as the usual pooling", made(68.0, names=usual, setting="cls, 64"), "holds"),
        Control("unknown pooling", made(68.0, names=usual), "not testable here"),
        Control(
            "alone",
            RowEvidence(made_up_arms({CLS: 70.0}, metric=SPEARMAN)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="[CLS] is the best pooling for SimCSE",
    sentence="With SimCSE the state of [CLS] is the best sentence vector; first-last-avg is no"
    " longer the best.",
    source="Su Jianlin, kexue.fm/archives/8348 (2021-04-26); in its own table [CLS] is best in 7"
    " of 25 cells of five untuned models (last-layer mean in 17) and in 7 of 15 of three SimBERTs"
    " (poolings as inferred from its text); paraphrased",
    article=8348,
    decision_rule="The number is SimCSE with [CLS] less SimCSE with another pooling, in points of"
    " Spearman's correlation, paired by seed (Student's t), each setting by itself. Holds when a"
    f" one-sided test at 5% finds it above {MARGIN:g} for every other pooling; refuted when for one"
    f" it lies below 0, or inside ±{MARGIN:g}, by Bonferroni; inconclusive otherwise. Looks after"
    " more seeds share the 5%. Not judged in made-up worlds: a network that was made up there has"
    " no [CLS] that pretraining gave a meaning." + ON_TASKS,
    evidence=of_methods(None, "simcse"),
    judge=judge,
    controls=controls,
)
