"""The more steps the diffusion has, the better are its samples."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import difference, mean_of, sweep_rows, swept, trend

METRIC, ARM, CONTROL = "distance", "rescaled", "constant"


def judge(evidence: RowEvidence) -> Finding:
    """Test whether the distance from the data falls as T grows."""
    found = swept(evidence, METRIC, ARM, "T")
    if trend(swept(evidence, METRIC, CONTROL, "T"), rising=False).word() == "holds":
        raise NotTestable(
            "with steps that stay as large for every T, the control, samples get better with T too:"
            " then it is not that steps get smaller"
        )
    better = trend(found, rising=False)
    few, many = min(found), max(found)
    least = min(found, key=lambda steps: mean_of(found[steps]).estimate)
    by_steps = ", ".join(
        f"{mean_of(values).estimate:.4f} at T = {steps:g}" for steps, values in found.items()
    )
    return better.finding(
        f"energy distance from new data: {by_steps}, least at T = {least:g}; from T = {few:g} to"
        f" {many:g} it changes by {difference(found[many], found[few]).estimate:+.4f}; the"
        " correlation of quality with T inside a seed",
        evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Samples that get better, worse, neither, and better with a constant schedule too."""

    def made(
        distances: Sequence[float], constant: float = 0.0, noise: float = 0.002
    ) -> RowEvidence:
        sizes = (10, 100, 1000)
        points = {
            ARM: dict(zip(sizes, distances, strict=True)),
            CONTROL: {size: 0.3 + constant * at for at, size in enumerate(sizes)},
        }
        return RowEvidence(sweep_rows(points, name="T", metric=METRIC, noise=noise))

    return (
        Control("better", made((0.3, 0.2, 0.1), 0.01), "holds"),
        Control("worse", made((0.1, 0.2, 0.3), 0.01), "refuted"),
        Control("no trend", made((0.2, 0.2, 0.2), 0.01, noise=0.05), "inconclusive"),
        Control("a constant one too", made((0.3, 0.2, 0.1), -0.1), "not testable here"),
    )


CLAIM = Claim(
    title="samples of DDPM get better with T",
    sentence="The squared distance is a good loss only for small steps, so that samples get better"
    " the larger T is.",
    source="Su Jianlin, kexue.fm/archives/9119 (2022-06-13); no table is printed for it;"
    " paraphrased",
    decision_rule="Networks are trained with equally many updates for several T, on the published"
    " schedule, rescaled so that as much noise is added in all. The number is Spearman's"
    " correlation of T with the quality of samples, minus their energy distance from new data"
    " (on CIFAR-10 of features of a classifier that is trained in the run), inside a seed, mean"
    " over seeds. Holds when Page's test at 5% finds that quality rises with T,"
    " refuted when one finds that it falls, inconclusive otherwise; made-up and real data each by"
    " themselves. Not testable where quality rises with T too when all steps of every T are equally"
    " large, the control.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={
            "evaluator": ("ddpm", "ddpm_cifar10"),
            "task": ("2-D mixture", "digits", "cifar10"),
            "metric": (METRIC,),
        },
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=9119,
    version="2",
)
