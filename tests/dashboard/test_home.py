"""The first page: a story computed from a board, tiles, claims, changes and trust."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.home.story import FILE, chosen, ordinal, tell
from dashboard.queries import home, tiles
from db import open_store
from evaluators.averaging import Board, Column
from evaluators.averaging.common_tasks import complete_cells
from flows.boards import bundled_store
from flows.boards.leaderboards import load_board
from tests.dashboard.look import everything


def board(scores: list[list[float]], human: int | None = None) -> Board:
    values = np.array(scores, dtype=float)
    rows = range(len(values))
    return Board(
        name="made-up",
        snapshot="1",
        columns=tuple(Column(f"t{j}", f"T{j}", "accuracy") for j in range(values.shape[1])),
        models=tuple("Humans" if i == human else f"model {i}" for i in rows),
        is_human=tuple(i == human for i in rows),
        values=values,
        published=np.full(len(values), np.nan),
    )


def test_humans_above_whom_one_task_alone_puts_models() -> None:
    # Without T2 the humans are first; with it two models are above them under every mean.
    told = tell(board([[80, 80, 99, 80], [79, 79, 99, 79], [81, 81, 60, 81]], human=2))
    assert told.question == "Are humans beaten on made-up?"
    assert told.answer == "Yes, by two systems, but it hangs on one task."
    assert told.sentences[0] == (
        "Two systems are above humans under the arithmetic and geometric and harmonic mean."
    )
    assert told.sentences[-1] == "Without T2 humans are 1st."


def test_humans_who_are_first() -> None:
    told = tell(board([[80, 80, 80], [90, 90, 90]], human=1))
    assert told.answer == "No, no system is above them."
    assert told.sentences[0].startswith("No systems are above humans")


def test_board_without_humans_tells_of_its_leader() -> None:
    told = tell(board([[80, 80, 80], [90, 90, 90]]))
    assert told.question == "Who leads made-up?"
    assert told.answer == "model 1. It is first in 100% of other draws of the tasks."


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number: int, said: str) -> None:
    assert ordinal(number) == said


def test_file_beside_the_store_chooses_the_story(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    assert chosen(store)["board"] == "superglue"
    (tmp_path / FILE.name).write_text('board = "glue"')
    assert chosen(store) == {"board": "glue"}
    (tmp_path / FILE.name).write_text("no toml")
    assert chosen(store)["board"] == "superglue"


def test_first_page_tells_of_superglue_with_tiles_and_changes(open_page, full: str) -> None:
    app = open_page(full)
    assert not app.exception
    shown = everything(app)
    assert "Yes, by five systems, but it hangs on one task." in shown
    assert "six systems under the harmonic mean" in shown
    assert "Without MultiRC humans are 2nd." in shown
    assert "first in 96% of other draws of the tasks" in shown  # voyage-3-m-exp on MTEB
    assert "adds up: 204 of 204 averages" in shown
    assert 'href="leaderboards?board=glue&amp;snapshot=2022-01"' in shown
    assert "1 failure still open" in shown
    assert "1 of 1 published score of the same weights" in shown


def test_a_tile_counts_the_tasks_that_the_page_of_the_board_counts(open_page, full: str) -> None:
    """GLUE has 11 tasks in its columns: one is a diagnostic, and two are halves of one."""
    with open_store(full).read() as connection:
        found = tiles.boards(connection).set_index("board")
    for name, row in found.iterrows():
        board = load_board(str(name), str(row.snapshot))
        assert row.tasks == len(complete_cells(board)[0]), name
    assert found.tasks["glue"] == 9
    assert "105 models ranked · 9 tasks" in everything(open_page(full))
    assert "9 tasks" in everything(open_page(full, "leaderboards", board="glue"))


def test_bundled_boards_are_shown_where_the_store_has_none(
    open_page, empty: str, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file that is not written yet changes nothing.
    monkeypatch.setenv(bundled_store.SETTING, str(tmp_path / "boards.duckdb"))
    assert "Are humans beaten" not in everything(open_page(empty))
    bundled_store.write(tmp_path / "boards.duckdb", ("superglue",))
    assert {path.name for path in tmp_path.iterdir()} == {"boards.duckdb", "boards.duckdb.lock"}
    for url in (empty, f"duckdb:///{tmp_path}/none.duckdb"):
        app = open_page(url)
        assert not app.exception
        shown = everything(app)
        assert "Yes, by five systems" in shown
        assert "some that ship with rankcheck" in shown
        assert "rankcheck run" in shown
    assert "that ship with rankcheck" not in everything(open_page(full))
    assert not bundled_store.has_boards(open_store(empty))
    assert bundled_store.has_boards(open_store(full))


def test_trust_counts_scores_of_the_same_weights_alone(full: str) -> None:
    with open_store(full).read() as connection:
        found = home.trust(connection)
    assert (found["published"], found["again"]) == (1, 1)
    assert found["furthest"] == pytest.approx(0.0001)
