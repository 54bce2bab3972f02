"""Facts about models in the model_meta.json of MTEB results."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

import pytest

from tests.flows.importers.conftest import REAL, about, cells, refused, taken
from tests.flows.importers.test_mteb import new

OFFICIAL = REAL / "mteb-2026-08"


@pytest.fixture
def folder(put, tmp_path):
    def write(model, revision, meta, tasks=("STSBenchmark",), version="2.1.0"):
        place = f"results/{model.replace('/', '__')}/{revision}"
        if meta is not None:
            put(f"{place}/model_meta.json", {"name": model, "revision": revision, **meta})
        for task in tasks:
            put(f"{place}/{task}.json", new(task, {"test": {"default": 0.8}}, version))
        return tmp_path / "results"

    return write


FULL = {
    "release_date": "2024-06-29",
    "languages": ["eng-Latn", "zho-Hans"],
    "n_parameters": 7_567_295_488,
    "n_embedding_parameters": 622_329_856,
    "n_active_parameters_override": None,
    "embed_dim": 4096,
    "max_tokens": 32768.0,
    "license": "apache-2.0",
    "open_weights": True,
    "use_instructions": False,
    "adapted_from": "Qwen/Qwen3-8B",
    "training_datasets": [],
}


def test_todays_keys(folder):
    found = taken("mteb", folder("org/a", "abc", FULL))
    assert about(found)["org/a"] == {
        "release_date": "2024-06-29",
        "languages": "eng, zho",
        "parameters": 7_567_295_488.0,
        "active_parameters": 7_567_295_488.0 - 622_329_856,
        "dimensions": 4096.0,
        "context_tokens": 32768.0,
        "licence": "apache-2.0",
        "open_weights": True,
        "instructions": False,
        "base_model": "Qwen/Qwen3-8B",
        "zero_shot": 1.0,
        "revision": "abc",
    }
    source = found.board.facts[0]["parameters"].source
    assert source.endswith(": org__a/abc/model_meta.json")
    assert found.board.columns[0].languages == ("eng",)


@pytest.mark.parametrize(
    ("meta", "facts"),
    [
        ({"use_instuctions": True}, {"instructions": True}),
        ({"open_source": False}, {"open_weights": False}),
        ({"embedding_dimension": 768}, {"dimensions": 768.0}),
        ({"max_tokens": float("inf"), "embed_dim": 0}, {}),
        ({"license": "not specified", "n_parameters": 0}, {}),
        ({"n_parameters": 10, "n_embedding_parameters": 10}, {"parameters": 10.0}),
        ({"n_active_parameters_override": 349000000}, {"active_parameters": 349e6}),
        ({"languages": "eng-Latn", "release_date": None}, {}),
    ],
)
def test_older_keys_and_unknown_values(folder, meta, facts):
    path = folder("org/a", "no_revision_available", meta)
    assert about(taken("mteb", path))["org/a"] == facts


def test_what_cannot_be_read_is_unknown_and_counted_or_refused(folder):
    path = folder("org/a", "external", {"n_parameters": "many", "release_date": "June"})
    found = taken("mteb", path)
    assert about(found) == {"org/a": {}}
    notes = " ".join(found.notes)
    assert "parameters: 1 value cannot be read and left unknown: org/a ('many')" in notes
    assert "release_date must be" in refused("mteb", path, strict=True)


def test_of_several_folders_the_newest_mteb_counts_fact_by_fact(folder):
    old = {"n_parameters": 100, "license": "mit", "embed_dim": 64}
    folder("org/a", "r1", old, ("STSBenchmark",), "1.12.0")
    path = folder("org/a", "r2", {"n_parameters": 200, "embed_dim": 64}, ("SICK-R",), "2.1.0")
    found = taken("mteb", path, {"benchmark": "MTEB(eng, v2)"})
    assert cells(found)["org/a"].keys() == {"STSBenchmark", "SICK-R"}
    assert about(found)["org/a"] == {"parameters": 200.0, "licence": "mit", "dimensions": 64.0}
    assert any("model_meta.json of one row disagree" in note for note in found.notes)
    assert any(note.endswith("most scores: parameters (1)") for note in found.notes)


def test_each_revision_has_the_facts_of_its_own_folder(folder):
    folder("org/a", "r1", {"n_parameters": 100})
    path = folder("org/a", "r2", {"n_parameters": 200})
    found = about(taken("mteb", path, {"revision": "all"}))
    assert {model: facts["parameters"] for model, facts in found.items()} == {
        "org/a@r1": 100.0,
        "org/a@r2": 200.0,
    }


@pytest.mark.parametrize(
    ("trained", "share"),
    [
        (None, None),
        ([], 1.0),
        ({}, 1.0),
        (["STSBenchmark"], 0.5),
        ({"STSBenchmark": ["train"]}, 0.5),
        (["Some private data"], 1.0),
        # Made from STSBenchmark, so that mteb takes the model for trained on it.
        (["STSBenchmark-VN", "SICK-R"], 0.0),
    ],
)
def test_the_zero_shot_share_counts_the_boards_tasks(folder, trained, share):
    path = folder("org/a", "r", {"training_datasets": trained}, ("STSBenchmark", "SICK-R"))
    assert about(taken("mteb", path))["org/a"].get("zero_shot") == share


def test_a_model_is_trained_on_what_its_origin_was_trained_on(folder):
    folder("org/base", "r", {"training_datasets": ["SICK-R"]}, ("STSBenchmark", "SICK-R"))
    meta = {"training_datasets": [], "adapted_from": "org/base"}
    path = folder("org/a", "r", meta, ("STSBenchmark", "SICK-R"))
    assert about(taken("mteb", path))["org/a"]["zero_shot"] == 0.5
    loop = {"training_datasets": [], "adapted_from": "org/a"}
    folder("org/a", "r", loop, ("STSBenchmark", "SICK-R"))
    assert about(taken("mteb", path))["org/a"]["zero_shot"] == 1.0


def test_no_facts_are_read_where_none_are_wanted(folder):
    assert about(taken("mteb", folder("org/a", "abc", FULL), no_facts=True)) == {"org/a": {}}


def test_subsets_have_the_languages_that_their_results_state(put, tmp_path):
    content = new("MassiveIntentClassification", {"test": {"en": 0.8, "de": 0.7}})
    content["scores"]["test"][1]["languages"] = ["deu-Latn"]
    put("results/org__a/r/MassiveIntentClassification.json", content)
    columns = taken("mteb", tmp_path / "results").board.columns
    assert {column.name: column.languages for column in columns} == {
        "MassiveIntentClassification (de)": ("deu",),
        "MassiveIntentClassification (en)": ("eng",),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("benchmark", "name", "rows", "equal"),
    [("MTEB(eng, v2)", "eng_v2", 308, 218), ("MTEB(cmn, v1)", "cmn_v1", 242, 184)],
)
def test_the_shares_are_mtebs_where_the_files_are_as_new(
    tmp_path: Path, benchmark: str, name: str, rows: int, equal: int
) -> None:
    archive = OFFICIAL / "mteb_results_eng2_cmn1.tar.xz"
    if not archive.is_file():
        pytest.skip("the archive of results is not on this machine")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    found = about(taken("mteb", tmp_path / "results", {"benchmark": benchmark}))
    with (OFFICIAL / f"official_{name}.csv").open(encoding="utf-8", newline="") as file:
        official = {row["Model"]: int(row["Zero-shot"]) for row in csv.DictReader(file)}
    assert len(official) == rows
    share = {model: found[model].get("zero_shot") for model in official}
    same = [
        model
        for model, zero_shot in official.items()
        if zero_shot == (-1 if share[model] is None else int(100 * float(share[model]) + 1e-9))
    ]
    assert len(same) == equal
