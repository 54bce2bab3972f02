"""The fewer words a decoder keeps, the more it repeats itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.repetition import SOURCE
from evaluators.claims.judging.trends import mean_of, sweep_rows, swept, trend

METRIC, NAME = "cut_mass", "kept"
ARM, CONTROL = "likeliest words", "mixed with uniform"


def judge(evidence: RowEvidence) -> Finding:
    """Test for a trend, where the control has none of that kind."""
    numbers = swept(evidence, METRIC, ARM, NAME)
    other = trend(swept(evidence, METRIC, CONTROL, NAME), rising=False)
    if other.word() == "holds":
        raise NotTestable(
            "R also rises the more of the table is replaced by uniform probabilities, the control"
        )
    found = trend(numbers, rising=False)
    means = {count: mean_of(values) for count, values in numbers.items()}
    return found.finding(
        "R is "
        + ", ".join(f"{each.estimate:.2f} with {count:g}" for count, each in means.items())
        + " words kept; the correlation with fewer words inside a seed",
        evidence.look,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """More the fewer, less the fewer, nothing, and a control that behaves the same."""
    rising: Mapping[int, float] = {1: 15.0, 2: 1.0, 3: 0.5, 20: 0.2}
    falling = dict(zip(rising, (0.2, 0.5, 1.0, 15.0), strict=True))

    def made(
        by_count: Mapping[int, float], control: Mapping[int, float] = falling, noise: float = 0.01
    ) -> RowEvidence:
        points = {ARM: by_count, CONTROL: control}
        return RowEvidence(sweep_rows(points, name=NAME, metric=METRIC, noise=noise))

    return (
        Control("more", made(rising), "holds"),
        Control("less", made(falling), "refuted"),
        Control("no trend", made(dict.fromkeys(rising, 0.5), noise=0.1), "inconclusive"),
        Control("the control too", made(rising, rising), "not testable here"),
    )


CLAIM = Claim(
    title="cutting words off raises repetition",
    sentence="The fewer of the likeliest words are kept, the more a decoder repeats itself.",
    source=SOURCE + "; paraphrased. Nothing is printed for it",
    decision_rule="The number is Spearman's correlation inside a table of R with the number of kept"
    " words, reversed; mean over tables. Page's test for a trend over the numbers of kept words,"
    " from all to one, decides at 5%: holds when R rises, refuted when it falls, inconclusive"
    " otherwise. Not testable where R rises as well while more and more of the table is replaced by"
    " uniform probabilities, the control.",
    evidence=RowsOf(
        "arm_scores",
        by=("task",),
        among={"evaluator": ("seq2seq_repetition",), "metric": (METRIC,)},
    ),
    judge=judge,
    controls=controls,
    level="small",
    article=8128,
    version="2",
)
