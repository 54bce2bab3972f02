"""Claims about transformers of twice the width that compute the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Finding, NotTestable, RowsOf, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import by_setting, measured

METRIC = "logit_change"
LOSSLESS, CONTROL = "lossless", "without 2^(1/4)"
SAME, OTHER = 1e-5, 1e-3
"""In standard deviations of the logits: what is rounding in float32, and another function."""

SOURCE = "Su Jianlin, kexue.fm/archives/8444 (2021-06-02); paraphrased"
RULE = (
    " the mean over random transformers of the largest change of a logit, in standard deviations of"
    f" their logits. Holds when its 95% interval lies below {SAME:g}, refuted when it lies above"
    f" {OTHER:g}, inconclusive otherwise. Not testable where leaving out the factor 2^(1/4) changes"
    f" no logit by more than {OTHER:g}, or the lossless way changes one by more than {SAME:g}."
)


def of_settings(*patterns: str) -> RowsOf:
    """Return what these claims are judged on, in settings that look like one of the patterns."""
    among = {"evaluator": ("lossless_widening",), "setting": patterns}
    return RowsOf("arm_scores", by=("setting",), among=among)


def judge_arm(evidence: RowEvidence, arm: str) -> Finding:
    """Ask how far a way of widening changes the logits.

    Raises:
        NotTestable: It was not measured, or a way that is known to be wrong looks right.
    """
    found, lossless, control = (
        next(iter(by_setting(evidence, METRIC, each).values())) for each in (arm, LOSSLESS, CONTROL)
    )
    if control.ends[0] <= OTHER:
        raise NotTestable(f"{CONTROL} the logits change by {control.estimate:.2g} only")
    if arm != LOSSLESS and lossless.ends[1] >= SAME:
        raise NotTestable(f"the lossless way changes logits by {lossless.estimate:.2g}")
    low, high = found.ends
    word: Word = "holds" if high < SAME else "refuted" if low > OTHER else "inconclusive"
    others = {LOSSLESS: lossless, CONTROL: control}
    beside = ", ".join(f"{name} {each.estimate:.2g}" for name, each in others.items())
    return decided(
        found,
        word,
        f"{arm}: largest change {found.estimate:.2g} ({low:.2g} to {high:.2g}), {found.n}"
        f" transformers; {beside}",
        threshold=SAME,
        units="transformers",
    )


def changed(values: Mapping[str, Sequence[float]]) -> RowEvidence:
    """Return rows of changes, for controls; lossless and wrong ways as they should be.

    Args:
        values: By arm, one change a transformer.
    """
    usual: Mapping[str, Sequence[float]] = {LOSSLESS: (3e-6, 4e-6, 2e-6), CONTROL: (0.3, 0.4, 0.4)}
    rows = {**usual, **values}
    return measured({("made up", arm, METRIC): each for arm, each in rows.items()})
