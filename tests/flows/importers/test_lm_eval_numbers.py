"""What a number of a result file is: a score, something else, a gap, or a question."""

import pytest

from tests.flows.importers.conftest import cells, lm_result, refused, taken


def read(put, results, own=None, **more):
    asked = more.pop("asked", {})
    return taken("lm-eval", put("r.json", lm_result(results=results, **more)), own, **asked)


def test_numbers_of_which_less_is_better_are_left_out_and_need_no_unit(put):
    results = {
        "lambada": {"ppl": 12.5, "ppl_stderr": 0.1, "acc": 0.5},
        "crows": {"likelihood_diff,none": 3.1, "pct_stereotype,none": 0.6},
        "wiki": {"word_perplexity,none": 30.1, "bits_per_byte,none": 0.9, "byte_perplexity": 1.9},
    }
    found = read(put, results)
    assert cells(found)["org/a"] == {"lambada acc": 0.5}
    (note,) = [note for note in found.notes if "less is better" in note]
    assert "crows likelihood_diff, crows pct_stereotype, lambada ppl" in note


def test_what_the_file_states_decides_over_the_table(put):
    results = {"t": {"acc,none": 0.3, "odd,none": 0.4, "toxicity,none": 0.6}}
    better = {"t": {"acc": False, "odd": True, "toxicity": True}}
    found = read(put, results, higher_is_better=better)
    assert cells(found)["org/a"] == {"t odd": 0.4, "t toxicity": 0.6}


def test_an_unknown_metric_is_asked_for_unless_it_is_not_imported(put):
    results = {"t": {"acc,none": 0.3, "frobnication,none": 0.4}}
    path = put("r.json", lm_result(results=results))
    assert "--metric-direction 'frobnication'=higher" in refused("lm-eval", path)
    for own, asked in (
        ({"metric": ["acc"]}, {}),
        ({}, {"ignore": ("t frobnication",)}),
        ({}, {"directions": {"frobnication": "none"}}),
    ):
        assert cells(taken("lm-eval", path, own, **asked))["org/a"] == {"t acc": 0.3}
    both = taken("lm-eval", path, directions={"frobnication": "higher"})
    assert cells(both)["org/a"] == {"t acc": 0.3, "t frobnication": 0.4}


@pytest.mark.parametrize(
    "name",
    [
        "exact_match,strict-match_stderr",
        "maj@8_stderr",
        "acc_stderr",
        "acc_norm_stderr,none",
        "exact_match_stderr,flexible-extract",
        "best_f1_thresh,none",
        "accuracy_threshold",
        "bypass,none",
        "gen_len",
    ],
)
def test_errors_thresholds_and_lengths_are_no_columns(put, name):
    found = read(put, {"t": {"acc,none": 0.5, name: 0.02}})
    assert cells(found)["org/a"] == {"t acc": 0.5}


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("4096,none", -1),
        ("131072", -1.0),
        ("acc,none", 999),
        ("f1", -999),
        ("exact_match,x", -9999),
    ],
)
def test_a_number_that_says_not_run_is_a_gap_and_said(put, tmp_path, metric, value):
    put("r/a.json", lm_result("org/a", {"t": {metric: value}, "u": {"acc": 0.5}}))
    put("r/b.json", lm_result("org/b", {"t": {metric: 0.25}, "u": {"acc": 0.75}}))
    found = taken("lm-eval", tmp_path / "r")
    assert cells(found)["org/a"] == {"u acc": 0.5}
    assert any(f"{value:g}, taken as missing" in n and "org/a t " in n for n in found.notes)


def test_minus_one_is_a_score_where_it_can_be_one(put):
    found = read(put, {"t": {"mcc,none": -1}, "u": {"acc": 0.5}, "v": {"bleu_diff,none": -1}})
    assert cells(found)["org/a"]["t mcc"] == -1
    assert cells(found)["org/a"]["v bleu_diff"] == -1
    message = refused("lm-eval", put("r.json", lm_result(results={"t": {"acc": -0.25}})))
    assert "is -0.25, and must be at least 0" in message


def test_a_column_that_nobody_ran_is_left_out(put):
    found = read(put, {"t": {"4096": -1, "8192": 0.5}})
    assert [column.name for column in found.board.columns] == ["t 8192"]
    assert any("without a score in any row: t 4096" in note for note in found.notes)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "sacrebleu"])
def test_bleu_that_never_exceeds_1_is_asked_about(put, metric):
    results = {"gen": {f"{metric},none": 0.27, "rouge1,none": 0.38}}
    path = put("r.json", lm_result(results=results))
    assert f"--metric-unit {metric}=1" in refused("lm-eval", path)
    for unit in (1, 100):
        found = taken("lm-eval", path, units={metric: float(unit)})
        assert {c.metric: c.unit_max for c in found.board.columns} == {metric: unit, "rouge1": 1}
    found = taken("lm-eval", path, unit=1.0)
    assert {c.unit_max for c in found.board.columns} == {1}
    assert "unknown metric" in refused("lm-eval", path, units={metric: 1.0, "blue": 1.0})


def test_per_cent_beside_proportions_is_resolved_by_the_unit_of_a_metric(put):
    path = put("r.json", lm_result(results={"s": {"exact": 40.5, "f1": 45.0}, "t": {"acc": 0.5}}))
    assert "--metric-unit NAME=1 or NAME=100" in refused("lm-eval", path)
    found = taken("lm-eval", path, units={"exact": 100.0, "s f1": 100.0})
    assert {c.name: c.unit_max for c in found.board.columns} == {
        "s exact": 100,
        "s f1": 100,
        "t acc": 1,
    }


def test_text_blocks_only_what_is_imported_and_null_is_missing(put):
    results = {"t": {"acc,none": 0.5, "group_name,none": "x", "f1,none": None}}
    path = put("r.json", lm_result(results=results))
    assert "which is not a number" in refused("lm-eval", path, directions={"group_name": "higher"})
    found = taken("lm-eval", path, directions={"group_name": "none"})
    assert cells(found)["org/a"] == {"t acc": 0.5}
    assert any("org/a t f1: NaN, taken as missing" in note for note in found.notes)


def test_a_file_without_scores_says_what_was_left_out(put):
    path = put("r.json", lm_result(results={"wiki": {"word_perplexity,none": 12.5}}))
    assert "no score is left to import (left out, as less is better: wiki word" in refused(
        "lm-eval", path
    )
