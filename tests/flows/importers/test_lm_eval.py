"""Results of lm-evaluation-harness."""

import math

import pytest

from tests.flows.importers.conftest import cells, refused, taken
from tests.flows.importers.conftest import lm_result as result


def test_a_folder_of_files_is_several_models_and_errors_are_no_scores(put, tmp_path):
    put("r/a/results_1.json", result())
    put("r/b/results_1.json", result("ignored", model_name="org/b"))
    put("r/b/samples_arc_1.jsonl", "{}")
    found = taken("lm-eval", tmp_path / "r")
    assert cells(found) == {"org/a": {"arc acc": 0.5}, "org/b": {"arc acc": 0.5}}


def test_metrics_and_filters_are_columns_of_their_task(put):
    numbers = {
        "alias": " - gsm8k",
        "exact_match,strict-match": 0.3,
        "exact_match_stderr,strict-match": "N/A",
        "exact_match,flexible-extract": 0.4,
        "sample_len": 1319,
    }
    path = put("r.json", result(results={"gsm8k": numbers, "old": {"acc": 0.5, "acc_stderr": 0.1}}))
    assert cells(taken("lm-eval", path))["org/a"] == {
        "gsm8k exact_match,strict-match": 0.3,
        "gsm8k exact_match,flexible-extract": 0.4,
        "old acc": 0.5,
    }
    one = taken("lm-eval", path, {"metric": ["exact_match,strict-match"]})
    assert cells(one)["org/a"] == {"gsm8k exact_match,strict-match": 0.3}
    assert "did you mean 'exact_match" in refused("lm-eval", path, {"metric": ["exact_mach"]})


@pytest.fixture
def groups(put):
    results = {
        "mmlu": {"acc,none": 0.6, "alias": "mmlu"},
        "mmlu_stem": {"acc,none": 0.5, "alias": " - stem"},
        "mmlu_physics": {"acc,none": 0.4, "alias": "  - physics"},
        "leaderboard": {" ": " ", "alias": "leaderboard"},
        "ifeval": {"acc,none": 0.7},
    }
    below = {
        "mmlu": ["mmlu_stem"],
        "mmlu_stem": ["mmlu_physics"],
        "leaderboard": ["ifeval"],
        "ifeval": [],
    }
    return put("r.json", result(results=results, group_subtasks=below))


def test_a_group_counts_once_by_its_own_score_or_by_its_tasks(groups):
    top = taken("lm-eval", groups)
    assert cells(top)["org/a"] == {"mmlu acc": 0.6, "ifeval acc": 0.7}
    assert any("2 tasks left out" in note for note in top.notes)
    leaf = taken("lm-eval", groups, {"level": "leaf"})
    assert cells(leaf)["org/a"] == {"mmlu_physics acc": 0.4, "ifeval acc": 0.7}


def test_groups_in_a_circle_end(put):
    results = {"a": {"acc,none": 0.5}, "b": {"acc,none": 0.6}, "c": {"acc,none": 0.7}}
    path = put("r.json", result(results=results, group_subtasks={"a": ["b"], "b": ["a"]}))
    assert set(cells(taken("lm-eval", path))["org/a"]) >= {"c acc"}


def test_what_is_better_when_lower_is_left_out_and_said(put):
    results = {
        "wiki": {"word_perplexity,none": 12.5, "acc,none": 0.5},
        "odd": {"bias,none": 0.2, "acc,none": 0.7},
    }
    found = taken(
        "lm-eval", put("r.json", result(results=results, higher_is_better={"odd": {"bias": False}}))
    )
    assert cells(found)["org/a"] == {"wiki acc": 0.5, "odd acc": 0.7}
    assert any("odd bias, wiki word_perplexity" in note for note in found.notes)


def test_bleu_is_per_cent_beside_proportions(put):
    found = taken(
        "lm-eval",
        put("r.json", result(results={"wmt": {"bleu,none": 33.1}, "arc": {"acc,none": 0.5}})),
    )
    assert {c.name: c.unit_max for c in found.board.columns} == {"wmt bleu": 100, "arc acc": 1}


def test_a_number_beyond_any_unit_is_refused(put):
    path = put("r.json", result(results={"t": {"score,none": 998}}))
    assert "998 is beyond 100" in refused("lm-eval", path)


def test_the_newest_run_of_a_task_counts(put, tmp_path):
    put("r/1.json", result(date=1.0, results={"arc": {"acc,none": 0.1}, "x": {"acc,none": 0.2}}))
    put("r/2.json", result(date=2.0, results={"arc": {"acc,none": 0.9}}))
    found = taken("lm-eval", tmp_path / "r")
    assert cells(found) == {"org/a": {"arc acc": 0.9, "x acc": 0.2}}
    assert any("run more than once, the newest counts: org/a arc" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n-shot": {"arc": 0}}, "different shots: 5 for org/a, 0 for org/b"),
        ({"versions": {"arc": 2.0}}, "different version"),
        ({"config": {"model_args": "pretrained=org/b", "limit": 10}}, "different limit"),
    ],
)
def test_a_task_run_in_different_ways_is_refused_or_accepted_aloud(put, tmp_path, change, said):
    put("r/1.json", result())
    put("r/2.json", result("org/b", **change))
    message = refused("lm-eval", tmp_path / "r")
    assert said in message
    found = taken("lm-eval", tmp_path / "r", {"mixed_settings": True})
    assert any(said in note and "accepted" in note for note in found.notes)


def test_a_limited_run_is_said(put):
    config = {"model_args": {"pretrained": "org/a"}, "limit": 10}
    found = taken("lm-eval", put("r.json", result(config=config)))
    assert found.board.models == ("org/a",)
    assert any("first 10 examples only" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"scores": 1}, "it has no results"),
        (result(results={"arc": {"acc,none": "high"}}), "is 'high', which is not a number"),
        (result(results={"arc": {"alias": "arc"}}), "the file has no rows"),
        (result(results={"arc": {"acc,none": math.inf}}), "inf"),
    ],
)
def test_what_is_no_result_is_refused(put, content, said):
    assert said in refused("lm-eval", put("r.json", content))


def test_nan_is_a_gap_and_said(put):
    path = put("r.json", result(results={"a": {"acc,none": math.nan}, "b": {"acc,none": 0.5}}))
    found = taken("lm-eval", path)
    assert cells(found)["org/a"] == {"b acc": 0.5}
    assert any("a acc: NaN, taken as missing" in note for note in found.notes)
