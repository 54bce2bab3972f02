"""The pages of CLUE, batch sweeps, dimensions and STS: rows, one row, none, intervals missing."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.charts.forest import Mark, forest
from dashboard.charts.lines import curve, lines
from dashboard.clue.ways import told
from dashboard.formatting import times
from dashboard.queries import clue, dimension, sweep
from tests.dashboard.experiments import keep, keep_clue, keep_dimensions, keep_sweep
from tests.dashboard.look import everything


def charts(app) -> int:
    return len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart"))


def test_sweep_shows_arms_baselines_pairs_and_accumulation(open_page, experiments: str) -> None:
    app = open_page(experiments, "batch_sweep")
    assert not app.exception
    assert charts(app) == 1
    means = app.dataframe[0].value
    row = means[(means.arm == "flatnce/float32") & (means.batch == 4)].iloc[0]
    assert row.value == pytest.approx(72.14)
    assert row.ci_low < row.value < row.ci_high
    app = open_page(experiments, "batch_sweep?sweep-view=Seed by seed")
    assert charts(app) == 1
    pairs = app.dataframe[0].value
    assert set(pairs.base) == {"infonce/float32"}
    assert pairs.difference.round(6).tolist() == [2.0, 2.0]
    app.selectbox(key="base").set_value("raw").run()
    assert set(app.dataframe[0].value.base) == {"raw"}
    app = open_page(experiments, "batch_sweep?sweep-view=Accumulated gradients")
    assert charts(app) == 1


def test_sweep_of_one_seed_has_no_interval_and_no_traceback(open_page, store) -> None:
    keep_sweep(store, seeds=1)
    app = open_page(store.url, "batch_sweep")
    assert not app.exception
    means = app.dataframe[0].value
    assert means.ci_low.isna().all()
    assert "No intervals: they need at least two seeds." in everything(app)


def test_accumulation_alone_is_shown_without_a_sweep(open_page, store) -> None:
    own = {"batch": 64, "chunk": 8, "temperature": 0.1}
    from db.rows import ScoreRow

    keep(
        store,
        "gradient_accumulation",
        own,
        [ScoreRow("relative_error", 0.2, 64, {"way": "plain", "seed": 0})],
    )
    app = open_page(store.url, "batch_sweep")
    assert not app.exception
    assert "rankcheck run plans/batch-sweep.yaml" in everything(app)
    assert charts(app) == 1


def test_dimension_shows_the_law_beside_the_rule_and_a_curve(open_page, experiments: str) -> None:
    app = open_page(experiments, "dimension")
    assert not app.exception
    shown = everything(app)
    assert "2 need more dimensions than were tried" in shown
    assert "8.69 … 8.69" in shown  # 40 / ln 100, and 60 / ln 1000
    assert charts(app) == 2
    law = app.dataframe[0].value
    assert law[law["items"] == 1000].n_star.dropna().tolist() == [60.0]
    assert law[law.criterion == "recall 1"].beyond.tolist() == [99.0, 99.0]


def test_dimension_of_a_single_cell_draws_its_rule(open_page, store) -> None:
    keep_dimensions(store, sizes=(100,))
    app = open_page(store.url, "dimension")
    assert not app.exception
    assert charts(app) == 2


def test_dimension_of_cells_that_need_more_than_was_tried(open_page, store) -> None:
    from db.rows import ScoreRow

    beyond = [ScoreRow("n_star_beyond", 99.0, 8, {"criterion": "recall 1"})]
    keep(store, "dimension_retrieval", {"items": 100, "setting": "s"}, beyond, task="recall@1")
    app = open_page(store.url, "dimension")
    assert not app.exception
    assert "No selected cell has a sufficient number" in everything(app)
    assert "No curve is stored" in everything(app)


def test_clue_shows_ways_of_training_floors_and_pairs(open_page, experiments: str) -> None:
    app = open_page(experiments, "clue")
    assert not app.exception
    shown = everything(app)
    assert ">72.50<" in shown
    assert "r-drop alpha 4" in shown
    assert "constant, the best baseline" in shown
    ways = app.dataframe[0].value
    assert ways["value"].round(2).tolist() == [72.5, 70.5, 69.0, 61.5]
    assert ways.ci_low.isna().tolist() == [False, False, True, False]
    app = open_page(experiments, "clue?clue-view=All tasks")
    assert [d.value for d in app.dataframe if "floor_value" in d.value] == []  # no interval
    app = open_page(experiments, "clue?clue-view=Methods and heads")
    pairs = next(d.value for d in app.dataframe if "base_mean" in d.value)
    assert pairs.difference.round(6).tolist() == [0.02]


def test_clue_says_whether_anything_is_learned(open_page, store) -> None:
    from db.rows import ScoreRow

    keep_clue(store)
    floor = {"family": "classification", "split": "dev", "mode": "tfidf"}
    score = ScoreRow("accuracy", 0.50, 100, {}, 0.48, 0.52)
    keep(store, "clue", floor, [score], task="afqmc")
    app = open_page(store.url, "clue?clue-view=All tasks")
    assert not app.exception
    floors = next(d.value for d in app.dataframe if "floor_value" in d.value)
    best = floors[floors.method == "r-drop alpha 4"].iloc[0]
    assert (best.floor, round(best.floor_value, 2)) == ("tfidf", 50.0)
    assert round(best.difference, 2) == 22.5


def test_clue_interval_of_one_seed_is_that_over_examples(store) -> None:
    keep_clue(store, seeds=1)
    with store.read() as connection:
        means = clue.means(connection, "afqmc", "dev", "accuracy")
    best = means.iloc[0]
    assert (best.ci_low, best.ci_high) == pytest.approx((0.64, 0.80))
    assert best.seeds == 1


def test_clue_interval_of_seeds_is_students(store) -> None:
    keep_clue(store, seeds=2)
    with store.read() as connection:
        best = clue.means(connection, "afqmc", "dev", "accuracy").iloc[0]
    # the mean of 0.72 and 0.73, t = 12.706 with one degree of freedom
    assert best.ci_high - best.value == pytest.approx(12.7062 * 0.005, rel=1e-4)


def test_clue_on_a_store_without_its_views_says_what_adds_them(open_page, store) -> None:
    from sqlalchemy import text

    with store.write() as connection:
        connection.execute(text("DROP VIEW clue_scores"))
        connection.execute(text("DELETE FROM dictionary WHERE object = 'clue_scores'"))
    app = open_page(store.url, "clue")
    assert not app.exception
    assert "lacks clue_scores" in everything(app)
    assert "rankcheck db upgrade" in everything(app)


def test_ways_that_differ_in_nothing_shown_are_told_by_their_data(store) -> None:
    keep_clue(store)
    with store.read() as connection:
        means = clue.means(connection, "afqmc", "dev", "accuracy")
    twice = pd.concat([means, means.assign(dataset_digest="corrected")], ignore_index=True)
    labels = told(twice)
    assert len(set(labels)) == len(labels)


def test_ways_that_differ_in_their_rate_alone_are_told_by_their_setting(store) -> None:
    keep_clue(store)
    with store.read() as connection:
        means = clue.means(connection, "afqmc", "dev", "accuracy")
    twice = pd.concat([means, means.assign(setting="finetune, rate 0.0005")], ignore_index=True)
    labels = told(twice)
    assert len(set(labels)) == len(labels)
    assert any("rate 0.0005" in label for label in labels)


def test_sts_shows_checkpoints_by_tasks_with_their_mean(open_page, experiments: str) -> None:
    matrix = open_page(experiments, "sts").dataframe[0].value
    assert matrix.checkpoint.tolist() == ["large", "small"]
    assert matrix["mean over tasks"].round(6).tolist() == [69.0, 65.0]
    assert matrix["中文任务"].round(6).tolist() == [76.0, 70.0]


def test_mean_over_tasks_is_missing_where_a_task_is() -> None:
    from dashboard.sts.all_tasks import by_task

    scores = pd.DataFrame(
        {
            "checkpoint": ["a", "a", "b", "b"],
            "checkpoint_digest": ["1" * 64, "1" * 64, "2" * 64, "3" * 64],
            "task": ["S", "T", "S", "S"],
            "spearman": [0.5, 0.7, 0.9, 0.8],
        }
    )
    matrix, tasks = by_task(scores)
    assert tasks == ["S", "T"]
    assert matrix.checkpoint.tolist() == ["a", "b (22222222)", "b (33333333)"]
    assert matrix["mean over tasks"].isna().tolist() == [False, True, True]


def test_queries_of_nothing_are_empty(store) -> None:
    with store.read() as connection:
        assert sweep.choices(connection).empty
        assert sweep.accumulation(connection).empty
        assert dimension.law(connection).empty
        assert clue.choices(connection).empty
        assert clue.tasks(connection).empty
        assert clue.differences(connection).empty
        assert clue.floors(connection).empty


ROWS = pd.DataFrame(
    {
        "label": ["a", "two\nlines", "x" * 300],
        "value": [1.0, 2.0, None],
        "low": [0.5, None, None],
        "high": [1.5, None, None],
        "kind": ["k", "k", "k"],
    }
)


def test_forest_leaves_out_what_has_no_number_and_cuts_long_names() -> None:
    drawn = forest(ROWS, "t", {"k": Mark("#000000", "circle")}).to_dict()
    data = [row for rows in drawn["datasets"].values() for row in rows]
    assert {row["label"] for row in data} == {"a", "two lines"}
    assert len(drawn["layer"]) == 4


def test_forest_without_any_interval_has_no_layer_for_them() -> None:
    rows = ROWS.assign(low=None, high=None)
    drawn = forest(rows, "t", {"k": Mark("#000000", "circle")}, against=0.0).to_dict()
    assert len(drawn["layer"]) == 4  # the line, the marks, what covers it, the names


def test_forest_on_a_logarithmic_axis_leaves_out_zero() -> None:
    rows = ROWS.assign(value=[0.0, 2.0, -1.0])
    drawn = forest(rows, "t", {"k": Mark("#000000", "circle")}, log=True).to_dict()
    data = [row for rows in drawn["datasets"].values() for row in rows]
    assert {row["label"] for row in data} == {"two lines"}


def test_lines_tell_series_by_shape_as_well_as_by_colour() -> None:
    points = pd.DataFrame(
        {
            "series": [f"s{i}" for i in range(24)],
            "size": 8.0,
            "value": 1.0,
            "low": None,
            "high": None,
        }
    )
    drawn = lines(points, x="x", y="y").to_dict()["layer"][-1]["encoding"]
    pairs = list(
        zip(drawn["color"]["scale"]["range"], drawn["shape"]["scale"]["range"], strict=True)
    )
    assert len(set(pairs)) == 24


def test_curve_draws_an_interval_at_every_k_that_has_one() -> None:
    points = pd.DataFrame(
        {
            "k": [1, 2, 4],
            "spearman": [0.1, 0.2, 0.3],
            "pooling": "native",
            "whitening": "none",
            "run_id": "r",
        }
    )
    known = points.assign(ci_low=[None, 0.1, 0.2], ci_high=[None, 0.3, 0.4])
    assert len(curve(points).to_dict()["layer"]) == 2
    drawn = curve(points, known).to_dict()
    assert len(drawn["layer"]) == 4
    sure = drawn["datasets"][drawn["layer"][2]["data"]["name"]]
    assert [(row["k"], row["low"], row["high"]) for row in sure] == [(2, 10, 30), (4, 20, 40)]


@pytest.mark.parametrize(
    ("metric", "factor"),
    [("spearman", 100), ("entity_f1", 100), ("few5", 100), ("n_star", 1), ("copies", 1)],
)
def test_shares_and_correlations_are_read_times_100(metric: str, factor: int) -> None:
    assert times(metric) == factor
