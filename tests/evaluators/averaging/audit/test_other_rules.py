"""Boards whose published numbers are no means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluators.averaging import Board, Column, find_treatment, rules
from evaluators.averaging.audit import audit
from evaluators.averaging.audit.other_rules import other_rules
from flows.reports.audit import format_audit


def _board(gaps: bool = False) -> Board:
    values = np.random.default_rng(0).uniform(20, 95, (12, 6)).round(1)
    if gaps:
        values[3, 2] = np.nan
    return Board(
        "b",
        "1",
        tuple(f"m{i}" for i in range(12)),
        tuple(Column(f"t{j}", f"t{j}") for j in range(6)),
        values,
    )


def _published_by(board: Board, rule: str, factor: float, digits: int) -> Board:
    treatment = find_treatment(
        "per-task+any-available" if np.isnan(board.values).any() else "per-task"
    )
    scores = {r.position: r.score for r in rules.rank_by(board, treatment, rule).rows}
    published = [round(factor * (scores[i] or 0.0), digits) for i in range(len(board.models))]
    return replace(board, published=np.array(published))


@pytest.mark.parametrize(
    ("rule", "factor", "digits", "gaps"),
    [
        ("mean-win-rate", 1.0, 3, False),
        ("mean-win-rate", 100.0, 1, True),
        ("mean-rank", -1.0, 2, False),
        ("borda", 1.0, 0, False),
        ("copeland", 1.0, 0, False),
    ],
)
def test_the_rule_that_was_followed_comes_first(
    rule: str, factor: float, digits: int, gaps: bool
) -> None:
    board = _published_by(_board(gaps), rule, factor, digits)
    first = other_rules(board)[0]
    assert (first.rule, first.agree, first.same_rank) == (rule, first.compared, first.compared)


def test_the_audit_says_so_where_no_mean_does() -> None:
    found = audit(_published_by(_board(), "mean-win-rate", 1.0, 3))
    assert found.best is None or found.best.agree < 12
    said = format_audit(found)
    assert "Rules that are no means" in said
    assert "mean-win-rate" in said


def test_a_board_that_a_mean_explains_is_told_of_no_other_rule() -> None:
    board = _board()
    explained = replace(board, published=board.values.mean(axis=1).round(1))
    assert "Rules that are no means" not in format_audit(audit(explained))
    assert other_rules(board) == ()
