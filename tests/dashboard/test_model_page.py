"""The page of one model: its boards, tasks, measurements and weights, and the ways to it."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.one_model.identity import find_model
from db import open_store
from evaluators.averaging import Treatment, rank
from flows.boards.leaderboards import load_board
from tests.dashboard.look import everything
from tests.dashboard.stores import HOSTILE

LEADER = "SS-MoE"


def tables(app) -> list[pd.DataFrame]:
    return [shown.value for shown in app.dataframe]


def one_with(app, *columns: str) -> pd.DataFrame:
    return next(table for table in tables(app) if set(columns) <= set(table.columns))


def test_rank_on_a_board_is_that_of_its_page(open_page, full: str) -> None:
    app = open_page(full, "model", model=LEADER)
    assert not app.exception
    assert "SuperGLUE: rank 1 of 24 (95% 1–4)." in everything(app)
    shown = one_with(app, "rank", "leader").iloc[0]
    row = rank(load_board("superglue"), Treatment(), 1.0).ranked[0]
    assert (row.model, shown.leader, shown["rank"], shown.ranks) == (LEADER, LEADER, 1, "1–4")
    assert shown.score == pytest.approx(row.score)


def test_each_score_stands_beside_the_best_and_the_median(open_page, full: str) -> None:
    app = open_page(full, "model", model=LEADER)
    board = load_board("superglue")
    shown = one_with(app, "median", "best").set_index("task")
    row = board.models.index(LEADER)
    for j, column in enumerate(board.columns):
        values = pd.Series(board.values[:, j]).dropna()
        own = shown.loc[column.name]
        assert own.value == pytest.approx(board.values[row, j])
        assert own["median"] == pytest.approx(values.median())
        assert own.best == pytest.approx(values.max() if column.higher_is_better else values.min())
        assert own.place == 1 + (values > own.value).sum()


def test_checkpoint_is_found_by_its_name_on_the_hub_too(open_page, full: str) -> None:
    for name in ("MiniLM", "minilm", "org/name"):
        app = open_page(full, "model", model=name)
        shown = everything(app)
        assert "This link asks for" not in shown
        measured = one_with(app, "metric", "what")
        assert {"SampleEN", "SampleZH"} <= set(measured.task)
        assert measured.value.max() == pytest.approx(78.27)  # pearson of the last canary, ×100
        assert "a" * 64 in shown
        assert "hf://org/name@main" in shown


def test_names_are_connected_by_the_weights_alone() -> None:
    known = pd.DataFrame(
        [
            ("mini", "hf://org/mini@main", "d1"),
            ("mini-cut", "file:///mini", "d2"),
            ("other", "hf://Org/Mini@v2", "d3"),
        ],
        columns=["name", "source", "checkpoint_digest"],
    )
    found = find_model("ORG/MINI", ["org/Mini", "mini-large"], known)
    assert found is not None
    assert found.name == "org/Mini"
    assert set(found.names) == {"org/Mini", "mini", "other"}
    assert found.digests == ("d1", "d3")
    assert find_model("mini-l", ["mini-large"], known) is None
    assert find_model("mini-large", ["mini-large"], known).digests == ()


def test_unknown_model_is_said_aloud(open_page, full: str) -> None:
    app = open_page(full, "model", model="<b>nobody</b>")
    shown = everything(app)
    assert "This link asks for model <strong>&lt;b&gt;nobody&lt;/b&gt;</strong>" in shown
    assert not tables(app)


def test_page_without_a_model_asks_for_one_and_goes_there(open_page, full: str) -> None:
    app = open_page(full, "model")
    assert "Choose a model above" in everything(app)
    app.selectbox(key="find-model").set_value(LEADER).run()
    assert app.query_params["model"] in (LEADER, [LEADER])
    assert "rank 1 of 24" in everything(app)


def test_board_of_the_address_is_the_one_that_is_shown(open_page, full: str) -> None:
    both = ("superglue", "glue")
    name = sorted(set.intersection(*({*load_board(each).models} for each in both)))[0]
    for each in both:
        app = open_page(full, "model", model=name, board=each)
        shown = one_with(app, "median", "best").task.tolist()
        assert set(shown) == {column.name for column in load_board(each).columns}


def test_hostile_names_are_text(open_page, hostile: str) -> None:
    for name in HOSTILE[:4]:
        app = open_page(hostile, "model", model=name)
        assert not app.exception
        assert "<script>" not in everything(app)
        assert name in one_with(app, "rank", "model").model.tolist()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("compare?what=models&board=superglue", LEADER),
        ("compare?what=checkpoints", "MiniLM"),
    ],
)
def test_compared_models_lead_to_their_pages(
    open_page, full: str, experiments: str, address: str, name: str
) -> None:
    url = experiments if "checkpoints" in address else full
    app = open_page(url, address, folded=True)
    links = [link.proto for link in app.get("page_link")]
    assert [link for link in links if link.page.endswith("model")]


def test_bundled_boards_have_models_without_a_store(
    open_page, empty: str, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    from flows.boards.leaderboards import store_leaderboards

    bundled = tmp_path / "bundled.duckdb"
    store_leaderboards(open_store(f"duckdb:///{bundled}"), ["superglue"])
    monkeypatch.setenv("RANKCHECK_BUNDLED_BOARDS", str(bundled))
    app = open_page(f"duckdb:///{tmp_path}/none.duckdb", "model", model=LEADER)
    assert not app.exception
    assert "rank 1 of 24" in everything(app)
