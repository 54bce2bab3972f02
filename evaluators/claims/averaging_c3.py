"""C3: human level on SuperGLUE is still not reached."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.claims.judging.boards import OTHER_MEANS, human_standing, named, speaks_of
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, NotTestable, Word
from evaluators.claims.judging.evidence import RESAMPLES, BoardEvidence
from evaluators.claims.judging.made_up import made_up
from evaluators.statistics import percentiles


def judge(evidence: BoardEvidence) -> Finding:
    """Count the models that reach the human row under the geometric and the harmonic mean."""
    if not speaks_of(evidence.board, ("superglue",)):
        title = evidence.board.title or evidence.board.name
        raise NotTestable(f"the claim speaks of SuperGLUE, not of {title}")
    standing = human_standing(evidence)
    places = [standing.places[mean] for mean in OTHER_MEANS]
    reached = [place.above + place.tied for place in places]
    fewest = min(reached, key=len)
    low, high = percentiles(np.minimum(*(place.level_by for place in places)), occurring=True)
    verdict: Word
    if fewest:
        verdict = "refuted"
    elif any(reached):
        verdict = "inconclusive"
    else:
        verdict = "holds"
    by = f"reached by {named(fewest)}" if fewest else f"reached by none under {_by_none(reached)}"
    first_anyway = (
        ""
        if standing.places["arithmetic"].above
        else ("; the human row is first under the arithmetic mean too")
    )
    over_tasks = "over other tasks too" if low > 0 else "not told apart over other tasks"
    return Finding(
        verdict=verdict,
        detail=f"as printed; {over_tasks}: {standing.ranks()} of {standing.size}; {by}"
        f"{first_anyway}; {standing.chances()}",
        statistic=float(len(fewest)),
        ci_low=low,
        ci_high=high,
        threshold=0.0,
        rests_on=f"printed scores; {over_tasks}",
    )


def controls() -> Sequence[Control[BoardEvidence]]:
    """An even human row is what other means favour, an uneven one what they punish."""
    models: list[list[float]] = [[99.0, 97, 98, 40], [98, 99, 96, 42], [90, 90, 90, 40]]
    even: list[float] = [80.0] * 4
    uneven: list[float] = [99.0, 99, 99, 20]
    between: list[float] = [78.9] * 4  # of the second model's geometric and harmonic mean
    return (
        Control("an even human row", _board([*models, even]), "holds"),
        Control("an uneven human row", _board([*models, uneven]), "refuted"),
        Control("a model that equals it", _board([*models, models[0]]), "refuted"),
        Control("first under one mean only", _board([*models, between]), "inconclusive"),
        Control("another board", made_up([*models, even], human=3), "not testable here"),
    )


def _board(values: Sequence[Sequence[float]]) -> BoardEvidence:
    return made_up(values, human=len(values) - 1, name="superglue")


def _by_none(reached: Sequence[Sequence[str]]) -> str:
    means = [mean for mean, models in zip(OTHER_MEANS, reached, strict=True) if not models]
    return f"the {' and the '.join(means)} mean"


CLAIM = Claim(
    title="human level on SuperGLUE not reached",
    sentence="Human level on SuperGLUE is still not reached.",
    source="Shavrina and Malykh 2021, arXiv:2112.01342, abstract",
    article=8783,
    decision_rule="The number is how many models are at or above the human row under the"
    " geometric and the harmonic mean, the smaller of the two, which favours the claim; ties"
    " count as reached. Holds when it is 0 under both, refuted when it is at least 1 under both,"
    " inconclusive otherwise. The claim is about the board as it stood, not about other tasks, so"
    f" the printed scores decide; the 95% interval, from drawing the tasks anew {RESAMPLES:,}"
    " times, says how far that rests on these tasks. Not testable without a ranked human row, and"
    " on other boards.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    home=Home("superglue", "2021"),
)
