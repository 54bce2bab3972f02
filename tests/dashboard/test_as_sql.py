"""Tables as queries: the page SQL gets the query that gave the very rows."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.as_sql import filled, sql_of
from dashboard.leaderboards.board_sql import board_sql
from dashboard.leaderboards.view import view_of
from dashboard.queries import claims, clue, compare, overview, sts
from db import open_store, run_query
from evaluators.averaging import Treatment, find_treatment
from evaluators.averaging.selection import Selection, select
from flows.boards.leaderboards import load_board


def asked(url: str, sql: str) -> list[tuple]:
    """Return the rows of a query, asked as the page SQL asks."""
    return [tuple(row) for row in run_query(open_store(url).url, sql, max_rows=1000).rows]


@pytest.mark.parametrize(
    ("question", "params"),
    [
        (overview.passes, ("night-2",)),
        (sts.scores, ()),
        (claims.standing, ()),
        (compare.nights, ("night-1", "night-2")),
        (clue.means, ("it's", "dev", "accuracy")),
    ],
)
def test_query_gives_the_rows_of_the_page(full: str, question, params: tuple) -> None:
    with open_store(full).read() as connection:
        shown = question(connection, *params)
    found = asked(full, sql_of(question, *params))
    assert len(found) == len(shown)
    first = [row[0] for row in found]
    assert first == shown.iloc[:, 0].tolist()


def test_values_are_literals_and_casts_stay() -> None:
    sql = "SELECT :a, b::text, ':not' || :ab FROM x WHERE y IN :many AND z = :none"
    written = filled(sql, {"a": "it's", "ab": 2, "many": ["p", "q"], "none": None})
    assert (
        written == "SELECT 'it''s', b::text, ':not' || 2 FROM x WHERE y IN ['p', 'q'] AND z = NULL"
    )


def test_board_query_has_the_ranks_of_the_page(full: str) -> None:
    board = load_board("superglue", "2021")
    view = view_of(board, "whole", Treatment(), 0.0)
    found = asked(full, board_sql(view))
    assert [(row[0], row[1]) for row in found] == [(r.rank, r.model) for r in view.ranking.ranked]


def test_board_query_of_a_selection_has_the_scores_that_count(full: str) -> None:
    whole = load_board("superglue", "2021")
    treatment = find_treatment("per-task")
    board, chosen = select(whole, treatment, Selection(tasks=("RTE", "WiC")))
    found = asked(full, board_sql(view_of(board, "two", chosen, 1.0)))
    assert {row[2] for row in found} == {"RTE", "WiC"}
    assert len(found) == int((~np.isnan(board.values)).sum())


def test_tables_have_a_door_to_the_page_sql(open_page, full: str) -> None:
    for address in ("leaderboards?board=superglue", "nights?night=night-1", "claims"):
        app = open_page(full, address, folded=True)
        assert not app.exception
        labels = [link.proto.label for link in app.get("page_link")]
        assert "Open as SQL" in labels, address
