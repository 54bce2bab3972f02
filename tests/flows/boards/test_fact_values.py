"""Facts about models are read from text."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import Store
from evaluators.model_facts.facts import Fact
from flows.boards.board_file import read_board
from flows.boards.fact_values import read_fact
from flows.boards.leaderboards import store_boards
from flows.boards.stored import stored_board
from flows.errors import LeaderboardError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("parameters", "7B", 7e9),
        ("parameters", "350M", 350e6),
        ("parameters", "22713216", 22713216.0),
        ("parameters", "1.5e9", 1.5e9),
        ("parameters", "14.3 Billion", 14.3e9),
        ("parameters", "13b*", 13e9),
        ("parameters", "~7B", 7e9),
        ("parameters", "0.596 B params", 596e6),
        ("parameters", "1,543,268,864", 1543268864.0),
        ("parameters", "110 million", 110e6),
        ("parameters", "1.6T", 1.6e12),
        ("context_tokens", "2,048", 2048.0),
        ("zero_shot", "82%", 0.82),
        ("open_weights", "✔️", True),
        ("open_weights", "Proprietary", False),
        ("release_date", "2024/06/29", "2024-06-29"),
        ("context_tokens", "32k", 32000.0),
        ("open_weights", "TRUE", True),
        ("open_weights", "no", False),
        ("release_date", "2024-06", "2024-06"),
        ("release_date", "2024-06-29T10:00:00Z", "2024-06-29"),
        ("licence", " apache-2.0 ", "apache-2.0"),
        ("zero_shot", "0.82", 0.82),
    ],
)
def test_a_value_is_read_as_people_write_it(name: str, text: str, value: object) -> None:
    assert read_fact(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("parameters", "-1"),
        ("parameters", "1e999"),
        ("parameters", "many"),
        ("parameters", "7 or 8B"),
        ("parameters", "MoE 8x7B"),
        ("parameters", "8x7B"),
        ("parameters", "7,24"),
        ("parameters", ">100B"),
        ("parameters", "14 GB"),
        ("parameters", "7e9B"),
        ("parameters", "1e9999"),
        ("parameters", "7B (2B active)"),
        ("instructions", "open"),
        ("open_weights", "perhaps"),
        ("release_date", "2024-13"),
        ("release_date", "June 2024"),
        ("zero_shot", "82"),
        ("licence", ""),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, text: str) -> None:
    with pytest.raises(LeaderboardError, match=name):
        read_fact(name, text)


@pytest.mark.parametrize(
    ("text", "factor", "value"),
    [("7.24", 1e9, 7.24e9), ("7B", 1e9, 7e9), ("350M", 1e9, 350e6), ("335", 1e6, 335e6)],
)
def test_a_unit_of_its_own_goes_before_that_of_the_column(
    text: str, factor: float, value: float
) -> None:
    assert read_fact("parameters", text, factor=factor) == value


def _write(folder: Path, table: str) -> None:
    place = folder / "tiny"
    place.mkdir(parents=True)
    (place / "board.yaml").write_text(
        "name: tiny\ntitle: Tiny\nunit_max: 100\n"
        "columns: [{name: A, task: A, metric: accuracy, languages: [eng, zho]}]\n"
        "snapshots: {'2026': {dated: '2026', source: here, facts_source: model cards}}\n"
    )
    (place / "2026.csv").write_text(table)


_HEADER = "model,submitted_by,is_human,published_score"


def test_a_board_file_holds_facts_and_the_store_returns_them(store: Store, tmp_path: Path) -> None:
    columns = "fact.parameters,fact.open_weights,fact.licence"
    _write(tmp_path, f"{_HEADER},A,{columns}\nx,,0,,50,7B,yes,mit\ny,,0,,60,,,\n")
    board = read_board("tiny", root=tmp_path)
    source = "model cards"
    assert board.facts == (
        {
            "parameters": Fact(7e9, source),
            "open_weights": Fact(True, source),
            "licence": Fact("mit", source),
        },
        {},
    )
    store_boards(store, root=tmp_path)
    stored = stored_board(store, "tiny", "2026")
    assert stored.facts == board.facts
    assert stored.columns[0].languages == ("eng", "zho")
    with store.read() as connection:
        long = connection.exec_driver_sql(
            "SELECT model, fact, number, text, source FROM model_facts ORDER BY fact"
        ).fetchall()
        wide = connection.exec_driver_sql(
            "SELECT model, parameters, open_weights, licence FROM leaderboard_models ORDER BY model"
        ).fetchall()
    assert [tuple(row) for row in long] == [
        ("x", "licence", None, "mit", source),
        ("x", "open_weights", 1.0, None, source),
        ("x", "parameters", 7e9, None, source),
    ]
    assert [tuple(row) for row in wide] == [("x", 7e9, True, "mit"), ("y", None, None, None)]


def test_a_single_fact_may_have_a_source_of_its_own(tmp_path: Path) -> None:
    _write(tmp_path, f"{_HEADER},A,fact.parameters,fact.zero_shot\nx,,0,,50,7B,0.95\n")
    path = tmp_path / "tiny" / "board.yaml"
    more = "facts_source: model cards, fact_sources: {zero_shot: a table}"
    path.write_text(path.read_text().replace("facts_source: model cards", more))
    (facts,) = read_board("tiny", root=tmp_path).facts
    assert {name: fact.source for name, fact in facts.items()} == {
        "parameters": "model cards",
        "zero_shot": "a table",
    }


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("fact.params", "7B", "parameters"), ("fact.parameters", "lots", "row 2 .*fact.parameters")],
)
def test_a_faulty_fact_is_refused_with_its_place(
    tmp_path: Path, column: str, value: str, message: str
) -> None:
    _write(tmp_path, f"{_HEADER},A,{column}\nx,,0,,50,{value}\n")
    with pytest.raises(LeaderboardError, match=message):
        read_board("tiny", root=tmp_path)
