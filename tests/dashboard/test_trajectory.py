"""The tab of training runs, which only boards with some have."""

import shutil

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.steps import step_lines
from dashboard.leaderboards.trajectory import label_of
from db import open_store
from flows.boards.importing import import_board
from flows.importers._draft import Asked
from tests.dashboard.look import everything


@pytest.fixture(scope="module")
def steps(empty_store, tmp_path_factory) -> str:
    """The URL of a store with a board of two runs, one of which jumps at step 256."""
    folder = tmp_path_factory.mktemp("steps")
    rng = np.random.default_rng(0)
    lines = ["model,t,u"]
    for name, height in (("org/x-7b", 0.4), ("org/x-1b", 0.0)):
        for step in (0, *(2**k for k in range(13))):
            t, u = 0.3 + 0.01 * rng.standard_normal(2)
            lines.append(f"{name}-step{step},{t + height * (step >= 256):.4f},{u:.4f}")
    (folder / "t.csv").write_text("\n".join(lines))
    url = f"duckdb:///{shutil.copy(empty_store, folder)}"
    import_board(open_store(url), "csv", folder / "t.csv", Asked("mine", "2026"))
    return url


def test_the_tab_describes_each_run(open_page, steps):
    app = open_page(steps, "leaderboards", board="mine", view="Trajectory", curve="t")
    table = next(d.value for d in app.dataframe if "jumps" in d.value)
    assert table.run.tolist() == ["org/x-7b", "org/x-1b"]
    assert table.jumps[0].endswith("between 128 and 256")
    assert table.jumps[1] == "none"
    assert "curve=t" in everything(app)
    app = open_page(steps, "leaderboards", board="mine", view="Trajectory", training="org/x-1b")
    table = next(d.value for d in app.dataframe if "jumps" in d.value)
    assert table.run.tolist() == ["org/x-1b"]


def test_boards_without_runs_have_no_tab(open_page, full):
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021")
    assert "Trajectory" not in [tab.label for tab in app.tabs]


@pytest.mark.parametrize(
    ("runs", "labels"),
    [
        (["org/m-70m", "org/m-160m"], ["70m", "160m"]),
        (["org/m"], ["m"]),
        (["m", "m 5-shot"], ["m", "m 5-shot"]),
        (["a/x", "b/x"], ["a/x", "b/x"]),
    ],
)
def test_runs_are_labelled_by_what_tells_them_apart(runs, labels):
    assert [label_of(run, runs) for run in runs] == labels


def test_a_chart_of_steps_without_0_and_of_few_points_is_drawn():
    points = pd.DataFrame({"run": "r", "label": "r", "step": [300.0, 400.0], "score": [1.0, 1.0]})
    made = step_lines(points, pd.DataFrame(), y="t").to_dict()
    axis = made["layer"][0]["encoding"]["x"]
    assert axis["axis"]["values"] == [300, 400]
    assert axis["scale"]["domain"][0] == 300
