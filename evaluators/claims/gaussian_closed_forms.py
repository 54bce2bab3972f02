"""The closed forms of three distances of normal distributions are right."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.gaussians import DISTANCES, SOURCE, of_task
from evaluators.claims.judging.mathematics import by_setting, largest, measured
from evaluators.statistics import Interval

CLOSED = "closed form"
WRONG = (
    *(("without mean term", metric) for metric in DISTANCES),
    ("without log determinant", DISTANCES[0]),
    ("without log determinant", DISTANCES[1]),
)
MARGIN = 1.0
"""Per cent of the distance that random draws gave."""

FAR = 0.1
"""What a formula with a term left out must be off by, at its worst pair."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask whether every mean difference from random draws lies inside the margin."""
    found: dict[str, Interval] = {}
    for metric in DISTANCES:
        for setting, each in by_setting(evidence, metric, CLOSED).items():
            low, high = each.ends
            found[f"{metric.removesuffix('_error')}, {setting}"] = each._replace(
                estimate=100 * each.estimate, low=100 * low, high=100 * high
            )
    for arm, metric in WRONG:
        rows = [
            {**row, "value": abs(row["value"])} for row in evidence.rows if row["metric"] == metric
        ]
        worst = largest(RowEvidence(rows), (arm,), metric)
        if worst.value <= FAR:
            raise NotTestable(f"a formula that is wrong is off by {worst} only")
    # Differences have a p-value each; all of them together make one (Bonferroni).
    rulings = {
        name: rules.equal(each, 0.0, MARGIN, look=evidence.look) for name, each in found.items()
    }
    outside = {name: ruling for name, ruling in rulings.items() if ruling.word == "refuted"}
    if outside:
        name = min(outside, key=lambda name: outside[name].p_value)
        p_value = min(1.0, len(found) * outside[name].p_value)
        word: Word = "refuted" if p_value <= rules.ALPHA else "inconclusive"
    else:
        name = max(rulings, key=lambda name: rulings[name].p_value)
        p_value, word = rulings[name].p_value, rulings[name].word
    every = "; ".join(f"{what} {each}%" for what, each in found.items())
    return decided(
        found[name],
        word,
        f"closed form less random draws: {every}; {found[name].n} pairs",
        threshold=MARGIN,
        p_value=p_value,
        units="pairs",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Within the noise of the draws, one form off, wide noise, and wrong forms that look right."""

    def made(off: float, noise: float = 0.004, wrong: float = -0.4) -> RowEvidence:
        spread = [off + noise * each for each in (-1.5, -0.5, 0.0, 0.5, 1.5)]
        zero = [noise * each for each in (-1.5, -0.5, 0.0, 0.5, 1.5)]
        return measured(
            {
                **{("dimension 8", CLOSED, metric): zero for metric in DISTANCES},
                ("dimension 8", CLOSED, "kl_error"): spread,
                **{("dimension 8", arm, metric): [wrong] * 5 for arm, metric in WRONG},
            }
        )

    return (
        Control("within the noise", made(0.0005), "holds"),
        Control("one is 20% off", made(-0.2), "refuted"),
        Control("one is 2% off, with much noise", made(0.02, noise=0.03), "inconclusive"),
        Control("wrong forms look right", made(0.0005, wrong=0.01), "not testable here"),
    )


CLAIM = Claim(
    title="three closed forms for normal distributions",
    sentence="KL divergence, Bhattacharyya distance and the square of the 2-Wasserstein distance of"
    " two normal distributions have the printed closed forms.",
    source=SOURCE,
    decision_rule="The number is the mean over random pairs of the closed form over the value by"
    " random draws, less 1, in per cent, of the distance and dimension that is farthest from a"
    f" decision. Holds when all lie within ±{MARGIN:g}% (two one-sided tests at 5% each); refuted"
    " when one lies outside (5%, Bonferroni); inconclusive otherwise. Not testable where a formula"
    f" without its mean term, or its determinants, is off by no more than {FAR:.0%} at its worst.",
    evidence=of_task("closed forms and random draws"),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=8512,
)
