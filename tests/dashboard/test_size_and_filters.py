"""Models filtered by their facts, and score against size."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.front import front_chart, front_labels, front_points
from dashboard.leaderboards.models import KEYS
from db import open_store
from db.leaderboards import write_boards
from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.averaging.pareto import pareto_front
from evaluators.model_facts.facts import Fact
from flows.boards.stored import board_rows
from tests.dashboard.look import everything
from tests.dashboard.stores import HOSTILE

VIEWS = ("Means", "Size", "Heat map", "Which task decides", "Snapshots", "All means")
SIZES = (0.0, 1e8, 3e8, 7e9, 7e9, 7.1e10, None, None)
NAMES = ("none", "org/small", "org/medium", "org/big", "org/other", "org/huge", "api", "Human")


def sized(snapshot: str = "2026", names: tuple[str, ...] = NAMES, **more: object) -> Board:
    """Return a board on which all but the second model of 7B is better the larger it is."""
    base = np.array([10.0, 50.0, 60.0, 80.0, 75.0, 81.0, 90.0, 95.0])
    values = base[:, None] + np.random.default_rng(3).normal(0, 1, (8, 7))
    facts = tuple(
        {} if size is None else {"parameters": Fact(size), "open_weights": Fact(size != 7.1e10)}
        for size in SIZES
    )
    return Board(
        "sized",
        snapshot,
        names,
        tuple(Column(f"t{j}", f"t{j}") for j in range(7)),
        values,
        is_human=(False,) * 7 + (True,),
        facts=more.pop("facts", facts),
        **more,
    )


@pytest.fixture(scope="module")
def store(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('sized'))}"
    boards = [sized("2025", facts=({},) * 8), sized()]
    write_boards(open_store(url), [board_rows(board, source="made up") for board in boards])
    return url


def ranked(app) -> list[str]:
    shown = next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))
    return [name for name in NAMES if name in shown.model.str.removesuffix(" (human)").tolist()]


def test_filters_are_one_condition_of_the_treatment(open_page, store: str) -> None:
    asked = {"parameters-most": "10000", "open_weights": "yes", "where": "model <> 'org/other'"}
    app = open_page(store, "leaderboards", board="sized", snapshot="2026", **asked)
    condition = "parameters <= 10000000000 AND open_weights AND (model <> 'org/other')"
    shown = everything(app).replace("&lt;", "<").replace("&gt;", ">").replace("&#x27;", "'")
    assert f"4 of 8 models match {condition}; 2 are left out because a fact" in shown
    assert ranked(app) == ["none", "org/small", "org/medium", "org/big"]
    link = next(code.value for code in app.code if "board=sized" in code.value)
    assert "parameters-most=10000.0" in link
    assert "open_weights=yes" in link
    assert "where=model+%3C%3E+%27org%2Fother%27" in link


def test_every_control_filters_and_is_forgotten_where_the_fact_is_unknown(
    open_page, store: str
) -> None:
    app = open_page(store, "leaderboards", board="sized", snapshot="2026")
    assert len(ranked(app)) == 8
    app.number_input(key="parameters-least").set_value(7000.0).run()
    assert ranked(app) == ["org/big", "org/other", "org/huge"]
    app.segmented_control(key="open_weights").set_value("no").run()
    assert ranked(app) == ["org/huge"]
    app.selectbox(key="snapshot").set_value("2025").run()
    assert not app.exception
    assert len(ranked(app)) == 8, "nothing of that snapshot's models is known"
    assert "This board states no facts about its models" in everything(app)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("params < 1", "did you mean &#x27;parameters&#x27;?"),
        ("parameters < 0", "none of the 8 models matches parameters &lt; 0; of 2 a fact"),
        ("true; DROP TABLE models", "without a semicolon"),
        ("licence = '<script>window.stolen=1</script>'", "of 8 a fact it asks for is unknown"),
    ],
)
def test_a_condition_that_cannot_be_shown_is_explained_and_the_control_stays(
    open_page, store: str, where: str, message: str
) -> None:
    app = open_page(store, "leaderboards", board="sized", snapshot="2026", where=where)
    assert not app.exception
    assert message in everything(app)
    assert "<script>" not in everything(app)
    app.text_input(key="where").set_value("").run()
    assert len(ranked(app)) == 8


@pytest.mark.parametrize("view", VIEWS)
def test_a_condition_counts_in_every_view(open_page, store: str, view: str) -> None:
    where = {"snapshot": "2026", "where": "parameters > 1 OR is_human", "view": view}
    app = open_page(store, "leaderboards", board="sized", **where)
    assert not app.exception
    shown = everything(app)
    assert "6 of 8 models ranked" in shown
    if view == "Size":
        assert "4 of the 5 models of known parameters are on the front" in shown
    if view == "Snapshots":
        table = next(d.value for d in app.dataframe if "corrected" in d.value)
        assert table.ranked.tolist() == ["6 of 6", "1 of 1"], "of 2025 only the human row matches"


def test_the_front_is_listed_with_what_resampling_says(open_page, store: str) -> None:
    app = open_page(store, "leaderboards", board="sized", snapshot="2026", view="Size")
    assert not app.exception
    table = next(d.value for d in app.dataframe if "on front" in d.value)
    assert table.model.tolist() == ["none", "org/small", "org/medium", "org/big", "org/huge"]
    assert table["rank"].tolist() == [8, 7, 6, 4, 3]
    assert table["on front"].tolist()[:4] == [100.0] * 4
    assert 50 < table["on front"].tolist()[4] <= 100
    assert table.gain.tolist()[0] == "–"
    assert "5 of the 6 models of known parameters are on the front" in everything(app)


def test_a_board_without_sizes_says_where_they_come_from(open_page, store: str) -> None:
    app = open_page(store, "leaderboards", board="sized", snapshot="2025", view="Size")
    assert "No ranked model of this board has a known size" in everything(app)
    assert any("rankcheck import csv" in code.value for code in app.code)


def test_names_of_controls_are_their_own() -> None:
    taken = {"board", "snapshot", "p", "treatment", "top", "view", "search", "row", "rival", "by"}
    assert not taken & set(KEYS)
    assert len(set(KEYS)) == len(KEYS)


@pytest.fixture(scope="module")
def points() -> pd.DataFrame:
    names = (*HOSTILE[:6], "org/" + "x" * 300, "Human")
    front = pareto_front(sized(names=names), TREATMENTS["per-task"], resamples=100)
    return front_points(front, names, marked={4})


def test_the_chart_draws_every_model_of_known_size(points: pd.DataFrame) -> None:
    assert points.kind.tolist() == ["pinned or found", *["on the front"] * 5]
    assert points.x.tolist() == [7e9, 5e7, 1e8, 3e8, 7e9, 7.1e10], "a logarithm has no 0"
    made = front_chart(points, "parameters").to_dict()
    text = str({name: part for name, part in made.items() if name != "datasets"})
    assert "stolen" not in text, "a name is data and nothing else"


def test_labels_keep_clear_of_each_other_and_name_the_best() -> None:
    front = pd.DataFrame(
        {
            "model": [f"org/model-{i}" for i in range(40)],
            "x": np.geomspace(1e6, 1e10, 40),
            "score": np.linspace(0.5, 0.8, 40),
            "share": [0.5] * 39 + [0.1],
        }
    )
    for more in (False, True):
        labels = front_labels(front, (0.4, 0.9), (1e5, 1e11), more=more)
        assert labels.label.iloc[0] == "model-39"
        assert 5 < len(labels) < 40
        heights = sorted(labels.score)
        assert min(np.diff(heights)) > 0
        assert labels.room.between(0, 1).all()
