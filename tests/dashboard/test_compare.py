"""The compare page, the cost of runs, and what the nights say of a plan run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.formatting import asked
from dashboard.queries import compare, overview, runs
from db.record import write_night
from db.rows import NightRow, ScoreRow
from tests.dashboard.experiments import keep, keep_checkpoints
from tests.dashboard.look import everything
from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT, keep_run

HOUR = timedelta(hours=1)


def test_two_checkpoints_are_paired_over_tasks(open_page, experiments: str) -> None:
    app = open_page(
        experiments, "compare", left="digest of small", right="digest of large", what="checkpoints"
    )
    assert not app.exception
    shown = everything(app)
    # 0.02, 0.04, 0.06: mean 0.04, t = 4.3027 with two degrees of freedom, 0.0115 standard error
    assert ">0.04<" in shown
    assert "−0.00968 … 0.0897" in shown
    assert "over 3 tasks" in shown
    table = app.dataframe[0].value
    assert table.difference.round(6).tolist() == [0.02, 0.04, 0.06]
    assert table.left_interval.tolist()[0] == "0.57 … 0.63"


def test_sides_changed_round_change_the_sign(open_page, experiments: str) -> None:
    app = open_page(experiments, "compare", left="digest of large", right="digest of small")
    assert app.dataframe[0].value.difference.round(6).tolist() == [-0.02, -0.04, -0.06]


def test_the_same_checkpoint_twice_is_a_message(open_page, experiments: str) -> None:
    app = open_page(experiments, "compare", left="digest of large", right="digest of large")
    assert not app.exception
    assert "same checkpoint. Choose another" in everything(app)


def test_seeds_of_one_task_are_paired_by_seed(open_page, store) -> None:
    for i, name in enumerate(("one", "two")):
        for seed in range(3):
            score = ScoreRow("accuracy", 0.5 + 0.1 * i + 0.01 * seed * (i + 1), 9, {})
            keep(store, "clue", {"mode": "probe"}, [score], checkpoint=name, seed=seed)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    assert "Seed by seed" in [element.value for element in app.subheader]
    with store.read() as connection:
        rows = compare.sides(connection, "digest of one", "digest of two")
        over = compare.paired(connection, ("T",) * 3, tuple(rows.difference)).iloc[0]
    assert over.difference == pytest.approx(0.11)
    assert over.ci_high - over.difference == pytest.approx(4.30265 * 0.01 / 3**0.5, rel=1e-4)


def test_checkpoints_measured_on_other_rows_are_not_compared(open_page, store) -> None:
    keep_checkpoints(store)
    from sqlalchemy import text

    with store.write() as connection:
        connection.execute(
            text(
                "UPDATE runs SET dataset_digest = 'corrected'"
                " WHERE checkpoint_digest = 'digest of large'"
            )
        )
    app = open_page(store.url, "compare")
    assert not app.exception
    assert "never measured on the same rows" in everything(app)


def test_one_checkpoint_is_a_message_with_a_command(open_page, full: str) -> None:
    app = open_page(full, "compare", what="checkpoints")
    assert not app.exception
    assert "needs two checkpoints, but the store has 1" in everything(app)


def test_two_plan_runs_show_what_was_measured_again_and_what_is_new(store, open_page) -> None:
    keep_run(store, "a0", job="a", spearman=0.60)
    keep_run(store, "b0", job="b", task="Same", spearman=0.50)
    keep_run(store, "a1", job="a", generation=1, spearman=0.70, night="night-2", at=SECOND_NIGHT)
    keep_run(store, "c1", task="New", spearman=0.40, night="night-2", at=SECOND_NIGHT)
    app = open_page(store.url, "compare", what="nights")
    assert not app.exception
    table = app.dataframe[0].value
    spearman = table[table.metric == "spearman"]
    assert spearman.task.tolist() == ["SampleEN", "New"]  # what stayed the same run is not listed
    assert spearman.difference.round(6).tolist()[0] == 0.1
    shown = everything(app)
    assert "Outside the interval" in shown
    assert "only on the right" in shown
    app.selectbox(key="nights-left").set_value("night-2").run()
    assert "the same plan run" in everything(app)


def test_one_plan_run_is_a_message(open_page, store) -> None:
    keep_run(store, "a0")
    app = open_page(store.url, "compare", what="nights")
    assert not app.exception
    assert "needs two plan runs" in everything(app)


def test_plan_runs_do_not_mix_numbers_of_siblings(store) -> None:
    for night, at in (("night-1", FIRST_NIGHT), ("night-2", SECOND_NIGHT)):
        keep(
            store,
            "batch_sweep",
            {"arm": "raw"},
            [ScoreRow("few5", 0.1 * seed, 9, {"seed": seed}) for seed in (1, 2)],
            night=night,
            at=at,
        )
    with store.read() as connection:
        rows = compare.nights(connection, "night-1", "night-2")
        moved = overview.moved(connection)
    assert rows.difference.tolist() == [0.0, 0.0]
    assert moved.difference.tolist() == [0.0, 0.0]


def test_asked_names_what_differs_and_nothing_else() -> None:
    told = asked(
        ['{"pooling":"cls","k":null,"seeds":[1,2],"x":{}}', '{"pooling":"native","seeds":[1,2]}']
    )
    assert told == ["pooling cls", "pooling native"]
    assert asked(["{broken", "{}"]) == ["text {broken", ""]


def test_log_tells_the_cost_whatever_the_evaluator_calls_it(store) -> None:
    score = [ScoreRow("accuracy", 0.5, 9, {})]
    costs = {
        "sts": {"peak_memory_bytes": 2e8, "encoded": 400, "encode_seconds": 2.0},
        "clue": {"peak_bytes": 3e8, "examples_per_second": 50.0},
        "odd": {"peak_memory_bytes": "much", "encoded": 4, "encode_seconds": 0},
    }
    for evaluator, cost in costs.items():
        keep(store, evaluator, {}, score, cost=cost)
    with store.read() as connection:
        log = runs.log(connection).set_index("evaluator")
        total = runs.totals(connection)
    assert log.peak_mb.fillna(-1).to_dict() == {"sts": 200, "clue": 300, "odd": -1}
    assert log.per_second.fillna(-1).to_dict() == {"sts": 200, "clue": 50, "odd": -1}
    assert (total.runs, total.failed, total.seconds) == (3, 0, 9.0)


def test_run_links_to_prefect_where_there_is_a_lasting_server(
    open_page, experiments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_UI_URL", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    one = open_page(experiments, "runs").dataframe[0].value.run_id[0]
    assert "with PREFECT_API_URL set" in everything(open_page(experiments, "runs", run=one))
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    shown = everything(open_page(experiments, "runs", run=one))
    assert 'href="http://127.0.0.1:4200/runs/flow-run/c975fc40-' in shown


def test_runs_of_one_plan_run(open_page, full: str) -> None:
    app = open_page(full, "runs")
    app.selectbox(key="run-night").set_value("night-2").run()
    assert set(app.dataframe[0].value.run_id) == {"canary-1", "broken"}
    assert "2 runs, 1 failed; 2 min 30 s of work" in everything(app)


def test_nights_show_the_skipped_jobs_of_a_plan_run_with_a_report(store, open_page) -> None:
    keep_run(store, "one", night="night")
    assert "1 done, 0 failed, cut short; 75 s of work" in everything(open_page(store.url, "nights"))
    later = FIRST_NIGHT + HOUR
    write_night(store, NightRow("night", "nightly", FIRST_NIGHT, later, 1, kept=41))
    assert "1 done, 0 failed, 41 skipped" in everything(open_page(store.url, "nights"))
