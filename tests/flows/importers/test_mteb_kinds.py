"""What makes wrong ranks of MTEB results: experiments, wholes beside parts, splits, old files."""

import pytest

from tests.flows.importers.conftest import cells, refused, taken
from tests.flows.importers.test_mteb import new, old


@pytest.fixture
def folder(put, tmp_path):
    def write(model, task, content, under="rev1"):
        put(f"results/{model}/{under}/{task}.json", content)
        return tmp_path / "results"

    return write


def default(task, score):
    return new(task, {"test": {"default": score}})


def said(found, text):
    return [note for note in found.notes if text in note]


# Experiments


@pytest.fixture
def experiment(folder):
    """A model, its results at 64 dimensions, and who is meant in a `model_meta.json` or not."""

    def write(meta=True):
        for under, score in (("rev1", 0.5), ("rev1/experiments/emb_size_64", 0.2)):
            path = folder("org__m", "TaskA", default("TaskA", score), under)
            if meta:
                folder("org__m", "model_meta", {"name": "org/m", "revision": "rev1"}, under)
        return path

    return write


@pytest.mark.parametrize("meta", [True, False])
def test_an_experiment_is_left_out_and_listed(experiment, meta):
    found = taken("mteb", experiment(meta))
    assert cells(found) == {"org/m": {"TaskA": 0.5}}
    assert said(found, "1 experiment left out")[0].endswith("org/m (emb_size_64)")


@pytest.mark.parametrize("meta", [True, False])
def test_an_experiment_is_a_row_of_its_own_where_asked(experiment, meta):
    found = taken("mteb", experiment(meta), {"experiments": True})
    assert cells(found) == {"org/m": {"TaskA": 0.5}, "org/m (emb_size_64)": {"TaskA": 0.2}}


def test_settings_stated_in_the_meta_file_make_an_experiment_too(folder):
    meta = {"name": "org/m", "revision": "r", "experiment_kwargs": {"embed_dim": 64}}
    folder("org__m", "model_meta", meta)
    path = folder("org__m", "TaskA", default("TaskA", 0.2))
    folder("org__n", "TaskA", default("TaskA", 0.4))
    assert cells(taken("mteb", path)) == {"org/n": {"TaskA": 0.4}}


def test_settings_without_a_value_are_the_models_own(folder):
    meta = {"name": "org/m", "revision": "r", "experiment_kwargs": {"model_kwargs": {}}}
    folder("org__m", "model_meta", meta)
    path = folder("org__m", "TaskA", default("TaskA", 0.5))
    assert cells(taken("mteb", path)) == {"org/m": {"TaskA": 0.5}}


def test_a_folder_of_nothing_but_an_experiment_asks_for_the_option(experiment):
    path = experiment() / "org__m" / "rev1" / "experiments" / "emb_size_64"
    assert "give --experiments" in refused("mteb", path)
    assert cells(taken("mteb", path, {"experiments": True})) == {
        "org/m (emb_size_64)": {"TaskA": 0.2}
    }


def test_two_experiments_are_two_rows(experiment, folder):
    path = experiment()
    folder("org__m", "TaskA", default("TaskA", 0.3), "rev1/experiments/emb_size_128")
    found = cells(taken("mteb", path, {"experiments": True}))
    assert found["org/m (emb_size_128)"] == {"TaskA": 0.3}
    assert len(found) == 3


# Settings that make numbers incomparable


def test_tasks_measured_on_several_revisions_of_the_data_are_named(folder):
    for model, revision in (("org__a", "d1"), ("org__b", "d2")):
        folder(model, "A", {**default("A", 0.5), "dataset_revision": revision})
        path = folder(model, "B", default("B", 0.5))
    (note,) = said(taken("mteb", path), "several revisions of the data set")
    assert note.startswith("1 task")
    assert note.endswith(": A")


# Bitext mining before mteb 1.11

BITEXT = {"accuracy": 0.145, "f1": 0.1135, "precision": 0.1035, "recall": 0.145}


@pytest.mark.parametrize("task", ["BUCC", "Tatoeba", "A task that MTEB does not declare"])
def test_bitext_tasks_take_f1_in_old_files(folder, task):
    languages = {"de-en": BITEXT, "fr-en": BITEXT | {"f1": 0.2}}
    path = folder("org__a", task, old(task, "test", languages))
    assert cells(taken("mteb", path))["org/a"] == {
        f"{task} (de-en)": 0.1135,
        f"{task} (fr-en)": 0.2,
    }


def test_a_single_pair_without_a_subset_takes_f1(folder):
    path = folder("org__a", "BornholmBitextMining", old("BornholmBitextMining", "test", BITEXT))
    assert cells(taken("mteb", path)) == {"org/a": {"BornholmBitextMining": 0.1135}}


def test_classification_keeps_accuracy_beside_f1(folder):
    scores = {"accuracy": 0.7, "accuracy_stderr": 0.01, "f1": 0.6, "f1_stderr": 0.02}
    path = folder("org__a", "Odd", old("Odd", "test", scores))
    assert cells(taken("mteb", path)) == {"org/a": {"Odd": 0.7}}


def test_a_stated_main_score_stays(folder):
    path = folder("org__a", "BUCC", new("BUCC", {"test": {"de-en": 0.9}}, accuracy=0.8, f1=0.9))
    assert cells(taken("mteb", path)) == {"org/a": {"BUCC (de-en)": 0.9}}


def test_one_score_of_unknown_kind_does_not_block_the_others(folder):
    path = folder("org__a", "Odd", old("Odd", "test", {"wonder": 0.5}))
    folder("org__a", "B", default("B", 0.5))
    found = taken("mteb", path)
    assert cells(found) == {"org/a": {"B": 0.5}}
    assert said(found, "1 score without a main_score")[0].endswith("org/a Odd")


# Wholes and parts

FORUMS = [
    f"CQADupstack{forum}Retrieval"
    for forum in (
        *("Android", "English", "Gaming", "Gis", "Mathematica", "Physics"),
        *("Programmers", "Stats", "Tex", "Unix", "Webmasters", "Wordpress"),
    )
]
WHOLE = "CQADupstackRetrieval"


def test_an_aggregate_counts_once_and_without_its_parts(folder):
    for task, score in {"ArguAna": 0.5, WHOLE: 0.41, FORUMS[0]: 0.4, FORUMS[1]: 0.42}.items():
        path = folder("org__a", task, default(task, score))
    found = taken("mteb", path)
    assert cells(found) == {"org/a": {"ArguAna": 0.5, WHOLE: 0.41}}
    assert said(found, f"{WHOLE} is the mean of 12 tasks, 2 of them here")
    leaf = cells(taken("mteb", path, {"level": "leaf"}))
    assert leaf == {"org/a": {"ArguAna": 0.5, FORUMS[0]: 0.4, FORUMS[1]: 0.42}}


def test_a_model_with_all_parts_gets_their_mean_as_the_whole(folder):
    for i, task in enumerate(FORUMS):
        folder("org__parts", task, default(task, 0.01 * i))
    path = folder("org__whole", WHOLE, default(WHOLE, 0.3))
    found = taken("mteb", path)
    assert cells(found) == {
        "org/parts": {WHOLE: pytest.approx(0.055)},
        "org/whole": {WHOLE: 0.3},
    }
    assert said(found, "is the mean of the parts for org/parts")


def test_who_loses_scores_is_named(folder):
    folder("org__some", FORUMS[0], default(FORUMS[0], 0.4))
    folder("org__some", "ArguAna", default("ArguAna", 0.4))
    path = folder("org__whole", WHOLE, default(WHOLE, 0.3))
    found = taken("mteb", path)
    assert cells(found)["org/some"] == {"ArguAna": 0.4}
    assert said(found, "so a gap there: org/some")
    assert said(taken("mteb", path, {"level": "leaf"}), "so a gap there: org/whole")


def test_the_persian_aggregate_is_one_too(folder):
    task = "CQADupstackRetrieval-Fa"
    path = folder("org__a", task, default(task, 0.3))
    folder("org__a", "CQADupstackTexRetrieval-Fa", default("CQADupstackTexRetrieval-Fa", 0.4))
    assert cells(taken("mteb", path)) == {"org/a": {task: 0.3}}


def test_parts_without_a_whole_stay(folder):
    for task in FORUMS[:2]:
        path = folder("org__a", task, default(task, 0.3))
    found = taken("mteb", path)
    assert set(cells(found)["org/a"]) == set(FORUMS[:2])
    assert not said(found, "is the mean of")


# Splits

NEEDLE = "LEMBNeedleRetrieval"


def needle(short, long):
    return new(NEEDLE, {"test_256": {"default": short}, "test_8192": {"default": long}})


def test_the_splits_that_a_task_declares_are_averaged(folder):
    folder("org__a", NEEDLE, needle(0.9, 0.1))
    path = folder("org__b", NEEDLE, needle(0.4, 0.5))
    found = taken("mteb", path)
    assert cells(found) == {"org/a": {NEEDLE: 0.5}, "org/b": {NEEDLE: 0.45}}
    assert said(found, f"{NEEDLE} test_256 + test_8192")
    one = cells(taken("mteb", path, {"splits": "one"}))
    assert one == {"org/a": {NEEDLE: 0.1}, "org/b": {NEEDLE: 0.5}}


def test_a_split_that_a_task_does_not_declare_does_not_count(folder):
    scores = {"test": {"default": 0.9}, "validation": {"default": 0.1}}
    path = folder("org__a", "STSBenchmark", new("STSBenchmark", scores))
    assert cells(taken("mteb", path)) == {"org/a": {"STSBenchmark": 0.9}}


def test_a_score_over_some_of_the_splits_is_flagged_and_not_ranked(folder):
    folder(
        "org__a", "STSB", new("STSB", {"test": {"default": 0.8}, "validation": {"default": 0.9}})
    )
    path = folder("org__b", "STSB", new("STSB", {"test": {"default": 0.85}}))
    found = taken("mteb", path)
    assert cells(found) == {"org/a": {"STSB": pytest.approx(0.85)}, "org/b": {"STSB": 0.85}}
    assert found.board.suspect == {(1, 0): "mean of 1 of 2 splits and subsets"}
    assert said(found, "STSB (1)")


def test_declared_splits_that_no_file_has_are_not_asked_for(folder):
    path = folder("org__b", "STSB", new("STSB", {"test": {"default": 0.85}}))
    assert not taken("mteb", path).board.suspect


def test_every_task_with_several_splits_is_named(folder):
    for n in range(7):
        scores = {"test": {"default": 0.5}, "dev": {"default": 0.4}}
        path = folder("org__a", f"Odd{n}", new(f"Odd{n}", scores))
    (note,) = said(taken("mteb", path), "several splits")
    assert all(f"Odd{n} test" in note for n in range(7))


def test_splits_are_averaged_within_each_subset(folder):
    scores = {"validation": {"de": 0.2, "en": 0.4}, "test": {"de": 0.4, "en": 0.8}}
    task = "MassiveIntentClassification"
    path = folder("org__a", task, new(task, scores))
    assert cells(taken("mteb", path))["org/a"] == {
        f"{task} (de)": pytest.approx(0.3),
        f"{task} (en)": pytest.approx(0.6),
    }
