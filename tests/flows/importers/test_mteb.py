"""MTEB results: two schemas, many revisions, several splits, one metric a column."""

import math

import pytest

from tests.flows.importers.conftest import cells, refused, taken

REVISION = "0123456789abcdef"


def new(task, scores, version="2.1.0", **more):
    """A result as mteb writes it today."""
    return {
        "dataset_revision": "d1",
        "task_name": task,
        "mteb_version": version,
        "scores": {
            split: [
                {"main_score": score, "hf_subset": subset, "languages": ["eng-Latn"], **more}
                for subset, score in subsets.items()
            ]
            for split, subsets in scores.items()
        },
    }


def old(task, split, scores):
    """A result as mteb wrote it before 1.11."""
    head = {"dataset_revision": None, "mteb_dataset_name": task, "mteb_version": "1.0.2"}
    return {**head, split: {"evaluation_time": 3.2, **scores}}


@pytest.fixture
def folder(put, tmp_path):
    def write(model, revision, task, content):
        put(f"results/{model}/{revision}/{task}.json", content)
        return tmp_path / "results"

    return write


def test_both_schemas_make_one_board(folder):
    folder("org__a", REVISION, "STSBenchmark", new("STSBenchmark", {"test": {"default": 0.8}}))
    scores = {"cos_sim": {"pearson": 0.6, "spearman": 0.7}, "euclidean": {"spearman": 0.9}}
    path = folder("org__b", "rev", "STSBenchmark", old("STSBenchmark", "test", scores))
    folder(
        "org__b",
        "rev",
        "Ocnli",
        old("Ocnli", "validation", {"cos_sim": {"ap": 0.5}, "max": {"ap": 0.6, "accuracy": 0.61}}),
    )
    found = taken("mteb", path)
    assert cells(found) == {
        "org/a": {"STSBenchmark": 0.8},
        "org/b": {"STSBenchmark": 0.7, "Ocnli": 0.61},
    }
    assert found.board.columns[0].unit_max == 1
    assert any("2 scores of the old schema" in note for note in found.notes)
    assert any("2 of 3 scores do not say which revision of the dataset" in n for n in found.notes)


def test_main_metrics_of_old_results_are_those_of_mteb(folder):
    kinds = {
        "Retrieval": {"map_at_10": 0.1, "ndcg_at_10": 0.2},
        "Clustering": {"v_measure": 0.3, "v_measure_std": 0.01},
        "Reranking": {"map": 0.4, "mrr": 0.5},
        "Pairs": {"cos_sim": {"ap": 0.5, "accuracy": 0.9}, "max": {"ap": 0.6, "f1": 0.8}},
        "Classification": {"accuracy": 0.7, "f1": 0.6},
        "Bitext": {"f1": 0.8, "precision": 0.9},
        "Summaries": {"cos_sim": {"pearson": 0.1, "spearman": 0.9}, "dot": {"spearman": 0.3}},
    }
    for task, scores in kinds.items():
        path = folder("org__a", "r", task, old(task, "test", scores))
    assert cells(taken("mteb", path))["org/a"] == {
        "Retrieval": 0.2,
        "Clustering": 0.3,
        "Reranking": 0.4,
        "Pairs": 0.6,
        "Classification": 0.7,
        "Bitext": 0.8,
        "Summaries": 0.9,
    }


def test_a_score_of_unknown_kind_is_refused_and_can_be_named(folder):
    path = folder("org__a", "r", "Odd", old("Odd", "test", {"wonder": 0.5}))
    assert "is known to be the main metric; give --metric" in refused("mteb", path)
    found = taken("mteb", path, {"metric": "wonder"})
    assert cells(found) == {"org/a": {"Odd": 0.5}}
    assert found.board.columns[0].metric == "wonder"


def test_a_metric_that_changed_between_versions_is_said(folder):
    folder("org__a", "r", "P", new("P", {"test": {"default": 0.5}}, cosine_ap=0.5, max_ap=0.6))
    path = folder(
        "org__b", "r", "P", new("P", {"test": {"default": 0.7}}, cosine_ap=0.65, max_ap=0.7)
    )
    assert any("not the same metric for every model" in note for note in taken("mteb", path).notes)
    found = taken("mteb", path, {"metric": "max_ap"})
    assert cells(found) == {"org/a": {"P": 0.6}, "org/b": {"P": 0.7}}


@pytest.fixture
def revisions(folder):
    """A model with a full old revision and a new one of a single task."""
    for task in ("A", "B"):
        folder("org__m", "aaa", task, new(task, {"test": {"default": 0.5}}, version="1.12.0"))
    return folder("org__m", "bbb", "A", new("A", {"test": {"default": 0.9}}, version="2.10.0"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("most-complete", {"org/m": {"A": 0.5, "B": 0.5}}),
        ("newest", {"org/m": {"A": 0.9}}),
        ("all", {"org/m@aaa": {"A": 0.5, "B": 0.5}, "org/m@bbb": {"A": 0.9}}),
    ],
)
def test_revisions_are_never_mixed_and_the_rule_is_said(revisions, rule, expected):
    found = taken("mteb", revisions, {"revision": rule})
    assert cells(found) == expected
    assert any(note.startswith("1 model with several revisions") for note in found.notes)
    assert found.board.sources[0].endswith("revision aaa" if rule != "newest" else "revision bbb")


def test_a_task_has_one_split_for_every_model(folder):
    for model in ("a", "b"):
        folder(f"org__{model}", "r", "MSMARCO", new("MSMARCO", {"dev": {"default": 0.4}}))
    scores = {"dev": {"default": 0.3}, "test": {"default": 0.8}}
    path = folder("org__c", "r", "MSMARCO", new("MSMARCO", scores))
    assert {tuple(row.values()) for row in cells(taken("mteb", path)).values()} == {(0.4,), (0.3,)}
    chosen = taken("mteb", path, {"split": ["MSMARCO=test"]})
    assert cells(chosen) == {"org/c": {"MSMARCO": 0.8}}
    assert "has no split 'train'" in refused("mteb", path, {"split": ["MSMARCO=train"]})
    assert "did you mean 'MSMARCO'" in refused("mteb", path, {"split": ["MSMARC=dev"]})


def test_scores_that_are_nan_are_gaps_and_said(folder):
    path = folder("org__a", "r", "AFQMC", new("AFQMC", {"test": {"default": math.nan}}))
    folder("org__a", "r", "B", new("B", {"test": {"default": 0.5}}))
    found = taken("mteb", path)
    assert cells(found) == {"org/a": {"B": 0.5}}
    assert any("1 score NaN or empty, taken as missing: AFQMC" in note for note in found.notes)


def test_subsets_are_sub_splits_of_their_task_and_can_be_chosen(folder):
    path = folder("org__a", "r", "STS22", new("STS22", {"test": {"en": 0.6, "zh": 0.7}}))
    columns = taken("mteb", path).board.columns
    assert [(c.name, c.split_of) for c in columns] == [
        ("STS22 (en)", "STS22"),
        ("STS22 (zh)", "STS22"),
    ]
    one = taken("mteb", path, {"subset": ["en"]}).board.columns
    assert [(c.name, c.split_of) for c in one] == [("STS22 (en)", None)]
    assert "unknown subset" in refused("mteb", path, {"subset": ["fr"]})


def test_a_single_models_folder_and_its_meta_file_are_read(put, tmp_path):
    put("out/some/deep/model_meta.json", {"name": "org/real-name", "revision": "r7"})
    put("out/some/deep/A.json", new("A", {"test": {"default": 0.5}}))
    found = taken("mteb", tmp_path / "out" / "some" / "deep")
    assert found.board.models == ("org/real-name",)
    assert found.board.sources[0].endswith("revision r7")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1]", "does not contain a JSON object"),
        ("{", "cannot be read as JSON"),
        ('{"results": {}}', "is not an MTEB result"),
        ('{"task_name": "A", "scores": {"test": [3]}}', "contains no scores"),
        ('{"mteb_dataset_name": "A", "mteb_version": "1"}', "no split with scores"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_what_is_no_result_is_refused_with_its_name(put, tmp_path, content, said):
    put("r/org__a/r/A.json", content)
    assert said in refused("mteb", tmp_path / "r")


LONG = "model,revision,task,split,subset,languages,main_score,mteb_version,evaluation_time\n"


def test_the_long_csv_drops_equal_doubles_and_refuses_different_ones(put):
    rows = [
        "a,r,A,test,default,eng,0.5,,",
        "a,r,A,test,default,eng,0.5,,",
        "b,r,A,test,default,eng,nan,,",
    ]
    found = taken("mteb", put("long.csv", LONG + "\n".join(rows)))
    assert cells(found) == {"a": {"A": 0.5}, "b": {}}
    assert any("1 score in the file twice" in note for note in found.notes)
    rows[1] = rows[1].replace("0.5", "0.6")
    assert "is 0.6, but 0.5 at row 2" in refused("mteb", put("two.csv", LONG + "\n".join(rows)))
    assert "no column 'split'" in refused("mteb", put("three.csv", "model,task\na,b\n"))


def test_the_real_long_csv_is_one_row_a_model(real):
    found = taken("mteb", real("raw/mteb_scores_long.csv.gz"))
    board = found.board
    assert (len(board.models), len(set(board.models))) == (360, 360)
    # 103 tasks, without the two forums that count within CQADupstackRetrieval.
    assert len({c.split_of or c.task for c in board.columns}) == 101
    assert any(note.startswith("122 models with several revisions") for note in found.notes)
    assert any(note.startswith("4 scores in the file twice") for note in found.notes)
    assert "--revision" not in "".join(found.notes)
    everything = taken("mteb", real("raw/mteb_scores_long.csv.gz"), {"split": ["AFQMC=test"]})
    assert any(
        note.startswith("1") and "taken as missing: AFQMC" in note for note in everything.notes
    )


def test_the_real_folder_agrees_with_the_real_long_csv(mteb_folder, real):
    folder = taken("mteb", mteb_folder, {"revision": "all"}).board
    long = taken("mteb", real("raw/mteb_scores_long.csv.gz"), {"revision": "all"}).board
    at = {
        (m, c.name): float(long.values[i, j])
        for i, m in enumerate(long.models)
        for j, c in enumerate(long.columns)
    }
    same = [
        (float(folder.values[i, j]), at[m, c.name])
        for i, m in enumerate(folder.models)
        for j, c in enumerate(folder.columns)
        if (m, c.name) in at and at[m, c.name] == at[m, c.name]
        if folder.values[i, j] == folder.values[i, j]
    ]
    assert len(same) > 800
    assert max(abs(ours - theirs) for ours, theirs in same) < 1e-6
