"""UniVAE's latents near the input carry the form of a sentence, those near the output its topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.univae import BENCH
from evaluators.statistics import Interval, mean_interval

METRIC = "dissociation"
ARM, CONTROLS = "several levels", ("levels shuffled", "one level")
MARGIN = 0.2
RULE = gain_rule(MARGIN).replace(
    ", or where the training loss of an arm still falls when training ends", ""
)
"""As the weight of the KL rises, losses early and late are not of one kind."""

LEVELS = (1, 3)
"""The first and the last level, which are compared."""

ALIVE = 0.1
"""KL in nats below which a level has collapsed."""

RECOVERED = 0.8
"""Share of sentences whose topic and form must survive when they are written again."""

CLEAN = 0.2
"""How far from 0 a control may be."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare what the first and the last level change, if both are used and controls are 0."""
    found = _mean(evidence, METRIC, ARM)
    for metric in ("topic_recovered", "form_recovered"):
        if (share := _mean(evidence, metric, ARM).estimate) < RECOVERED:
            raise NotTestable(f"{metric} is {share:.2f}: {RECOVERED:g} needed")
    divergences = [_mean(evidence, f"kl_{level}", ARM).estimate for level in LEVELS]
    if min(divergences) < ALIVE:
        raise NotTestable(
            f"a level has collapsed: KL {min(divergences):.3f} nats, {ALIVE:g} needed"
        )
    controls = {arm: _mean(evidence, METRIC, arm) for arm in CONTROLS}
    for arm, control in controls.items():
        low, high = control.ends
        if abs(control.estimate) > CLEAN and not low <= 0 <= high:
            raise NotTestable(f"{arm} has {control.estimate:+.3f}, and must have 0")
    changes = "; ".join(
        f"level {level} changes {' and '.join(_changed(evidence, level))}" for level in LEVELS
    )
    others = ", ".join(f"{arm} {control.estimate:+.3f}" for arm, control in controls.items())
    return gained(
        found,
        f"{changes} of the sentences; KL {divergences[0]:.2f} and {divergences[1]:.2f} nats;"
        f" {others}; {found.n} seeds",
        margin=MARGIN,
        look=evidence.look,
    )


def _changed(evidence: RowEvidence, level: int) -> list[str]:
    return [
        f"the {what} of {_mean(evidence, f'{what}_change_{level}', ARM).estimate:.2f}"
        for what in ("form", "topic")
    ]


def _mean(evidence: RowEvidence, metric: str, arm: str) -> Interval:
    values = by_seed(evidence, metric, arm)
    if len(values) < FEWEST_SEEDS:
        raise NotTestable(f"{len(values)} seeds of {arm}: an interval needs {FEWEST_SEEDS}")
    return mean_interval(list(values.values()))


def made_up(
    contrast: float,
    *,
    noise: float = 0.05,
    recovered: float = 1.0,
    divergence: float = 2.0,
    one: float = 0.0,
    draw: int = 7,
) -> list[Mapping[str, Any]]:
    """Return rows of seven seeds about these numbers."""
    import numpy as np

    rng = np.random.default_rng(draw)
    means = {
        (ARM, METRIC): contrast,
        ("levels shuffled", METRIC): 0.0,
        ("one level", METRIC): one,
        (ARM, "topic_recovered"): recovered,
        (ARM, "form_recovered"): recovered,
        **{(ARM, f"kl_{level}"): divergence for level in LEVELS},
        **{(ARM, f"{what}_change_{level}"): 0.5 for what in ("form", "topic") for level in LEVELS},
    }
    rows: list[Mapping[str, Any]] = []
    for (arm, metric), centre in means.items():
        own = rng.normal(0, noise, 7) if metric == METRIC else np.zeros(7)
        rows += [
            {"setting": "made up", "arm": arm, "metric": metric, "seed": seed, "value": value}
            for seed, value in enumerate((centre + own).tolist())
        ]
    return rows


def controls() -> Sequence[Control[RowEvidence]]:
    """As published, the reverse, no difference, much noise, and what cannot be tested."""
    return (
        Control("as published", RowEvidence(made_up(1.0)), "holds"),
        Control("the reverse", RowEvidence(made_up(-1.0)), "refuted"),
        Control("no difference", RowEvidence(made_up(0.0)), "refuted"),
        Control("noise", RowEvidence(made_up(0.3, noise=0.6)), "inconclusive"),
        Control("collapsed", RowEvidence(made_up(1.0, divergence=0.05)), "not testable here"),
        Control("not recovered", RowEvidence(made_up(1.0, recovered=0.5)), "not testable here"),
        Control("one level too", RowEvidence(made_up(1.0, one=0.5)), "not testable here"),
    )


CLAIM = Claim(
    title="UniVAE's latents near the input carry the form",
    sentence="Replacing the latents near the input mostly keeps the topic words, and replacing"
    " those near the output mostly keeps the sentence pattern.",
    source="Su Jianlin, kexue.fm/archives/8475 (2021-06-29), from 24 printed examples of a model of"
    " Chinese questions; no number is printed for it; paraphrased",
    decision_rule="The number is the share of sentences whose form changes less the share whose"
    " topic changes where the first of three latents is another sentence's, less the same for the"
    " last; -2 to 2, its mean over seeds (Student's t). One that the form follows and one that the"
    " topic follows give 2." + RULE + " Not testable where a KL of the two levels is"
    f" below {ALIVE:g} nats (collapse), topic or form survives reconstruction in less than"
    f" {RECOVERED:g} of sentences, or a control is more than {CLEAN:g} from 0 with an interval"
    " without 0: levels in an order drawn for each pair, and parts of a single latent.",
    evidence=RowsOf(
        "arm_scores",
        by=("setting",),
        among={"evaluator": ("univae",), "task": ("topic sentences",)},
    ),
    judge=judge,
    controls=controls,
    fresh=BENCH,
    article=8475,
)
