"""Records of Every Eval Ever, in the form that its own converters (0.3.0) write."""

import json
import time

import pytest

from tests.flows.importers.conftest import about, cells, refused, taken


def result(name="capitals", score=0.5, metric="accuracy", **more):
    """One entry as the converter of Inspect logs writes it."""
    config = {
        "metric_id": metric,
        "metric_name": metric,
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": 0.0,
        "max_score": 1.0,
        **more.pop("config", {}),
    }
    return {
        "evaluation_result_id": f"match:{metric}",
        "evaluation_name": name,
        "source_data": {"dataset_name": name, "source_type": "hf_dataset", "samples_number": 3},
        "metric_config": config,
        "score_details": {
            "score": score,
            "uncertainty": {"standard_error": {"value": 0.1, "method": "analytic"}},
        },
        **more,
    }


def record(*results, model="openai/gpt-4o", details=None, stamp="1795902992.0"):
    unknown = {"deployment_type": "unknown", "model_availability": "unknown"}
    return {
        "schema_version": "0.3.0",
        "evaluation_id": f"capitals/{model}/{stamp}",
        "evaluation_timestamp": stamp,
        "retrieved_timestamp": "1795903936.7",
        "source_metadata": {
            "source_name": "inspect_ai",
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "third_party",
        },
        "eval_library": {"name": "inspect", "version": "inspect_ai:0.3.285"},
        "model_info": {
            "name": model,
            "id": model,
            "additional_details": {**unknown, **(details or {})},
        },
        "evaluation_results": list(results),
    }


def asked_how(**arguments):
    return {"generation_config": {"generation_args": arguments}}


def test_records_are_a_row_a_model_and_a_column_a_metric(put):
    put("capitals/openai/gpt-4o/a.json", record(result(), result(metric="f1", score=0.25)))
    put("capitals/openai/gpt-4o/a_samples.jsonl", "not read")
    folder = put("rivers/openai/gpt-4o/b.json", record(result("rivers", 0.75))).parents[3]
    found = taken("every-eval-ever", folder)
    assert cells(found) == {
        "openai/gpt-4o": {"capitals accuracy": 0.5, "capitals f1": 0.25, "rivers accuracy": 0.75}
    }
    assert {column.unit_max for column in found.board.columns} == {1.0}


@pytest.mark.parametrize(
    ("details", "facts"),
    [
        (
            {"params_billions": "7.242", "architecture": "MistralForCausalLM"},
            {"parameters": 7.242e9, "architecture": "MistralForCausalLM"},
        ),
        (
            {"num_parameters": "350000000", "license": "mit"},
            {"parameters": 350e6, "licence": "mit"},
        ),
        ({"params_billions": "-1", "precision": "bfloat16"}, {"precision": "bfloat16"}),
        ({"model_availability": "closed"}, {"open_weights": False}),
        ({"upload_date": "2024-05-28", "model_sha": "abc"}, None),
        ({"parameters": "unknown", "license": "n/a"}, {}),
    ],
)
def test_details_of_a_model_are_facts(put, details, facts):
    found = taken("every-eval-ever", put("a.json", record(result(), details=details)))
    assert found.board.models == ("openai/gpt-4o",)
    facts = {"release_date": "2024-05-28", "revision": "abc"} if facts is None else facts
    assert about(found)["openai/gpt-4o"] == facts


def test_facts_make_no_rows_of_their_own(put):
    put("a.json", record(result(), details={"num_parameters": "7000000000", "licence": "mit"}))
    folder = put("b.json", record(result("rivers"), details={"licence": "apache-2.0"})).parent
    assert taken("every-eval-ever", folder).board.models == ("openai/gpt-4o",)


def test_revisions_precisions_and_platforms_are_rows_of_their_own(put):
    # The converter of lm-evaluation-harness states a revision in model_args only.
    put("a.json", record(result(), details={"model_args": "pretrained=x,revision=step3000"}))
    put("b.json", record(result(score=0.6), details={"model_args": "pretrained=x,revision=step9"}))
    folder = put("c.json", record(result(), model="b", details={"num_parameters": "7"})).parent
    found = taken("every-eval-ever", folder)
    names = {"openai/gpt-4o (revision step3000)", "openai/gpt-4o (revision step9)", "b"}
    assert set(found.board.models) == names
    kept = taken("every-eval-ever", folder, keep="revision=step9")
    assert cells(kept) == {"openai/gpt-4o": {"capitals accuracy": 0.6}}


def test_two_temperatures_of_one_task_are_two_rows_of_two_tasks_one(put):
    put("a.json", record(result(**asked_how(temperature=0.0))))
    path = put("b.json", record(result("rivers", 0.25, **asked_how(temperature=1.0))))
    assert taken("every-eval-ever", path.parent).board.models == ("openai/gpt-4o",)
    put("c.json", record(result(score=0.75, **asked_how(temperature=1.0))))
    assert set(taken("every-eval-ever", path.parent).board.models) == {
        "openai/gpt-4o (temperature 0)",
        "openai/gpt-4o (temperature 1)",
    }


def test_runs_on_fewer_examples_are_another_row(put):
    few = result(score=1.0, source_data={"dataset_name": "capitals", "samples_number": 2})
    put("a.json", record(few))
    folder = put("b.json", record(result(score=0.25))).parent
    assert cells(taken("every-eval-ever", folder)) == {
        "openai/gpt-4o (examples 2)": {"capitals accuracy": 1.0},
        "openai/gpt-4o (examples 3)": {"capitals accuracy": 0.25},
    }


def test_two_scorers_of_one_metric_are_two_columns(put):
    other = result(score=0.75, evaluation_result_id="includes:accuracy")
    found = taken("every-eval-ever", put("a.json", record(result(), other)))
    assert cells(found)["openai/gpt-4o"] == {
        "capitals accuracy [match:accuracy]": 0.5,
        "capitals accuracy [includes:accuracy]": 0.75,
    }


def test_two_data_sets_of_one_name_are_two_columns(put):
    source = {"dataset_name": "capitals", "hf_split": "validation", "samples_number": 3}
    found = taken(
        "every-eval-ever", put("a.json", record(result(), result(score=0.25, source_data=source)))
    )
    assert cells(found)["openai/gpt-4o"] == {
        "capitals [capitals] accuracy": 0.5,
        "capitals [capitals, validation] accuracy": 0.25,
    }


def test_a_false_that_means_unknown_is_no_direction(put):
    # What the converter writes of metrics that it does not know.
    unknown = {"lower_is_better": False, "additional_details": {"polarity": "unknown"}}
    path = put(
        "a.json",
        record(
            result(),
            result(score=21.5, metric="lm-evaluation-harness.ppl", config={"max_score": None}),
            result(score=0.3, metric="wiggle", config=unknown),
        ),
    )
    assert "--metric-direction 'wiggle'" in refused("every-eval-ever", path)
    found = taken("every-eval-ever", path, directions={"wiggle": "none"})
    assert [column.metric for column in found.board.columns] == ["accuracy"]
    assert "as less is better: capitals lm-evaluation-harness.ppl" in " ".join(found.notes)


def test_a_stated_direction_is_believed(put):
    config = {"lower_is_better": True}
    path = put("a.json", record(result(), result(metric="wiggle", config=config)))
    assert "left out, as less is better: capitals wiggle" in " ".join(
        taken("every-eval-ever", path).notes
    )
    columns = taken("every-eval-ever", path, lower=True).board.columns
    assert [column.higher_is_better for column in columns] == [True, False]


def test_the_level_unknown_is_missing_and_units_are_the_stated_ones(put):
    levels = {"has_unknown_level": True, "score_type": "levels", "max_score": 5.0}
    levels |= {"metric_unit": "points"}
    path = put(
        "a.json",
        record(
            result(score=-1, config=levels),
            result("rivers", 45.5, config={"metric_unit": "percent", "max_score": 100.0}),
            result("seas", 4.0, config=levels),
        ),
    )
    found = taken("every-eval-ever", path)
    assert cells(found)["openai/gpt-4o"] == {"rivers accuracy": 45.5, "seas accuracy": 4.0}
    assert [column.unit_max for column in found.board.columns][-2:] == [100.0, 5.0]
    assert "1 score of the level Unknown" in " ".join(found.notes)


def test_other_files_are_skipped_and_listed_or_refused(put):
    put("other.json", {"hello": 1})
    put("broken.json", "{")
    folder = put("a.json", record(result())).parent
    assert "2 files skipped" in " ".join(taken("every-eval-ever", folder).notes)
    assert "is not a record of Every Eval Ever" in refused("every-eval-ever", folder, strict=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (record(result(score=float("nan"))), "nan is not a score"),
        (json.dumps(record(result(score=77))).replace("77", "1e400"), "inf is not a score"),
        (record(result(score="0.5")), "a number as its score"),
        (record(result(score=1.5)), "is beyond the unit 1"),
        (record(result(name="")), "must have evaluation_name"),
        (record(7), "must have score_details.score"),
        (record(result(), model=""), "does not say which model"),
        (record(result(), result(score=0.6)), "keep one"),
        ({"model_info": {"id": "a"}, "evaluation_results": {}}, "is not a record"),
        ("[" * 10_000, "cannot be read as JSON"),
        ('{"a": 1, "a": 2}', "has the key 'a' twice"),
        (b"\0", "cannot be read as JSON"),
        (b"[" + b"1," * 2**23 + b"1]", "contains more than 16 MiB"),
    ],
)
def test_hostile_files_are_refused_by_name_and_soon(put, content, said):
    path = put("a.json", content)
    begun = time.process_time()
    assert said in refused("every-eval-ever", path)
    assert time.process_time() - begun < 10
