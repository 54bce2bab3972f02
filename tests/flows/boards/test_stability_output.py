import csv
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

from evaluators.averaging import MEANS, TREATMENTS, find_treatment
from evaluators.averaging.stability.report import stability_report
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError
from flows.boards.leaderboards import read_board
from flows.commands.stability import command
from flows.reports.sheet import FORMATS
from flows.reports.stability import format_stability
from tests.flows.boards.boards import made_up

PER_TASK = TREATMENTS["per-task"]


@pytest.fixture(scope="module")
def superglue():
    return stability_report(read_board("superglue", "2021"), PER_TASK, MEANS, resamples=500)


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_says_what_it_is_about(superglue, form):
    text = format_stability(superglue, form)
    size = {"csv": ",22,8,", "json": '"n_models": 22'}.get(form, "22 of 24 models over 8 columns")
    assert size in text
    for said in ("2021", "per-task", "harmonic", "-1", "500", "0.95", "MultiRC", "Human"):
        assert said in text
    assert "superglue" in text.lower()
    assert form == "csv" or "Outside Best" in text


def test_the_table_says_on_what_the_headline_rests(superglue):
    text = format_stability(superglue)
    assert (
        "Baselines is not first; this depends on MultiRC alone, without which it is first." in text
    )
    assert "MultiRC            1 (+3)     1 (+3)    1 (+4)" in text
    assert "MultiRC 12.5% → 5.4%, WSC 12.5% → 19.6%" in text


def test_csv_has_a_line_for_everything(superglue):
    lines = list(csv.DictReader(io.StringIO(format_stability(superglue, "csv"))))
    kinds = [line["kind"] for line in lines]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "interval": 66,
        "without": 24,
        "agreement": 3,
        "weights": 6,
    }
    for line in lines:
        assert (line["board"], line["snapshot"]) == ("superglue", "2021")
        assert line["mean"] in MEANS
        assert line["p"]
        assert line["n_models"]
    human = next(r for r in lines if r["is_human"] == "1" and r["mean"] == "arithmetic")
    assert (human["rank"], human["rank_low"], human["p_above_focus"]) == ("4", "1", "")
    weights = next(line["weights"] for line in lines if line["kind"] == "weights")
    assert sum(float(part.split("=")[1]) for part in weights.split("; ")) == pytest.approx(1)


def test_json_is_whole_and_top_cuts_only_what_people_read(superglue):
    found = json.loads(format_stability(superglue, "json", top=3))
    assert len(found["intervals"]) == 66
    assert found["focus"] == "SuperGLUE Human Baselines"
    assert [ranking["p"] for ranking in found["rankings"]] == [1, 0, -1]
    table = format_stability(superglue, top=2)
    assert "3 of 22 rows are shown" in table  # two, and the row looked at


def test_the_leader_is_looked_at_where_there_is_no_human():
    board = made_up([[9, 8, 0], [5, 6, 7], [1, 2, 3]])
    report = stability_report(board, PER_TASK, {"arithmetic": 1.0}, resamples=50)
    assert board.models[report.focus] == "m1"
    assert [q.asked for q in report.questions] == ["m0 above m1"]  # what would topple it
    with pytest.raises(TreatmentError, match="no human row"):
        stability_report(board, PER_TASK, MEANS, model="human", resamples=50)
    with pytest.raises(UnknownNameError, match="did you mean"):
        stability_report(board, PER_TASK, MEANS, model="mm1", resamples=50)


def test_a_row_that_one_mean_leaves_out():
    board = made_up([[90, 0.0, 80], [30, 40, 50], [20, 50, 30]])
    report = stability_report(board, PER_TASK, MEANS, model="M0", resamples=50)
    text = format_stability(report)
    assert "geometric: no mean for p = 0" in text
    assert "m0 has no rank under the geometric mean" in text
    assert "m0 further up" in text
    for form in FORMATS:
        assert format_stability(report, form)


def test_a_mean_that_ranks_no_row_does_not_take_the_others_away():
    board = made_up([[90, 0.0, 80], [30, 0.0, 50], [20, 0.0, 30]])
    report = stability_report(board, PER_TASK, MEANS, resamples=50)
    assert list(report.bootstraps) == ["arithmetic"]
    assert list(report.undefined) == ["geometric", "harmonic"]
    alone = stability_report(board, PER_TASK, {"arithmetic": 1.0}, resamples=50)
    for mine, plain in zip(report.bootstraps.values(), alone.bootstraps.values(), strict=True):
        assert np.array_equal(mine.ranks, plain.ranks)
    text = format_stability(report)
    assert "arithmetic mean, p = 1" in text
    assert "geometric mean left out: made-up: no row has a rank under the geometric mean" in text
    assert "m0: no mean for p = 0, which needs values above 0: t1 = 0; and 2 more" in text
    flat = list(csv.DictReader(io.StringIO(format_stability(report, "csv"))))
    missing = [line for line in flat if line["kind"] == "undefined"]
    assert [(x["mean"], x["p"], x["n_models"]) for x in missing] == [
        ("geometric", "0.0", "0"),
        ("harmonic", "-1.0", "0"),
    ]
    found = json.loads(format_stability(report, "json"))
    assert [x["mean"] for x in found["undefined"]] == ["geometric", "harmonic"]
    assert [x["mean"] for x in found["rankings"]] == ["arithmetic"]
    for form in FORMATS:
        assert "p = 0" in format_stability(report, form)


def test_where_no_mean_ranks_a_row_all_is_refused_with_the_reason():
    board = made_up([[-1, 2], [np.nan, 3]])
    with pytest.raises(TreatmentError, match=r"m0: no mean for p = 0.*t0 = -1; and 1 more"):
        stability_report(board, PER_TASK, {"geometric": 0.0, "harmonic": -1.0}, resamples=5)


def test_a_board_without_rows_is_refused_in_words():
    with pytest.raises(TreatmentError, match="it has no rows"):
        stability_report(made_up(np.zeros((0, 2))), PER_TASK, MEANS, resamples=5)


def test_a_row_above_itself_is_refused_before_anything_is_drawn(monkeypatch):
    def drawn(*_, **__):
        raise AssertionError("drawn")

    monkeypatch.setattr("evaluators.averaging.stability.report.bootstrap", drawn)
    board = made_up([[5, 6], [4, 7]])
    for pair in (("m0", "m0"), ("m0", "M0")):
        with pytest.raises(TreatmentError, match="cannot be above itself"):
            stability_report(board, PER_TASK, MEANS, overtake=pair)


def test_one_of_a_kind_is_said_as_one():
    one = stability_report(made_up([[5.0]]), PER_TASK, {"p=inf": np.inf}, resamples=5)
    text = format_stability(one)
    assert "1 of 1 model over 1 column\n" in text
    assert "draws of 1 task, seed" in text
    assert "power mean, p = inf:" in text


def test_a_caption_has_one_full_stop_between_sentences(superglue):
    text = format_stability(superglue, "latex")
    assert r"\caption{" in text
    assert ".." not in text


def test_one_task_one_row_and_gaps_are_no_reason_to_fail():
    one = stability_report(made_up([[5.0]]), PER_TASK, MEANS, resamples=5)
    assert "the only task" in format_stability(one)
    board = made_up([[5, np.nan, np.nan], [4, 6, 7], [7, 1, 2]])
    treatment = find_treatment("per-task+available-only")
    gaps = stability_report(board, treatment, {"p=inf": np.inf}, resamples=200)
    for form in FORMATS:
        assert format_stability(one, form)
        assert format_stability(gaps, form)
    assert "the exponent must be finite" in format_stability(gaps)


def test_a_name_that_repeats_is_said():
    board = made_up([[5, 6], [4, 7], [3, 2]], models=("a", "b", "a"))
    report = stability_report(board, PER_TASK, MEANS, model="a", resamples=5)
    assert "2 rows are named a: the first is meant" in format_stability(report)


def test_the_command(tmp_path):
    runner = CliRunner(env={"RANKCHECK_STORE": f"duckdb:///{tmp_path / 'store.duckdb'}"})
    arguments = ["superglue", "--snapshot", "2021", "--resamples", "300", "--seed", "3"]
    overtake = ["--overtake", "T5", "human", "--mean", "harmonic"]
    done = runner.invoke(command, [*arguments, *overtake, "--over", "tasks+models"])
    assert done.exit_code == 0, done.output
    assert "300 draws of 8 tasks and of the models, seed 3" in done.stdout
    assert "T5 above SuperGLUE Human Baselines          0.0%  as it is" in done.stdout
    again = runner.invoke(command, [*arguments, "--format", "csv"])
    assert again.stdout == runner.invoke(command, [*arguments, "--format", "csv"]).stdout
    both = runner.invoke(command, ["superglue", "--mean", "harmonic", "--p", "1"])
    assert both.exit_code == 2
    assert runner.invoke(command, ["superglue", "--confidence", "95"]).exit_code == 2
