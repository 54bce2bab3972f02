"""Results on the hub, written and parsed by huggingface_hub."""

import json
import time

import pytest
import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from tests.flows.importers.conftest import about, cells, refused, taken


def results(*entries):
    return yaml.safe_dump(eval_result_entries_to_yaml(list(entries)))


def ranked(*values, **more):
    """A leaderboard's answer, with the keys that `DatasetLeaderboardEntry` reads."""
    return [
        {
            "rank": rank,
            "modelId": f"org/m{rank}",
            "value": value,
            "filename": ".eval_results/x.yaml",
            "verified": False,
            "author": {"type": "org", "name": "org", "avatarUrl": "", "fullname": "Org"},
            **more,
        }
        for rank, value in enumerate(values, start=1)
    ]


HLE = EvalResultEntry("cais/hle", "default", 20.9)
GPQA = EvalResultEntry("Idavidrein/gpqa", "gpqa_diamond", 41.25)


def test_a_folder_of_repositories_is_a_row_each(put):
    put("org/a/.eval_results/x.yaml", results(HLE, GPQA))
    put("org/a/config.json", {"architectures": []})
    folder = put("org/b/.eval_results/y.yml", results(HLE)).parents[3]
    assert cells(taken("hub-results", folder)) == {
        "org/a": {"cais/hle": 20.9, "Idavidrein/gpqa gpqa_diamond": 41.25},
        "org/b": {"cais/hle": 20.9},
    }


def test_facts_are_those_of_the_card_beside_the_results(put):
    put("org/a/README.md", "---\nlicense: mit\nlanguage: [en, no]\n---\n# A\n")
    folder = put("org/a/.eval_results/x.yaml", results(HLE, GPQA)).parents[3]
    put("org/b/README.md", "no front matter")
    put("org/b/.eval_results/x.yaml", results(HLE))
    found = taken("hub-results", folder)
    assert about(found) == {"org/a": {"licence": "mit", "languages": "en, no"}, "org/b": {}}
    assert found.board.facts[0]["licence"].source.endswith(": org/a/README.md")


def test_the_hubs_answer_about_a_model_states_facts(put):
    answer = {
        "id": "org/a",
        "sha": "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "createdAt": "2024-06-29T10:00:00.000Z",
        "safetensors": {"parameters": {"BF16": 7615616512}, "total": 7615616512},
        "config": {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"},
        "cardData": {
            "license": "other",
            "license_name": "qwen",
            "base_model": ["Qwen/Qwen2.5-7B"],
            "base_model_relation": "adapter",
        },
        "evalResults": eval_result_entries_to_yaml([HLE]),
    }
    assert about(taken("hub-results", put("a.json", answer)))["org/a"] == {
        "parameters": 7615616512.0,
        "architecture": "Qwen2ForCausalLM",
        "release_date": "2024-06-29",
        "revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "licence": "qwen",
        "base_model": "Qwen/Qwen2.5-7B",
        "adapter": "org/a",
    }


def test_one_repository_is_named_by_its_folder_or_its_cache(put):
    path = put("models--org--a/snapshots/abc/.eval_results/x.yaml", results(HLE, GPQA))
    assert taken("hub-results", path).board.models == ("org/a",)
    assert taken("hub-results", path.parents[1]).board.models == ("org/a",)
    plain = put("bert/.eval_results/x.yaml", results(HLE, GPQA))
    assert taken("hub-results", plain.parents[1]).board.models == ("bert",)


def test_two_setups_of_one_model_are_two_rows(put):
    path = put(
        "a/.eval_results/x.yaml",
        results(
            EvalResultEntry("cais/hle", "default", 20.9, notes="no-tools"),
            EvalResultEntry("cais/hle", "default", 30.9, notes="with tools"),
        ),
    )
    assert cells(taken("hub-results", path)) == {
        "a (notes no-tools)": {"cais/hle": 20.9},
        "a (notes with tools)": {"cais/hle": 30.9},
    }


def test_data_of_different_revisions_are_noted_or_refused(put):
    put("a/.eval_results/x.yaml", results(EvalResultEntry("cais/hle", "default", 20.9, "1234")))
    folder = put("b/.eval_results/x.yaml", results(HLE)).parents[2]
    said = (
        "models were run with different dataset revision: cais/hle (1234 for a, not stated for b)"
    )
    assert said in " ".join(taken("hub-results", folder).notes)
    assert said in refused("hub-results", folder, strict=True)


def test_a_leaderboard_is_a_column_named_by_its_file_or_by_the_option(put):
    path = put("allenai__olmOCR-bench.json", ranked(85.5, 80.25))
    scores = {"org/m1": {"allenai/olmOCR-bench": 85.5}, "org/m2": {"allenai/olmOCR-bench": 80.25}}
    assert cells(taken("hub-results", path)) == scores
    found = taken("hub-results", path, {"dataset": "x/y"})
    assert found.board.columns[0].task == "x/y"


def test_ranks_and_names_tell_that_less_is_better(put):
    path = put("asr.json", ranked(5.5, 8.25))
    assert "no score is left to import (left out, as less is better: asr)" in refused(
        "hub-results", path
    )
    found = taken("hub-results", path, lower=True)
    assert not found.board.columns[0].higher_is_better
    named = put("a/.eval_results/x.yaml", results(EvalResultEntry("org/asr", "wer", 5.5), HLE))
    found = taken("hub-results", named)
    assert [column.name for column in found.board.columns] == ["cais/hle"]
    assert "left out, as less is better: org/asr wer" in " ".join(found.notes)


def test_the_answer_about_one_model_is_read(put):
    items = [{"filename": "x", "data": e} for e in eval_result_entries_to_yaml([HLE, GPQA])]
    path = put("model.json", {"id": "org/a", "evalResults": items})
    assert set(cells(taken("hub-results", path))["org/a"].values()) == {20.9, 41.25}


def test_numbers_are_those_of_yaml_1_2(put):
    path = put(
        "a/.eval_results/x.yaml",
        "- dataset: {id: d, task_id: default}\n  value: 012.5\n  date: 2025-01-15\n"
        "- dataset: {id: e, task_id: default}\n  value: 010\n",
    )
    assert cells(taken("hub-results", path)) == {"a": {"d": 12.5, "e": 10.0}}
    put("a/.eval_results/x.yaml", "- dataset: {id: d, task_id: default}\n  value: 1:30\n")
    assert "is '1:30', which is not a number" in refused("hub-results", path)


YAML = "a/.eval_results/x.yaml"
ENTRY = "- dataset: {id: d, task_id: t}\n  value: "


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (YAML, ENTRY + ".nan", "nan is not a score"),
        (YAML, ENTRY + "1e400", "inf is not a score"),
        (YAML, ENTRY + "good", "is 'good', which is not a number"),
        (YAML, "- value: 1", "found no id"),
        (YAML, "- dataset: {id: d}\n  value: 1", "found no task_id"),
        (YAML, "- dataset: 7\n  value: 1", "must have dataset.id"),
        (YAML, "a: b", "must hold a list of results"),
        (YAML, "[" * 10_000, "nested deeper than 50 levels"),
        (YAML, "a: " * 10_000, "cannot be read as YAML"),
        (YAML, ENTRY + "1\n  value: 2", "a second key 'value'"),
        (YAML, "a: &a [1]\nb: [*a, *a]", "aliases (*name) are not read"),
        (YAML, "!!python/object/apply:os.system [ls]", "cannot be read as YAML"),
        (YAML, b"\0\0\0", "cannot be read as YAML"),
        (YAML, ENTRY.encode("utf-16"), "cannot be read as YAML"),
        (YAML, "- [" + "1," * 200_000, "contains more than"),
        ("a.json", "[" * 10_000, "cannot be read as JSON"),
        ("a.json", [{"rank": 1}], "entry 1 must have rank, modelId"),
        ("a.json", [[]], "entry 1 must have rank, modelId"),
        ("a.json", {"a": 1}, "is no answer of the hub"),
        ("a.json", ranked(float("nan"), 2.0), "nan is not a score"),
        ("a.json", json.dumps(ranked(77.5, 2.0)).replace("77.5", "1e400"), "inf is not a score"),
    ],
)
def test_hostile_files_are_refused_by_name_and_soon(put, name, content, said):
    path = put(name, content)
    begun = time.process_time()
    assert said in refused("hub-results", path)
    assert time.process_time() - begun < 10
