"""One epoch of 10,000 sentences is enough for SimCSE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import POINTS, arms_in, by_seed, made_up_arms
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sentences import (
    FIRST,
    ON_TASKS,
    SPEARMAN,
    WORLDS,
    against_all,
    every_mean,
    is_swapped,
    lead,
    of_methods,
)
from evaluators.statistics import Interval, mean_interval, paired_values

ONE = "simcse"
EPOCH = 10_000
MARGIN = 1.0
# As the world names an arm, and as options of a trained arm are written.
_AMOUNT = re.compile(r"simcse \((?:(\d+) )?(sentences|epochs)(?: (\d+))?\)")


def judge(evidence: RowEvidence) -> Finding:
    """Compare one epoch with every longer training, and say how shorter ones did."""
    if is_swapped(evidence):
        raise NotTestable("on pairs of the same words SimCSE is said to lose, at any length")
    epoch = re.search(r"(\d+) sentences", str(evidence.group.get("setting", "")))
    if epoch and int(epoch[1]) != EPOCH:
        raise NotTestable(f"an epoch is of {epoch[0]}, not of {EPOCH}")
    amounts = _amounts(evidence)
    longer = [arm for arm, sentences in amounts.items() if sentences > EPOCH]
    if longer:
        found = {arm: lead(evidence, SPEARMAN, ONE, arm, trained=False) for arm in longer}
        said = every_mean(evidence, SPEARMAN)
    else:
        found = {"the best later step": _first_less_best(evidence)}
        said = "by the score after the first epoch and at the best step"
    rule = partial(rules.no_worse, margin=MARGIN, look=evidence.look)
    which, ruling = against_all(found, rule)
    each = ", ".join(f"{arm} {interval}" for arm, interval in found.items())
    return decided(
        found[which],
        ruling.word,
        f"one epoch less longer training: {each} points of Spearman, {found[which].n} seeds;"
        f" {said}",
        threshold=-MARGIN,
        p_value=ruling.p_value,
    )


def _amounts(evidence: RowEvidence) -> Mapping[str, int]:
    """Return the number of sentences that each arm with options is trained on, repeated or not."""
    found = {}
    for arm in arms_in(evidence, SPEARMAN):
        if match := _AMOUNT.fullmatch(arm):
            amount = int(match[1] or match[3])
            found[arm] = amount * (EPOCH if match[2] == "epochs" else 1)
    return found


def _first_less_best(evidence: RowEvidence) -> Interval:
    """Return the score after the first epoch less that of the best step of the whole training.

    Raises:
        NotTestable: An epoch has another number of sentences, or none is said.
    """
    if not re.search(r"\b10[, ]?000\b", str(evidence.group.get("setting", ""))):
        raise NotTestable("no arm was trained for longer, and no epoch of 10,000 sentences is said")
    both = paired_values(*(by_seed(evidence, metric, ONE) for metric in (FIRST, SPEARMAN)))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(f"{len(both)} seeds have both scores: an interval needs {FEWEST_SEEDS}")
    return mean_interval([POINTS * (first - best) for first, best in both.values()])


def controls() -> Sequence[Control[RowEvidence]]:
    """Longer training worse, level, better by ten points, lost in noise; and the best step."""

    def made(gained: float, noise: float = 0.2) -> RowEvidence:
        means = {ONE: 70.0, "simcse (2500 sentences)": 66.0}
        longer = {"simcse (epochs 4)": 70.0 + gained, "simcse (40000 sentences)": 68.0}
        return RowEvidence(made_up_arms({**means, **longer}, metric=SPEARMAN, noise=noise))

    def steps(gained: float, setting: str = "train X, test Y, 10000 sentences") -> RowEvidence:
        rows = [
            *made_up_arms({ONE: 70.0}, metric=FIRST, noise=0.2),
            *made_up_arms({ONE: 70.0 + gained}, metric=SPEARMAN, noise=0.2),
        ]
        return RowEvidence(rows, {"setting": setting})

    return (
        Control("longer is worse", made(-3.0), "holds"),
        Control("longer is level", made(0.0), "holds"),
        Control("one of two longer is better", made(10.0), "refuted"),
        Control("two points better in much noise", made(2.0, noise=5.0), "inconclusive"),
        Control("the best step is level", steps(0.1), "holds"),
        Control("the best step is better", steps(5.0), "refuted"),
        Control("another epoch", steps(5.0, "train X, 2000 sentences"), "not testable here"),
        Control(
            "one epoch alone",
            RowEvidence(made_up_arms({ONE: 70.0}, metric=SPEARMAN)),
            "not testable here",
        ),
    )


CLAIM = Claim(
    title="one epoch of 10,000 is enough for SimCSE",
    sentence="For SimCSE 10,000 random sentences of the task and one epoch are best: more, or"
    " fewer, are worse.",
    source="Su Jianlin, kexue.fm/archives/8348 (2021-04-26); no table is printed for it;"
    " paraphrased",
    article=8348,
    decision_rule="The number is SimCSE after one epoch of 10,000 sentences less SimCSE after more"
    " epochs, or after more sentences (where no such arm was trained, less its best later step on"
    " validation), in points of Spearman's correlation, paired by seed (Student's t), each setting"
    f" by itself. Holds when it lies above −{MARGIN:g} for every longer training; refuted when it"
    f" lies below −{MARGIN:g} for one, by Bonferroni; each at 2.5%; inconclusive otherwise. Not"
    " testable where an epoch is of another number of sentences. Looks after more seeds share the"
    " error. What fewer sentences lose is said, and decides nothing." + ON_TASKS,
    evidence=of_methods("simcse_world", ONE),
    judge=judge,
    controls=controls,
    fresh=WORLDS["simcse_world"],
)
