"""Long names on the axes of charts: wrapped where they can be, in full below where they cannot."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert

from dashboard.charts import beside_best, gaps, paired_tasks, without
from dashboard.charts.axis_names import Room, label_options, options_above
from tests.dashboard.look import everything
from tests.dashboard.stores import HOSTILE

LONG = "legalbench:subset=abercrombie,method=multiple_choice_joint"
ENDLESS = LONG + ",use_official_examples=False,use_chain_of_thought=True"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("RTE", ["RTE"]),
        (LONG, ["legalbench:subset=abercrombie,", "method=multiple_choice_joint"]),
        (
            "AmazonCounterfactualClassification (en)",
            ["AmazonCounterfactual", "Classification (en)"],
        ),
        ("x" * 40, ["x" * 30, "x" * 10]),
        (ENDLESS, ["legalbench:subset=abercrombie,", "method=multiple_choice_joint,…"]),
        ("two\nlines", ["two lines"]),
    ],
)
def test_a_name_is_broken_where_a_reader_would(name: str, lines: list[str]) -> None:
    room = Room(30, 2)
    assert room.wrap(name) == lines
    assert room.is_cut(name) == (name == ENDLESS)


def test_nothing_of_a_name_that_is_not_cut_is_lost() -> None:
    room = Room(12, 100)
    for name in (LONG, ENDLESS, "A-b_c/d:e,f.g=h|i+j k", *HOSTILE):
        one_line = "".join(" ".join(name.split()).split())
        assert "".join("".join(line.split()) for line in room.wrap(name)) == one_line


def test_labels_are_data_and_name_every_place() -> None:
    options = label_options(dict(enumerate(HOSTILE)), Room(20, 2))
    labels = json.loads(options["labelExpr"].removesuffix("[datum.value]"))
    assert list(labels) == [str(i) for i in range(len(HOSTILE))]


@pytest.mark.parametrize(("width", "named"), [(900, "abc"), (60, "abc"), (39, "abc"), (38, "ac")])
def test_columns_without_room_for_a_line_share_their_names(width: int, named: str) -> None:
    chart = alt.Chart(pd.DataFrame({"x": [0, 1, 2]})).mark_rect().encode(
        x=alt.X("x:O", axis=alt.Axis(**options_above(dict(enumerate("abc")), Room(30, 2))))
    )  # fmt: skip
    svg = vl_convert.vegalite_to_svg(chart.properties(width=width).to_dict())
    assert "".join(re.findall(r">([abc])</text>", svg)) == named


def test_every_chart_says_which_names_it_cuts() -> None:
    names, models = ["RTE", LONG, ENDLESS + ENDLESS], ["a", "org/" + "m" * 90]
    values = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    cells = gaps.gap_cells(names, models, values, values.max(axis=0))
    assert gaps.cut_names(cells) == [models[1], names[2]]
    ranks = np.array([[1, 2], [2, 1], [1, 2]])
    moved = without.without_cells(names, models, np.array([1, 2]), ranks)
    assert set(without.cut_names(moved)) == {models[1], names[1], names[2]}
    rows = pd.DataFrame({"task": names})
    assert paired_tasks.cut_names(rows) == beside_best.cut_names(rows) == [names[2]]


def test_a_page_lists_the_names_that_its_chart_cuts(open_page, long_names: str) -> None:
    for view in ("Heat map", "Which task decides"):
        shown = everything(open_page(long_names, "leaderboards", board="long", view=view))
        folded = shown.partition("Names that are cut above, in full")[2]
        assert ENDLESS in folded.replace("&#x27;", "'"), view
    app = open_page(long_names, "leaderboards", board="long")
    table = next(d for d in app.dataframe if ENDLESS in d.value)
    assert json.loads(table.proto.columns)[ENDLESS]["help"] == ENDLESS


@pytest.fixture(scope="module")
def long_names(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with a board whose tasks have long names, and one that decides."""
    from db import open_store
    from db.leaderboards import write_boards
    from evaluators.averaging import Board, Column
    from flows.boards.stored import board_rows

    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('long'))}"
    tasks = (LONG, ENDLESS, "RTE")
    values = np.array([[90.0, 10.0, 50.0], [60.0, 60.0, 60.0], [50.0, 40.0, 30.0]])
    board = Board("long", "1", ("a", "b", "c"), tuple(Column(x, x) for x in tasks), values)
    write_boards(open_store(url), [board_rows(board, source="made up")])
    return url
