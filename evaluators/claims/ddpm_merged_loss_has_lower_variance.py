"""Merging the two noises of DDPM's loss keeps its mean and lowers its variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import number_in, paired
from evaluators.statistics import Interval, mean_interval

ARM, BASE, CONTROL = "merged", "unmerged", "not rescaled"
MARGIN = 0.02
"""How far apart means may be and still count as equal, as a share of the mean."""


def judge(evidence: RowEvidence) -> Finding:
    """Compare means and variances at every t."""
    found = {}
    settings = sorted({str(row["setting"]) for row in evidence.rows})
    for setting in settings:
        at = RowEvidence([row for row in evidence.rows if row["setting"] == setting])
        found[setting] = {
            (metric, arm): _ratio(at, metric, arm)
            for metric in ("loss", "variance")
            for arm in (ARM, CONTROL)
        }
    for setting, each in found.items():
        if rules.equal(each["loss", CONTROL], 1.0, MARGIN).word != "refuted":
            raise NotTestable(
                f"a loss without the factor β_t/β̄_t has the same mean at {setting}: it must not"
            )
    tests = len(found)
    unequal = [
        setting
        for setting, each in found.items()
        if _outside(each["loss", ARM], 1.0, MARGIN, tests) is not None
    ]
    raised = [
        setting
        for setting, each in found.items()
        if _outside(each["variance", ARM], 1.0, 0.0, tests) == 1
    ]
    sure = all(
        rules.equal(each["loss", ARM], 1.0, MARGIN, look=evidence.look).word == "holds"
        and each["variance", ARM].ends[1] < 1
        for each in found.values()
    )
    verdict: Word = "refuted" if unequal or raised else "holds" if sure else "inconclusive"
    ratios = {setting: each["variance", ARM] for setting, each in found.items()}
    largest = max(ratios, key=lambda setting: ratios[setting].estimate)
    by_t = ", ".join(
        f"{ratios[setting].estimate:.2f} at t = {number_in(setting, 't'):g}"
        for setting in sorted(settings, key=lambda setting: number_in(setting, "t") or 0)
    )
    one = ratios[largest]
    return Finding(
        verdict,
        f"variance of the merged loss over that of the other: {by_t}; means differ by"
        f" {max(abs(each['loss', ARM].estimate - 1) for each in found.values()):.2%} at most;"
        f" {one.n} seeds",
        statistic=one.estimate,
        ci_low=one.low,
        ci_high=one.high,
        threshold=1.0,
        rests_on=f"{one.n} seeds",
    )


def _ratio(evidence: RowEvidence, metric: str, arm: str) -> Interval:
    ours, theirs = (by_seed(evidence, metric, each) for each in (arm, BASE))
    return mean_interval([a / b for a, b in paired(ours, theirs)])


def _outside(found: Interval, center: float, margin: float, tests: int) -> int | None:
    """Return 1 where a mean is surely above center + margin, −1 where it is below, else None."""
    for sign in (1, -1):
        mirrored = found._replace(
            estimate=sign * (found.estimate - center) - margin,
            low=min(sign * (end - center) for end in found.ends) - margin,
            high=max(sign * (end - center) for end in found.ends) - margin,
        )
        ruling = rules.side(mirrored)
        if ruling.word == "holds" and ruling.p_value * tests <= rules.ALPHA:
            return sign
    return None


def controls() -> Sequence[Control[RowEvidence]]:
    """A lower variance, a higher one, another mean, and a control that is as good."""

    def made(
        mean: float, variance: float, control: float = 5.0, noise: float = 0.01
    ) -> RowEvidence:
        import numpy as np

        rng = np.random.default_rng(7)
        points: Mapping[str, tuple[float, float]] = {
            BASE: (4.0, 12.0),
            ARM: (mean, variance),
            CONTROL: (control, 12.0),
        }
        rows = []
        for time in (2, 500):
            for arm, centres in points.items():
                for metric, centre in zip(("loss", "variance"), centres, strict=True):
                    for seed, off in enumerate(rng.normal(0, noise, 7)):
                        row = {"setting": f"T 1000, t {time}", "arm": arm, "metric": metric}
                        rows.append({**row, "seed": seed, "value": centre + float(off)})
        return RowEvidence(rows)

    return (
        Control("lower", made(4.0, 2.0), "holds"),
        Control("higher", made(4.0, 20.0), "refuted"),
        Control("another mean", made(5.0, 2.0), "refuted"),
        Control("much noise", made(4.0, 12.0, noise=0.3, control=9.0), "inconclusive"),
        Control("the control has the mean", made(4.0, 2.0, 4.0), "not testable here"),
    )


CLAIM = Claim(
    title="DDPM's merged loss has a lower variance",
    sentence="Merging the two normal variables of the loss ‖ε_t − ε_θ‖² into one leaves its mean as"
    " it is, but for a constant, and lowers its variance.",
    source="Su Jianlin, kexue.fm/archives/9119 (2022-06-13); paraphrased",
    decision_rule="The number is the variance of ‖(β_t/β̄_t) ε − ε_θ‖² + 2 (α_t β̄_(t−1)/β̄_t)² over"
    " that of ‖ε_t − ε_θ‖², at the t from 2 on where it is largest, mean over seeds with a 95%"
    " interval (Student's t), each T by itself. Holds when the interval lies below 1 at every t and"
    f" the means are equal within {MARGIN:.0%} there by two one-sided tests at 5%. Refuted when at"
    " some t the means surely differ by more, or the variance is surely higher (5%, Bonferroni"
    " over t); inconclusive otherwise. Not testable where the loss without the factor β_t/β̄_t,"
    " the control, has the same mean. A theorem (Rao and Blackwell): no evidence about practice.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("ddpm",), "task": ("loss, *",)},
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="identity",
    article=9119,
)
