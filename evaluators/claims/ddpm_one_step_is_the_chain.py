"""One step from x_0 to x_t has the distribution of the chain of t steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import number_in

METRIC, ARM, CONTROL = "ks", "one step", "variances added"
MARGIN = 0.05
"""The largest distance of two distribution functions that counts as none."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare the distance with what equal distributions have by chance, at every t and seed."""
    times = sorted({number_in(str(row["setting"]), "t") or 0.0 for row in evidence.rows})
    found = [row for row in evidence.rows if row["arm"] == ARM]
    control = [
        row
        for row in evidence.rows
        if row["arm"] == CONTROL and number_in(str(row["setting"]), "t") == times[-1]
    ]
    if not found or not control:
        raise NotTestable("one step from x_0 and the control were not both measured")
    for row in control:
        if float(row["value"]) - _slack(int(row["n"]), len(control)) <= 0:
            raise NotTestable(
                f"with the variances added up, the distance is {row['value']:.3f} at the last t:"
                " it must be seen that this is another distribution"
            )
    worst = max(found, key=lambda row: float(row["value"]))
    distance, slack = float(worst["value"]), _slack(int(worst["n"]), len(found))
    verdict: Word = "inconclusive"
    if distance > slack:
        verdict = "refuted"
    elif distance + slack < MARGIN:
        verdict = "holds"
    other = min(float(row["value"]) for row in control)
    return Finding(
        verdict,
        f"at most {distance:.4f} apart in {len(found)} comparisons of t and seed, of draws"
        f" {int(worst['n']):,} each; by chance up to {slack:.4f} (5%, all together); the control"
        f" {other:.3f} at least",
        statistic=distance,
        ci_low=max(0.0, distance - slack),
        ci_high=distance + slack,
        threshold=slack if verdict == "refuted" else MARGIN,
        rests_on=f"{len(found)} comparisons",
    )


def _slack(draws: int, tests: int) -> float:
    """Return what the distance of two samples of one distribution exceeds in 5% of cases.

    By the bound of Dvoretzky, Kiefer, Wolfowitz and Massart, which Smirnov's test has in its
    limit, for many comparisons together (Bonferroni).
    """
    return math.sqrt(math.log(2 * tests / rules.ALPHA) / draws)


def controls() -> Sequence[Control[RowEvidence]]:
    """The same distribution, another one, too few draws, and a control that is as near."""

    def made(distances: Mapping[str, float], draws: int = 20_000) -> RowEvidence:
        rows = [
            {"setting": f"2-D mixture, T 10, t {time}", "arm": arm, "metric": METRIC}
            | {"seed": seed, "value": distance, "n": draws}
            for time in (1, 10)
            for arm, distance in distances.items()
            for seed in range(5)
        ]
        return RowEvidence(rows)

    return (
        Control("the same", made({ARM: 0.009, CONTROL: 0.2}), "holds"),
        Control("another", made({ARM: 0.06, CONTROL: 0.2}), "refuted"),
        Control("few draws", made({ARM: 0.05, CONTROL: 0.5}, 500), "inconclusive"),
        Control("the control is as near", made({ARM: 0.009, CONTROL: 0.009}), "not testable here"),
    )


CLAIM = Claim(
    title="one step of DDPM is the chain of steps",
    sentence="With α_t² + β_t² = 1 the x_t of the chain is ᾱ_t x_0 + β̄_t ε, with one normal ε.",
    source="Su Jianlin, kexue.fm/archives/9119 (2022-06-13); paraphrased",
    decision_rule="The number is the largest Kolmogorov-Smirnov distance between draws of x_t by"
    " the chain and in one step, over t and seeds, each T by itself. Refuted when it is beyond what"
    " draws of one distribution have by chance (5%, Bonferroni over all comparisons), holds when it"
    f" is not and with as much added is below {MARGIN:g}, inconclusive otherwise. Not testable"
    " where β̄_t² as the sum of all β², the control, is not told apart at the last t with every"
    " seed. A theorem: no evidence about practice.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("ddpm",), "task": ("marginals, *",), "metric": (METRIC,)},
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=9119,
    version="2",
)
