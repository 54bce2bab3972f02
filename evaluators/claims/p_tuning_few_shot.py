"""P-tuning beats fine-tuning with few labels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluators.claims.judging.arms import ON_CLUE, SETTING, arms_in, gain, made_up_arms, mean
from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence

PUBLISHED = 0.41
"""Points of accuracy, from 89.34 to 89.75."""

MARGIN = 0.2

PAIRS = (("prompt 8 + masked tokens", "finetune"), ("plain/p-tuning", "plain/linear"))
"""Prompt as published, and fine-tuning: in the experiment, and on CLUE tasks."""

_WORDS = re.compile(r"plain/p-tuning \(words \{[^}]*\}\)")
"""The prompt as published with words of a task's own."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the prompt as published with fine-tuning, seed by seed."""
    known = arms_in(evidence, "accuracy")
    worded = [(arm, PAIRS[1][1]) for arm in known if _WORDS.fullmatch(arm)]
    pair = next((pair for pair in (*PAIRS, *worded) if set(pair) <= set(known)), None)
    if pair is None:
        raise NotTestable("P-tuning with masked tokens and fine-tuning were not both measured")
    found = gain(evidence, "accuracy", *pair)
    means = ", ".join(f"{arm} {mean(evidence, 'accuracy', arm):.1f}" for arm in known)
    return gained(
        found,
        f"prompt − fine-tuning: {found} points of accuracy, {found.n} seeds; {means}",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain, none, a loss, one lost in noise, no prompt."""

    def made(gain: float, noise: float = 0.1) -> RowEvidence:
        means = {PAIRS[0][0]: 80.0 + gain, "finetune": 80.0, "probe": 78.0}
        return RowEvidence(made_up_arms(means, metric="accuracy", noise=noise))

    def worded(options: str) -> RowEvidence:
        means = {f"plain/p-tuning ({options})": 83.0, "plain/linear": 80.0}
        return RowEvidence(made_up_arms(means, metric="accuracy", noise=0.1))

    return (
        Control("three points", made(3.0), "holds"),
        Control("none", made(0.0), "refuted"),
        Control("a loss", made(-2.0), "refuted"),
        Control("one point in much noise", made(1.0, noise=4.0), "inconclusive"),
        Control("three points on a CLUE task", worded("words {'0': '不', '1': '很'}"), "holds"),
        Control("another prompt", worded("tokens 2"), "not testable here"),
        Control(
            "no prompt",
            RowEvidence(made_up_arms({"finetune": 80.0}, metric="accuracy")),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="P-tuning beats fine-tuning with few labels",
    sentence="With few labels, training eight embeddings before a masked language model does better"
    " than fine-tuning all of it; telling masked tokens again helps.",
    source="Su Jianlin, kexue.fm/archives/8295 (2021-04-03): 89.75 beside 89.34 on Chinese"
    " sentiment; Liu et al. 2021, arXiv:2103.10385; paraphrased",
    article=8295,
    decision_rule="The number is the accuracy of P-tuning (8 tokens, masked tokens told again) less"
    " that of fine-tuning, in points, paired by seed (Student's t), each number of labels by"
    " itself." + gain_rule(MARGIN) + ON_CLUE,
    evidence=RowsOf(
        "arm_scores",
        by=SETTING,
        among={
            "evaluator": ("p_tuning", "clue"),
            "arm": ("probe", "finetune", "prompt *", "plain/p-tuning*", "plain/linear"),
            "task": ("made-up language", "fewclue-*"),
        },
    ),
    judge=judge,
    controls=controls,
    version="2",
)
