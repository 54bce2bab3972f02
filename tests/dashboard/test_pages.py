"""Every page, on every kind of store; nothing may end in a traceback."""

from __future__ import annotations

import ast
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.lab import PARTS
from db import Store, open_store
from db.errors import StoreBusy
from db.rows import BoardCellRow, BoardColumnRow, BoardModelRow, BoardRow, LeaderboardRow
from tests.dashboard.look import APP, SCREENS, SHOWN, everything, unfold


def test_no_script_of_a_page_has_a_string_that_stands_alone() -> None:
    """Streamlit would write it on the page."""
    scripts = [APP, *(APP.parent / "screens").glob("*.py")]
    for script in scripts:
        for part in ast.parse(script.read_text("utf-8")).body[1:]:
            alone = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            assert not alone, (script.name, ast.unparse(part))


@pytest.mark.parametrize("screen", SHOWN)
def test_page_shows_on_a_full_store(open_page, full: str, screen: str) -> None:
    app = open_page(full, screen)
    assert not app.exception
    assert ('role="alert"' in everything(app)) == (screen == "nights")  # a run failed


@pytest.mark.parametrize("screen", SHOWN)
def test_page_shows_the_same_on_a_lake(open_page, full: str, lake: str, screen: str) -> None:
    app, same = open_page(lake, screen), open_page(full, screen)
    assert not app.exception
    if screen not in ("home", "nights"):  # which tell the age of the store
        here, there = (re.sub(r"\d\d:\d\d UTC", "", everything(page)) for page in (app, same))
        assert here == there  # but for the minutes at which the two were recorded
    for here, there in zip(app.dataframe, same.dataframe, strict=True):
        assert here.value.equals(there.value)


@pytest.mark.parametrize("screen", SCREENS)
def test_page_on_an_empty_store_names_the_command_that_fills_it(
    open_page, empty: str, screen: str
) -> None:
    app = open_page(empty, screen)
    assert not app.exception
    if screen != "sql":  # there the empty tables can be asked
        assert "rankcheck run plans/" in everything(app)


@pytest.mark.parametrize("screen", SCREENS)
def test_page_on_a_missing_store_names_the_command_that_makes_it(
    open_page, tmp_path: Path, screen: str
) -> None:
    app = open_page(f"duckdb:///{tmp_path}/none.duckdb", screen)
    assert not app.exception
    assert "rankcheck run\n" in everything(app)
    assert not list(tmp_path.iterdir())  # looking makes nothing


@pytest.mark.parametrize("screen", SCREENS)
def test_page_on_a_corrupt_store_says_so_in_a_sentence(
    open_page, tmp_path: Path, screen: str
) -> None:
    (tmp_path / "store.duckdb").write_bytes(b"no database" * 1000)
    app = open_page(f"duckdb:///{tmp_path}/store.duckdb", screen)
    assert not app.exception
    assert "The store cannot be read." in everything(app)
    assert "is not a DuckDB file" in everything(app)


def test_busy_store_is_a_sentence_and_the_page_comes_back(
    open_page, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.engines.file import FileEngine

    def held(self, deadline):
        raise StoreBusy(f"{self.place} stayed busy: process 7 is writing to it")

    with monkeypatch.context() as during:
        during.setattr(FileEngine, "open_reader", held)
        during.setattr(FileEngine, "freshness", lambda self: "being written")
        app = open_page(full, "runs")
        assert not app.exception
        assert "process 7 is writing to it" in everything(app)
    app.run()
    assert "process 7" not in everything(app)
    assert app.dataframe


def test_setting_that_names_no_store_is_a_sentence(open_page) -> None:
    app = open_page("mysql://somewhere")
    assert not app.exception
    assert "is not a store URL" in everything(app)


def test_nights_show_the_plan_run_the_failure_and_the_drift(open_page, full: str) -> None:
    shown = everything(open_page(full, "nights"))
    assert "1 done, 1 failed" in shown
    assert "1 failure still open" in shown
    assert "STS12: row 17 has no score; get it again" in shown
    assert "after torch 2.13.0 became 2.14.0" in shown


def test_nights_list_what_moved_with_its_predecessor(open_page, full: str) -> None:
    moved = next(d.value for d in open_page(full, "nights").dataframe if "before" in d.value)
    assert moved.before.round(2).tolist() == [67.27]
    assert moved.now.round(2).tolist() == [77.27]
    assert moved.beyond.tolist() == ["Yes"]
    assert moved.changed.tolist() == ["environment"]


def test_humans_lead_no_more_under_the_harmonic_mean(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2022-01")
    assert "5 models are above the human row (rank 6," in everything(app)
    app.segmented_control(key="mean").set_value("harmonic").run()
    assert app.slider(key="p").value == -1
    assert "6 models are above the human row (rank 7," in everything(app)


def test_slider_takes_any_exponent_and_no_button_is_lit(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue")
    app.slider(key="p").set_value(-5.0).run()
    assert not app.exception
    assert app.segmented_control(key="mean").value is None
    assert "p=−5 mean" in everything(app)


def test_ranks_on_the_page_are_those_of_the_ranks_view(open_page, full: str) -> None:
    import sqlalchemy as sa

    app = open_page(full, "leaderboards", board="glue", snapshot="2021", p="-1")
    shown = everything(app)
    query = """SELECT rank, score FROM ranks WHERE board = 'glue' AND snapshot = '2021'
        AND treatment = 'per-task' AND mean = 'harmonic' AND is_human"""
    with open_store(full).read() as connection:
        rank, score = connection.execute(sa.text(query)).one()
    assert f"above the human row (rank {rank}," in shown
    table = next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))
    human = table[table.model.str.endswith(" (human)")].iloc[0]
    assert human["rank"] == rank
    assert human.score == pytest.approx(score)


def test_permalink_restores_board_mean_treatment_and_search(open_page, full: str) -> None:
    app = open_page(
        full,
        "leaderboards",
        board="mteb-classic-en",
        p="0",
        treatment="per-metric+floor+as-printed",
        search="minilm",
    )
    assert not app.exception
    assert app.selectbox(key="board").value == "mteb-classic-en"
    assert app.slider(key="p").value == 0
    assert app.selectbox(key="treatment").value == "per-metric+floor+as-printed"
    assert app.selectbox(key="choice-nonpositive").value == "floor"
    table = next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))
    assert "all-MiniLM-L6-v2" in table.model.tolist()
    assert "NV-Embed-v2" not in table.model.tolist(), "the search leaves it out of the table"
    assert "voyage-3-m-exp" in everything(app), "it leads"


def test_choice_changed_in_words_changes_the_treatment_by_name(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue")
    app.selectbox(key="choice-diagnostics").set_value("in").run()
    assert not app.exception
    assert app.selectbox(key="treatment").value == "per-task+diagnostics"
    app.selectbox(key="choice-missing").set_value("available-only").run()
    assert app.selectbox(key="treatment").value == "per-task+diagnostics+available-only"
    assert "averaged over the columns they have" in everything(app)


def test_unknown_treatment_in_a_link_is_a_sentence(open_page, full: str) -> None:
    app = open_page(
        full, "leaderboards", folded=True, board="superglue", treatment="per-taks+florr"
    )
    assert not app.exception
    assert "unknown" in everything(app)
    assert app.selectbox(key="treatment").value == "per-task"


def test_mixed_treatment_is_flagged(open_page, full: str) -> None:
    shown = everything(open_page(full, "leaderboards", board="superglue", treatment="paper-mixed"))
    assert "MIXED TREATMENT" in shown


def test_other_board_with_other_snapshots_after_a_choice(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021")
    app.selectbox(key="board").set_value("mteb-classic-en").run()
    assert not app.exception
    assert app.selectbox(key="snapshot").value == "2025-02"


def test_left_out_rows_and_suspect_cells_are_listed(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="mteb-classic-en", view="Behind the table")
    left_out = next(d.value for d in app.dataframe if list(d.value.columns) == ["model", "why"])
    assert len(left_out) == 171
    assert left_out.why.str.contains("no value for|suspect").all()
    suspects = next(d.value for d in app.dataframe if {"value", "why"} <= set(d.value))
    assert len(suspects) == 48


@pytest.mark.parametrize("screen", ["batch_sweep", "dimension", "clue"])
def test_what_is_folded_is_not_drawn(open_page, experiments: str, screen: str) -> None:
    app = open_page(experiments, screen, folded=True)
    assert not app.exception
    assert not app.dataframe
    assert unfold(app).dataframe


def test_sts_shows_scores_times_100_with_intervals(open_page, full: str) -> None:
    scores = open_page(full, "sts?sts-view=Every score").dataframe[0].value
    row = scores[(scores.task == "SampleEN") & (scores.pooling == "cls")].iloc[0]
    assert round(row.spearman, 2) == 60.17
    assert row.interval == "55.2 … 65.2"
    beside = open_page(full, "sts?sts-view=Published").dataframe[0].value
    assert beside.published.tolist() == [77.26]
    assert beside.measured.round(2).tolist() == [77.27]
    assert beside.difference.round(3).tolist() == [0.01]


def test_sts_counts_published_cells_and_filters_them_by_verdict(open_page, full: str) -> None:
    app = open_page(full, "sts?sts-view=Published")
    counted = "Of 2 published cells measurements here confirm 1 and miss 0; 1 are not measured"
    assert any(element.value.startswith(counted) for element in app.markdown)
    assert app.dataframe[1].value.verdict.tolist() == ["confirmed", "not measured"]
    app.multiselect(key="only-verdict").set_value(["not measured"]).run()
    assert app.dataframe[1].value.published.tolist() == [77.0]


def test_sts_filters_narrow_the_table(open_page, full: str) -> None:
    app = open_page(full, "sts?sts-view=Every score")
    app.multiselect(key="only-task").set_value(["SampleZH"]).run()
    assert set(app.dataframe[0].value.task) == {"SampleZH"}


def test_runs_tells_everything_about_a_failed_run(open_page, full: str) -> None:
    app = open_page(full, "runs", run="broken")
    shown = everything(app)
    assert "DatasetError" in shown
    assert "row 17 has no score" in shown
    assert "75 s" in shown
    for known in ("0123456789abcdef", "2.13.0", "one of ours", "925.2 MB", "91.6 MB", "abc123"):
        assert known in shown, known


def test_runs_filter_by_status(open_page, full: str) -> None:
    app = open_page(full, "runs")
    assert len(app.dataframe[0].value) == 6
    app.selectbox(key="run-status").set_value("failed").run()
    assert app.dataframe[0].value.run_id.tolist() == ["broken"]


def test_run_that_is_not_there_is_a_sentence(open_page, full: str) -> None:
    app = open_page(full, "runs", run="of yesteryear")
    assert not app.exception
    assert "<strong>of yesteryear</strong>, which this store does not have" in everything(app)


def test_a_failure_stays_until_the_job_finishes(open_page, full: str, tmp_path: Path) -> None:
    from tests.dashboard.stores import SECOND_NIGHT, keep_run

    shutil.copy(full.removeprefix("duckdb:///"), tmp_path / "store.duckdb")
    url = f"duckdb:///{tmp_path}/store.duckdb"
    later = {"night": "night-3", "at": SECOND_NIGHT + timedelta(days=1)}
    keep_run(open_store(url), "other plan", task="SICK-R", **later)
    shown = everything(open_page(url, "nights"))
    assert "1 done, 0 failed" in shown  # the newest plan run
    assert "1 failure still open" in shown
    assert "row 17 has no score" in shown
    keep_run(open_store(url), "mended", job="job-broken", task="STS12", **later)
    assert "No failure is open." in everything(open_page(url, "nights"))


def test_runs_of_one_forward_pass_have_one_time_together(open_page, full: str) -> None:
    log = open_page(full, "runs").dataframe[0].value.set_index("run_id")
    assert log.time["cls"] == log.time["whitened"] == "3 min 45 s, shared by 3 runs"
    assert log.time["zh"] == "75 s"
    ran = open_page(full, "nights", night="night-1").dataframe[0].value
    assert ran.runs.tolist() == [3, 1]
    assert ran.how.fillna("").tolist() == ["one forward pass", ""]


def test_no_run_is_open_until_one_is_chosen(open_page, full: str) -> None:
    assert len(open_page(full, "runs").dataframe) == 1
    shown = everything(open_page(full, "runs", run="zh"))
    assert "SampleZH · MiniLM" in shown


@pytest.mark.parametrize("screen", ["clue", "sts", "batch_sweep", "dimension", "experiments"])
def test_an_empty_page_names_a_plan_that_fills_it(open_page, empty: str, screen: str) -> None:
    import yaml

    named = [code.value.split()[-1] for code in open_page(empty, screen).code]
    assert named
    for plan in named:
        content = yaml.safe_load((Path(__file__).parents[2] / plan).read_text(encoding="utf-8"))
        evaluators = {each["evaluator"] for each in content["evaluations"]}
        own = next(part.evaluators for part in PARTS if part.page == f"screens/{screen}.py")
        assert not own or any(name.startswith(own) for name in evaluators), plan


def test_each_page_names_its_tab_and_the_lab_leads_to_its_parts(open_page, full: str) -> None:
    app = open_page(full, "lab")
    pages = {link.proto.page for link in app.get("page_link")}
    assert {"sts", "clue", "batch_sweep", "dimension"} <= pages


def test_board_without_units_is_a_sentence(open_page, store: Store) -> None:
    from db.leaderboards import write_board

    write_board(
        store,
        LeaderboardRow(
            BoardRow("odd", "1", "a file"),
            (BoardColumnRow("acc", "T", "accuracy"),),
            (BoardModelRow("m"),),
            (BoardCellRow(0, 0, 50.0),),
        ),
    )
    app = open_page(store.url, "leaderboards")
    assert not app.exception, "the list of boards has it all the same"
    app = open_page(store.url, "leaderboards", board="odd")
    assert not app.exception
    assert "does not say what a perfect score of acc is" in everything(app)
