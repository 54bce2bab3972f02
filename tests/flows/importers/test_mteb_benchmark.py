"""Benchmarks of MTEB: what they select, how revisions are joined, and the facts they come from."""

import json
import tarfile

import pytest

from evaluators.averaging import find_treatment, rank, rules
from flows.errors import LeaderboardError
from flows.importers import _mteb_facts as facts
from tests.flows.boards.test_mteb_tables import official
from tests.flows.importers.conftest import cells, refused, taken
from tests.flows.importers.test_mteb import new, old

ENG, CMN = {"benchmark": "MTEB(eng, v2)"}, {"benchmark": "MTEB(cmn, v1)"}


@pytest.fixture
def folder(put, tmp_path):
    """Write a result, and beside it the file that says who was measured."""

    def write(model, task, content, revision="r1", meta=True):
        place = f"results/{model.replace('/', '__')}/{revision}"
        put(f"{place}/{task}.json", content)
        if meta:
            put(f"{place}/model_meta.json", {"name": model, "revision": revision})
        return tmp_path / "results"

    return write


def test_the_facts_are_those_of_mtebs_own_list(real):
    listed = json.loads(real("mteb-2026-08/benchmarks.json").read_text(encoding="utf-8"))
    for name, entries in listed.items():
        _, tasks = facts.find_benchmark(name)
        found = {
            task.name: (task.type, task.metric, list(task.splits), task.revision, len(task.subsets))
            for task in tasks.values()
        }
        assert found == {
            e["name"]: (e["type"], e["main"], e["splits"], e["rev"], e["n_subsets"])
            for e in entries
        }


def test_subsets_that_are_all_pairs_of_languages_are_spelled_out():
    flores = facts.tasks()["FloresBitextMining"].subsets
    assert len(flores) == 204 * 203
    assert "ace_Arab-bam_Latn" in flores


def test_a_former_name_is_an_alias_and_an_unknown_one_gets_the_nearest():
    assert facts.find_benchmark("MTEB(eng)")[0] == "MTEB(eng, v2)"
    with pytest.raises(LeaderboardError, match=r"did you mean 'MTEB\(eng, v2\)'"):
        facts.find_benchmark("MTEB(eng,v2)")


def test_only_its_tasks_splits_and_subsets_count(folder):
    scores = {"test": {"en": 0.7, "de": 0.1}, "validation": {"en": 0.2}}
    folder("org/a", "MassiveIntentClassification", new("MassiveIntentClassification", scores))
    folder("org/a", "ArguAna", new("ArguAna", {"test": {"default": 0.5}}))
    path = folder("org/a", "Odd", new("Odd", {"test": {"default": 0.9}}))
    board = taken("mteb", path, ENG).board
    assert [(c.name, c.type) for c in board.columns] == [
        ("ArguAna", "Retrieval"),
        ("MassiveIntentClassification", "Classification"),
    ]
    assert board.values.tolist() == [[0.5, 0.7]]


def test_by_subset_the_mean_over_columns_is_mtebs_mean_over_subsets(folder):
    subsets = {"arb_Arab": 0.2, "dan_Latn": 0.3, "eng_Latn": 0.9, "rus_Cyrl": 0.4, "deu_Latn": 0.8}
    folder("org/a", "HUMESTS12", new("HUMESTS12", {"test": {"default": 0.7}}))
    task = "HUMESIB200ClusteringS2S"
    path = folder("org/a", task, new(task, {"test": subsets}))
    board = taken("mteb", path, {"benchmark": "HUME(v1)", "by_subset": True}).board
    mean_subset = rank(board, find_treatment("per-task+splits-twice")).rows[0].score
    assert mean_subset == pytest.approx((0.2 + 0.3 + 0.9 + 0.4 + 0.7) / 5)
    whole = taken("mteb", path, {"benchmark": "HUME(v1)"}).board
    for of in (board, whole):
        mean_task = rank(of, find_treatment("per-task")).rows[0].score
        assert mean_task == pytest.approx((0.45 + 0.7) / 2)


def test_a_task_with_half_its_splits_is_flagged_and_counts_for_borda_only(folder):
    task, both = "MultilingualSentiment", {"validation": {"default": 0.6}, "test": {"default": 0.8}}
    folder("org/whole", task, new(task, both))
    path = folder("org/half", task, new(task, {"test": {"default": 0.9}}))
    folder("org/half", "AFQMC", new("AFQMC", {"validation": {"default": 0.5}}))
    board = taken("mteb", path, CMN).board
    assert cells(taken("mteb", path, CMN))["org/whole"] == {task: pytest.approx(0.7)}
    half = board.models.index("org/half")
    assert list(board.suspect) == [(half, [c.name for c in board.columns].index(task))]
    borda = rules.rank_by(board, rules.treatment_for("mteb-borda", None), "mteb-borda")
    assert [(row.model, row.score) for row in borda.ranked] == [("org/half", 2), ("org/whole", 0)]


@pytest.mark.parametrize(
    ("revisions", "chosen"),
    [
        # the revision that mteb evaluates itself, however old
        ({"OURS": "1.12.0", "other": "2.18.0"}, "OURS"),
        # a file that states one version, before one that states a range
        ({"a": "2.1.0-2.18.0", "b": "1.12.0"}, "b"),
        # a stated revision, before none
        ({"no_revision_available": "2.18.0", "b": "1.12.0"}, "b"),
        ({"external": "2.18.0", "b": "1.12.0"}, "b"),
        # the newest version, by number and not by text
        ({"a": "2.9.0", "b": "2.10.0"}, "b"),
        ({"a": "2.10.0.dev1", "b": "2.10.0"}, "b"),
    ],
)
def test_revisions_are_joined_task_by_task_as_mteb_does(folder, revisions, chosen):
    model = "BAAI/bge-m3"
    own = facts.main_revisions()[model]
    for n, (revision, version) in enumerate(revisions.items()):
        content = new("ArguAna", {"test": {"default": n / 10}}, version=version)
        path = folder(model, "ArguAna", content, own if revision == "OURS" else revision)
    folder(model, "BIOSSES", new("BIOSSES", {"test": {"default": 0.9}}), "third")
    found = taken("mteb", path, ENG)
    score = list(revisions).index(chosen) / 10
    assert cells(found) == {model: {"ArguAna": score, "BIOSSES": 0.9}}
    assert "third (1 task)" in found.board.sources[0]


def test_a_file_without_the_split_still_takes_the_tasks_place(folder):
    scores = {"ArguAna": new("ArguAna", {"dev": {"default": 0.5}}, version="2.18.0")}
    folder("org/a", "ArguAna", scores["ArguAna"], "new")
    folder("org/a", "BIOSSES", new("BIOSSES", {"test": {"default": 0.9}}), "new")
    path = folder("org/a", "ArguAna", new("ArguAna", {"test": {"default": 0.4}}), "old")
    assert cells(taken("mteb", path, ENG)) == {"org/a": {"BIOSSES": 0.9}}


def test_folders_without_meta_are_left_out_beside_others_and_kept_alone(folder):
    path = folder("org/a", "ArguAna", new("ArguAna", {"test": {"default": 0.5}}), meta=False)
    assert cells(taken("mteb", path, ENG)) == {"org/a": {"ArguAna": 0.5}}
    folder("org/b", "ArguAna", new("ArguAna", {"test": {"default": 0.4}}))
    found = taken("mteb", path, ENG)
    assert cells(found) == {"org/b": {"ArguAna": 0.4}}
    assert any("1 folder without model_meta.json left out" in note for note in found.notes)


def test_an_old_result_has_the_declared_metric_or_none(folder):
    folder("org/a", "ArguAna", old("ArguAna", "test", {"map_at_10": 0.2, "ndcg_at_10": 0.3}))
    path = folder(
        "org/a", "AskUbuntuDupQuestions", old("AskUbuntuDupQuestions", "test", {"map": 0.6})
    )
    assert cells(taken("mteb", path, ENG)) == {"org/a": {"ArguAna": 0.3}}


def test_what_differs_from_the_benchmark_is_said(folder):
    path = folder("org/a", "ArguAna", new("ArguAna", {"test": {"default": 0.5}}))
    notes = taken("mteb", path, ENG).notes
    assert any("1 score of another revision of the data set" in note for note in notes)
    assert any("40 tasks of it without any score" in note for note in notes)
    assert any("does not know them: org/a" in note for note in notes)
    for own in ({"split": ["ArguAna=dev"]}, {"subset": ["en"]}, {"level": "leaf"}):
        assert "chooses these itself" in refused("mteb", path, {**ENG, **own})


@pytest.fixture(scope="session")
def chinese(tmp_path_factory):
    """The real files of the tasks of MTEB(cmn, v1): 3,200 of 15,000."""
    from tests.flows.importers.conftest import REAL

    archive = REAL / "mteb-2026-08" / "mteb_results_eng2_cmn1.tar.xz"
    if not archive.exists():
        pytest.skip(f"{archive.name} is not beside this checkout")
    folder, (_, tasks) = tmp_path_factory.mktemp("cmn"), facts.find_benchmark("MTEB(cmn, v1)")
    wanted = {*tasks, "model_meta"}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.rpartition("/")[2].removesuffix(".json") in wanted:
                tar.extract(member, folder, filter="data")
    return folder / "results"


def test_the_real_files_give_mtebs_own_table(chinese):
    board = taken("mteb", chinese, CMN).board
    table = official("mteb-cmn-v1")
    borda = rules.rank_by(board, rules.treatment_for("mteb-borda", None), "mteb-borda")
    ranks = {row.model: row.rank for row in borda.rows}
    assert {m: ranks[m] for m in table} == {m: int(row["rank"]) for m, row in table.items()}
    for treatment, column in (("per-task", "mean_task"), ("per-task+by-type", "mean_type")):
        means = {row.model: row.score for row in rank(board, find_treatment(treatment)).ranked}
        expected = {m: float(row[column]) for m, row in table.items() if row[column]}
        assert {m: means[m] for m in expected} == pytest.approx(expected, rel=0, abs=1e-9)
