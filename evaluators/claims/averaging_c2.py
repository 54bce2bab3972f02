"""C2: GLUE, SuperGLUE, XGLUE and XTREME are analysed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.claims.judging.boards import (
    FEWEST_MODELS,
    human_standing,
    ranked_under_all,
    speaks_of,
    too_few,
)
from evaluators.claims.judging.claim import Boards, Claim, Control, Finding, Home, NotTestable, Word
from evaluators.claims.judging.evidence import BoardEvidence
from evaluators.claims.judging.made_up import made_up

BOARDS = ("glue", "superglue", "xglue", "xtreme")


def judge(evidence: BoardEvidence) -> Finding:
    """Ask whether models and human row can be ranked under all three means."""
    board = evidence.board
    if not speaks_of(board, BOARDS):
        raise NotTestable(f"the claim does not speak of {board.title or board.name}")
    resampled = evidence.resampled
    ranked = ranked_under_all(resampled)
    models = sum(not board.is_human[i] for i in ranked)
    if why := too_few(models=models, tasks=len(resampled["arithmetic"].contest.tasks)):
        raise NotTestable(why)
    size = f"{models} of {sum(not h for h in board.is_human)} models ranked under all three means"
    if not any(board.is_human):
        return _found("inconclusive", f"{size}, but the board has no human row", models)
    try:
        standing = human_standing(evidence)
    except NotTestable as why:
        return _found("refuted", f"{size}, but {why}", models)
    return _found("holds", f"{size}, and {standing.ranks()} of {standing.size}", models)


def _found(word: Word, detail: str, models: int) -> Finding:
    return Finding(word, detail, statistic=float(models), threshold=float(FEWEST_MODELS))


def controls() -> Sequence[Control[BoardEvidence]]:
    """Boards named like those of the claim, with and without what an analysis needs."""
    scores = np.linspace(60, 90, 7)[:, None] + np.linspace(-9, 9, 4)
    gap = scores.copy()
    gap[0, 0] = np.nan
    return (
        Control("a full board", made_up(scores, human=0, name="glue"), "not testable here"),
        Control(
            "a human row with a gap", made_up(gap, human=0, name="superglue"), "not testable here"
        ),
        Control("no human row", made_up(scores, name="xtreme"), "not testable here"),
        Control("three systems", made_up(scores[:3], name="xglue-unique"), "not testable here"),
        Control("another board", made_up(scores, human=0, name="clue"), "not testable here"),
    )


CLAIM = Claim(
    title="GLUE, SuperGLUE, XGLUE, XTREME are analysed",
    sentence="GLUE, SuperGLUE, XGLUE and XTREME are analysed.",
    source="Shavrina and Malykh 2021, arXiv:2112.01342, abstract; paraphrased",
    article=8783,
    decision_rule="Not testable: the sentence is about the paper's own tables, which are not at"
    " hand, so that no board here decides it. What is said is whether these four boards carry the"
    " analysis: how many models are ranked under all three means (5 or more, over 3 tasks or more),"
    " and whether the human row is. The rule, if the tables were: Holds with such a row, refuted"
    " where it cannot be ranked, inconclusive where there is none.",
    evidence=Boards(),
    judge=judge,
    controls=controls,
    version="2",
    untestable="the paper's own tables are not at hand",
    home=Home("glue", "2021"),
)
