"""Models of a board compared task by task."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats

from dashboard.charts.paired_tasks import paired_tasks
from dashboard.compared.pair_words import sentence
from dashboard.leaderboards.tiers import groups_of
from dashboard.leaderboards.view import view_of
from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.averaging.stability.pair import paired_models
from flows.boards.leaderboards import read_board
from tests.dashboard.look import everything


def plain(html: str) -> str:
    """Return the text of some HTML."""
    return re.sub(r"<[^>]*>", "", html)


def test_the_sentence_has_the_paired_difference_and_its_interval(open_page, full: str) -> None:
    where = {"what": "models", "board": "superglue", "snapshot": "2022-01"}
    app = open_page(full, "compare", **where)
    assert not app.exception
    assert app.multiselect(key="model").value == ["SS-MoE", "Turing NLR v5"]
    app.multiselect(key="model").set_value(["SS-MoE", "RoBERTa"]).run()
    board = read_board("superglue", "2022-01")
    found = paired_models(
        board,
        TREATMENTS["per-task"],
        1.0,
        board.models.index("SS-MoE"),
        board.models.index("RoBERTa"),
    )
    test = stats.ttest_1samp(found.differences, 0).confidence_interval(0.95)
    said = plain(everything(app))
    assert (
        f"SS-MoE scores higher than RoBERTa by {found.difference:.2f} (95%: {test.low:.2f} to"
        f" {test.high:.2f}) over 8 tasks when only these two are compared; among all 24 ranked"
        " models of the board they are told apart, in tiers 1 and "
    ) in said
    assert "is ahead on 8 of the tasks" in said


def test_three_models_are_three_pairs(open_page, full: str) -> None:
    app = open_page(full, "compare", what="models", board="superglue", snapshot="2022-01")
    app.multiselect(key="model").set_value(["SS-MoE", "Turing NLR v5", "T5"]).run()
    assert not app.exception
    assert plain(everything(app)).count("over 8 tasks when only these two") == 3
    app.multiselect(key="model").set_value(["T5"]).run()
    assert "Choose two or three models" in everything(app)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"what": "smell"}, "a comparison of &#x27;smell&#x27;"),
        ({"what": "models", "board": "superglue", "model": "nobody"}, "the model &#x27;nobody"),
        ({"what": "models", "board": "nope"}, "the board &#x27;nope&#x27;"),
    ],
)
def test_what_a_link_asks_for_and_is_not_here_is_said(
    open_page, full: str, asked: dict[str, str], said: str
) -> None:
    assert said in everything(open_page(full, "compare", **asked))


def test_models_that_cannot_be_told_apart_are_called_that() -> None:
    values = np.array([[0.5, 0.6, 0.7, 0.5], [0.7, 0.5, 0.5, 0.7]])
    columns = tuple(Column(f"t{j}", f"t{j}", unit_max=1.0) for j in range(4))
    board = Board("b", "1", ("low", "high"), columns, values)
    view = view_of(board, "told apart", TREATMENTS["per-task"], 1.0)
    found = paired_models(board, view.treatment, 1.0, 0, 1)
    said = plain(sentence(view, (0, 1), found, None))
    assert said.startswith(
        "high and low cannot be told apart over 4 tasks when only these two are compared (2.50,"
    )


def test_two_that_differ_alone_may_share_a_tier_among_many() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(40, 12))
    noise[1] = noise[0] - 0.5 + 0.6 * rng.normal(size=12)
    columns = tuple(Column(f"t{j}", f"t{j}") for j in range(12))
    board = Board("many", "1", tuple(f"m{i}" for i in range(40)), columns, 50 + noise)
    view = view_of(board, "many", TREATMENTS["per-task"], 1.0)
    found = paired_models(board, view.treatment, 1.0, 0, 1)
    alone = stats.ttest_rel(board.values[0], board.values[1]).pvalue
    assert alone < 0.05
    assert alone * 40 * 39 / 2 > 0.05, "not by Bonferroni, who is stricter than tiers"
    groups = groups_of("many", view.treatment, 1.0, board)
    said = plain(sentence(view, (0, 1), found, groups))
    assert said.startswith("m0 scores higher than m1 by ")
    assert (
        "when only these two are compared; among all 40 ranked models of the board they cannot be"
        " told apart and share tier 1."
    ) in said


def test_the_chart_has_the_mean_first_and_one_interval() -> None:
    import pandas as pd

    points = pd.DataFrame(
        {
            "task": ["mean", "a", "b"],
            "difference": [0.5, 2.0, -1.0],
            "low": [-1.0, np.nan, np.nan],
            "high": [2.0, np.nan, np.nan],
            "first": [np.nan, 5.0, 4.0],
            "second": [np.nan, 3.0, 5.0],
        }
    )
    made = paired_tasks(points, ["difference"]).to_dict()
    assert len(made["layer"]) == 4
    assert len(paired_tasks(points.assign(low=np.nan), ["difference"]).to_dict()["layer"]) == 3


@pytest.mark.parametrize("page", ["compare?what=models", "leaderboards"])
def test_browser_is_told_that_another_board_has_another_snapshot(
    open_page, full: str, page: str
) -> None:
    app = open_page(full, page, board="superglue", snapshot="2021")
    box = app.selectbox(key="board").set_value("mteb-classic-en").run().selectbox(key="snapshot")
    assert not app.exception
    assert box.options == ["2025-02"]
    assert (box.proto.set_value, box.proto.raw_value) == (True, "2025-02")
