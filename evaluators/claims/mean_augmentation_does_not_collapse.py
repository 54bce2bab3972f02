"""A loss to the features of the mean augmentation does not collapse."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, Word, decided
from evaluators.claims.judging.collapse import (
    AVERAGE,
    COLLAPSED,
    HEALTHY,
    NEIGHBOURS,
    NO_STOP,
    SPEED,
    VARIATION,
    collapse_rows,
    in_words,
    made_up_spreads,
    numbers,
    state,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.trends import paired, swept
from evaluators.statistics import mean_interval

UNTRAINED = "untrained"


def judge(evidence: RowEvidence) -> Finding:
    """Compare how much features vary with those of untrained networks."""
    if not any(state(each) == "collapsed" for each in numbers(evidence, NO_STOP).values()):
        raise NotTestable("SimSiam without stop-gradient does not collapse: it must")
    untrained = swept(evidence, VARIATION, UNTRAINED, SPEED)
    # An arm without a predictor is the same at every speed.
    speed, values = next(iter(swept(evidence, VARIATION, AVERAGE, SPEED).items()))
    found = mean_interval([ours / base for ours, base in paired(values, untrained[speed])])
    states: dict[str, Word] = {
        "spread": "holds",
        "collapsed": "refuted",
        "between": "inconclusive",
    }
    right = {
        arm: next(iter(numbers(evidence, arm, NEIGHBOURS).values())) for arm in (AVERAGE, UNTRAINED)
    }
    return decided(
        found,
        states[state(found, evidence.look)],
        f"features vary as much as {found.estimate:.4f} times those of untrained networks; accuracy"
        f" of five neighbours: {in_words(right)}; {found.n} seeds",
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """No collapse, a collapse, half of one, and a bench on which nothing collapses."""

    def made(average: float, without: float = 0.02) -> RowEvidence:
        values = {AVERAGE: average, UNTRAINED: 1.0, NO_STOP: without}
        return RowEvidence(made_up_spreads({arm: {1.0: x} for arm, x in values.items()}))

    return (
        Control("no collapse", made(0.8), "holds"),
        Control("a collapse", made(0.02), "refuted"),
        Control("half of one", made(0.3), "inconclusive"),
        Control("nothing collapses", made(0.8, 0.8), "not testable here"),
    )


CLAIM = Claim(
    title="a loss to the mean augmentation does not collapse",
    sentence="Without predictor and stop-gradient, ‖F(T(x)) − F(x̄)‖² does not collapse, where x̄ is"
    " the mean of all augmentations of x.",
    source="Su Jianlin, kexue.fm/archives/7980 (2020-12-11), who leaves it as an open question;"
    " paraphrased",
    decision_rule="The number is the root mean square of the features of new digits about their"
    " mean, after training on the squared distance between the features of a view and those of the"
    " mean of all views, over that of untrained networks, mean over seeds, each optimiser by"
    f" itself. Holds when it is above {HEALTHY:g} by a t-test at 5%, refuted when it is below"
    f" {COLLAPSED:g}, inconclusive otherwise. Not testable where SimSiam without stop-gradient does"
    " not collapse, the control. The collapse number of SimSiam would not see that features shrink"
    " to 0, as it looks at directions.",
    evidence=collapse_rows("SGD", "Adam"),
    judge=judge,
    controls=controls,
    level="small",
    article=7980,
)
