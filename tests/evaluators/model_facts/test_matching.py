"""Models chosen by a condition on their facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Board, Column, rank
from evaluators.averaging.selection import Selection, select
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import Fact
from evaluators.model_facts.matching import COLUMNS, Value, match_models

BOARD = Board(
    "b",
    "2026",
    ("x", "y", "z", "Human"),
    (Column("s", "s"), Column("t", "t")),
    np.array([[90.0, 10.0], [60.0, 60.0], [50.0, 80.0], [99.0, np.nan]]),
    is_human=(False, False, False, True),
    submitted_by=("me", "", "", ""),
    published=np.array([50.0, np.nan, 65.0, 99.0]),
    facts=(
        {"parameters": Fact(7e9)},
        {"parameters": Fact(1e8), "open_weights": Fact(True)},
        {},
        {},
    ),
)


def small(
    columns: Mapping[str, str], rows: Sequence[Sequence[Value]], condition: str
) -> list[bool | None]:
    """Answer `parameters < 1e9 OR is_human` without SQL."""
    assert condition == "parameters < 1e9 OR is_human"
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    return [
        True
        if row["is_human"]
        else (None if row["parameters"] is None else row["parameters"] < 1e9)
        for row in named
    ]


WHERE = "parameters < 1e9 OR is_human"


def test_models_that_match_are_kept_and_the_unknown_counted() -> None:
    matches = match_models(BOARD, WHERE, small)
    assert matches.board.models == ("y", "Human")
    assert (matches.models, matches.unknown) == (4, 1)
    assert matches.headline == (
        f"2 of 4 models match {WHERE}; 1 is left out because a fact they are asked for is unknown"
    )


def test_each_row_has_what_the_view_has() -> None:
    seen: list[dict[str, Value]] = []

    def answer(columns: Mapping[str, str], rows: Sequence[Sequence[Value]], _: str) -> list[bool]:
        assert columns == COLUMNS
        seen.extend(dict(zip(columns, row, strict=True)) for row in rows)
        return [True] * len(rows)

    match_models(BOARD, "true", answer)
    known = [{name: value for name, value in row.items() if value is not None} for row in seen]
    about = {"board": "b", "snapshot": "2026"}
    assert known == [
        {
            **about,
            "model": "x",
            "submitted_by": "me",
            "is_human": False,
            "published_score": 50.0,
            "parameters": 7e9,
        },
        {**about, "model": "y", "is_human": False, "parameters": 1e8, "open_weights": True},
        {**about, "model": "z", "is_human": False, "published_score": 65.0},
        {**about, "model": "Human", "is_human": True, "published_score": 99.0},
    ]


def test_a_condition_that_nothing_matches_says_why() -> None:
    with pytest.raises(TreatmentError, match="none of the 4 models matches a; of 3 a fact it asks"):
        match_models(BOARD, "a", lambda *_: [False, None, None, None])


def test_ranks_are_among_the_models_that_match_and_the_treatment_says_so() -> None:
    selection = Selection(without=("s",), where=WHERE)
    board, treatment = select(
        BOARD, TREATMENTS["per-task"], selection, match_models(BOARD, WHERE, small)
    )
    ranking = rank(board, treatment)
    assert [(row.model, row.rank) for row in ranking.ranked] == [("y", 1)]
    assert treatment.name == f"per-task (without s; where {WHERE})"
    assert treatment.describe()[-1] == f"not everything counts alike: without s; where {WHERE}"


def test_a_condition_is_never_named_without_its_models() -> None:
    with pytest.raises(TreatmentError, match="find the models first"):
        select(BOARD, TREATMENTS["per-task"], Selection(where=WHERE))
    other = match_models(BOARD, "true", lambda *_: [True] * 4)
    with pytest.raises(TreatmentError, match="find the models first"):
        select(BOARD, TREATMENTS["per-task"], Selection(where=WHERE), other)
