"""Whether a batch is nearer to another one or to its mean depends on its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.claims.judging import rules
from evaluators.claims.judging.adversarial import (
    BATCHES,
    as_factor,
    log_ratio,
    made_up_runs,
    of_batches,
)
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.real_batches_farther_than_their_mean import DISTANCE, OTHER, REAL

MEAN = "own mean"


def judge(evidence: RowEvidence) -> Finding:
    """Look for a size at which another batch is farther, and one at which it is nearer."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in evidence.rows:
        rows.setdefault(str(row["setting"]), []).append(row)
    if len(rows) < 2:
        raise NotTestable("measured at one size: a turn needs two or more")
    found = {
        name: log_ratio(RowEvidence(part), DISTANCE, OTHER, MEAN) for name, part in rows.items()
    }
    lowest = min(found, key=lambda name: (found[name].estimate, name))
    highest = max(found, key=lambda name: (found[name].estimate, name))
    sides = [rules.side(found[name], look=evidence.look) for name in (lowest, highest)]
    # The two were chosen among all sizes: Bonferroni.
    p_value = min(1.0, len(found) * max(side.p_value for side in sides))
    words = {rules.side(one, look=evidence.look).word for one in found.values()}
    verdict: Word = "inconclusive"
    if [side.word for side in sides] == ["refuted", "holds"] and p_value <= rules.ALPHA:
        verdict = "holds"
    elif len(words) == 1:
        verdict = words.pop()
        verdict = "inconclusive" if verdict == "inconclusive" else "refuted"
    return decided(
        found[lowest],
        verdict,
        f"W1(batch, other batch) / W1(batch, own mean) is {as_factor(found[lowest])} at {lowest}"
        f" and {as_factor(found[highest])} at {highest}, of {len(found)} sizes; the number is the"
        " logarithm of the first",
        p_value=p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """A turn, farther throughout, nearer throughout, a turn in noise, and one size alone."""

    def made(*factors: float, noise: float = 0.05) -> RowEvidence:
        rows = []
        for place, factor in enumerate(factors):
            means = {DISTANCE: {OTHER: factor, MEAN: 1.0}}
            rows += made_up_runs(means, noise=noise, setting=f"batch {place}")
        return RowEvidence(rows, {"task": "patches"})

    return (
        Control("nearer in large batches", made(1.2, 1.1, 0.8), "holds"),
        Control("farther throughout", made(1.2, 1.1, 1.3), "refuted"),
        Control("nearer throughout", made(0.7, 0.6, 0.8), "refuted"),
        Control("much noise", made(1.1, 0.9, noise=0.6), "inconclusive"),
        Control("one size", made(1.2), "not testable here"),
    )


CLAIM = Claim(
    title="mean or other batch: the nearer one depends on the size",
    sentence="There is real data of which two small batches are farther apart than a batch is from"
    " its mean, and two large batches are nearer: the comparison is about sizes, not about images.",
    source="Found here, about kexue.fm/archives/8244, which names neither",
    decision_rule="The number is that of real-batches-farther-than-their-mean, at every size of one"
    " kind of data. Holds when it is surely below 0 at one size and surely above at another (the"
    " lowest and the highest, each at 2.5%, Bonferroni over all sizes). Refuted when it is surely"
    " on one side at all sizes; inconclusive otherwise; not testable at one size, or with fewer"
    f" than {FEWEST_SEEDS} seeds.",
    evidence=of_batches("task", *REAL),
    judge=judge,
    controls=controls,
    level="small",
    scope="existential",
    fresh=BATCHES,
    article=8244,
)
