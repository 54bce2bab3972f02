"""Facts of models have a fixed name and type."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.averaging import Board, Column
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import Fact
from evaluators.names import UnknownNameError


def _board(facts: dict[str, Fact]) -> Board:
    return Board(
        "b", "2026", ("x", "y"), (Column("t", "t"),), np.array([[1.0], [2.0]]), facts=({}, facts)
    )


def test_facts_follow_their_rows() -> None:
    board = _board({"parameters": Fact(7e9), "open_weights": Fact(True)})
    assert board.take(models=[1]).facts[0]["parameters"].value == 7e9
    assert board.take(models=[0]).facts == ({},)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parameters", "7B"),
        ("parameters", float("nan")),
        ("parameters", True),
        ("open_weights", 1.0),
        ("licence", 3.0),
        ("licence", " "),
    ],
)
def test_a_fact_of_another_type_is_refused(name: str, value: float | bool | str) -> None:
    with pytest.raises(TreatmentError, match=f"the fact {name} must be"):
        _board({name: Fact(value)})


def test_an_unknown_fact_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="parameters"):
        _board({"params": Fact(1.0)})
