"""Means over the tasks of a benchmark, and MTEB's cells beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from db.leaderboards import write_board
from db.published import write_published
from db.record import note_inputs, record, write_prompt_choices
from db.rows import (
    BoardCellRow,
    BoardColumnRow,
    BoardModelRow,
    BoardRow,
    CheckpointRow,
    LeaderboardRow,
    PromptChoiceRow,
    PublishedScoreRow,
    ScoreRow,
)
from db.store import Store
from tests.db.sample_rows import make_run

MINI = CheckpointRow("digest-of-mini", "mini", "file:///m")
COLUMNS = (
    ("STS12", "cosine_spearman", "STS"),
    ("STS13", "cosine_spearman", "STS"),
    ("Cmnli", "max_accuracy", "PairClassification"),
    ("Banking77", "accuracy", "Classification"),
)


def board(
    store: Store,
    cells: Mapping[str, tuple[float, ...]],
    snapshot: str = "2026-08",
    source: str | None = None,
) -> None:
    """Write a board of MTEB's kind: a model's first numbers, as many as are given."""
    columns = tuple(
        BoardColumnRow(task, task, metric, unit_max=1.0, type=kind)
        for task, metric, kind in COLUMNS
    )
    rows = tuple(
        BoardCellRow(i, j, v) for i, vs in enumerate(cells.values()) for j, v in enumerate(vs)
    )
    models = tuple(BoardModelRow(model, source=source) for model in cells)
    write_board(
        store, LeaderboardRow(BoardRow("mteb-x", snapshot, "results"), columns, models, rows)
    )


def measure(store: Store, task: str, value: float, **more: Any) -> None:
    run = make_run(f"{task}{value}{more}", task=task, dataset_digest=task, **more)
    scores = [
        ScoreRow("spearman", value, 9, {"k": 8, "aggregate": "all"}),
        ScoreRow("spearman", value - 0.1, 9, {"k": 4, "aggregate": "all"}),
    ]
    assert record(store, run, scores, checkpoint=MINI)


def classify(store: Store, task: str, accuracy: float) -> None:
    everywhere = {"k": 8, "aggregate": "all"}
    cosine = {**everywhere, "similarity": "cosine"}
    scores = [
        ScoreRow("ap", 0.6, 9, cosine, 0.5, 0.7),
        ScoreRow("accuracy", accuracy - 0.01, 9, cosine, 0.4, 0.7),
        ScoreRow("accuracy_threshold", 0.71, 9, cosine),
        ScoreRow("accuracy_optimism", 0.02, 9, cosine),
        ScoreRow("f1", 0.55, 9, cosine),
        ScoreRow("f1_threshold", 0.31, 9, cosine),
        ScoreRow("precision", 0.5, 9, cosine),
        ScoreRow("recall", 0.9, 9, cosine),
        ScoreRow("max_ap", 0.62, 9, everywhere, 0.5, 0.7),
        ScoreRow("max_accuracy", accuracy, 9, everywhere, 0.4, 0.7),
        ScoreRow("max_accuracy_optimism", 0.03, 9, everywhere),
        ScoreRow("max_f1", 0.56, 9, everywhere),
    ]
    run = make_run(f"{task}{accuracy}", task=task, dataset_digest=task)
    assert record(store, run, scores, checkpoint=MINI)


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_mean_needs_every_task_and_says_which_are_missing(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80, 0.60, 0.9), "org/other": (0.1, 0.2)})
    measure(any_store, "STS12", 0.72)
    query = (
        "SELECT type, tasks, measured_tasks, missing, round(average, 9), model,"
        " round(published, 9), round(difference, 9) FROM mteb_averages ORDER BY type"
    )
    assert ask(any_store, query) == [("STS", 2, 1, "STS13", None, "org/mini", 0.75, None)]
    measure(any_store, "STS13", 0.82)
    classify(any_store, "Cmnli", 0.61)
    assert ask(any_store, query) == [
        ("PairClassification", 1, 1, "", 0.61, "org/mini", 0.6, 0.01),
        ("STS", 2, 2, "", 0.77, "org/mini", 0.75, 0.02),
    ]


def test_scores_of_two_settings_are_never_mixed_into_one_mean(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80)})
    measure(any_store, "STS12", 0.72)
    measure(any_store, "STS13", 0.82, dtype="bfloat16")
    how = {"pooling": "cls", "whitening": "none", "prompt": "", "max_length": None}
    measure(any_store, "STS12", 0.5, parameters=how)
    measure(any_store, "STS13", 0.6, parameters=how)
    query = "SELECT pooling, dtype, round(average, 9), model FROM mteb_averages ORDER BY ALL"
    assert ask(any_store, query) == [
        ("cls", "float32", 0.55, None),  # no published number is of this pooling
        ("native", "bfloat16", None, "org/mini"),
        ("native", "float32", None, "org/mini"),
    ]


def test_another_seed_is_the_same_score_again(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80)})
    for seed in (0, 1):
        measure(any_store, "STS12", 0.72, seed=seed)
        measure(any_store, "STS13", 0.82, seed=seed)
    assert ask(any_store, "SELECT round(average, 9) FROM mteb_averages") == [(0.77,)]


def test_a_published_mean_lacks_where_the_model_lacks_a_task(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70,)})
    measure(any_store, "STS12", 0.72)
    measure(any_store, "STS13", 0.82)
    query = "SELECT round(average, 9), model, published FROM mteb_averages"
    assert ask(any_store, query) == [(0.77, "org/mini", None)]


def test_cells_and_means_of_the_newest_snapshot_stand_beside_ours(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.10, 0.20, 0.30)}, "2025-01")
    board(any_store, {"org/mini": (0.70, 0.80, 0.60)})
    measure(any_store, "STS12", 0.72)
    measure(any_store, "STS13", 0.82)
    classify(any_store, "Cmnli", 0.61)
    query = (
        "SELECT task, metric, aggregate, round(published, 9), round(measured, 9), notes"
        " FROM published_vs_measured ORDER BY task"
    )
    means = "mean over tasks"
    assert ask(any_store, query) == [
        ("Cmnli", "max_accuracy", "all", 0.6, 0.61, "mteb-x 2026-08"),
        ("STS12", "spearman", "all", 0.7, 0.72, "mteb-x 2026-08"),
        ("STS13", "spearman", "all", 0.8, 0.82, "mteb-x 2026-08"),
        (
            "mteb-x PairClassification",
            "max_accuracy",
            "mean over tasks",
            0.6,
            0.61,
            "mean of 1 tasks",
        ),
        ("mteb-x STS", "spearman", means, 0.75, 0.77, "mean of 2 tasks"),
    ]


def test_a_number_that_a_list_holds_is_not_shown_a_second_time(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80)})
    measure(any_store, "STS12", 0.72)
    measure(any_store, "STS13", 0.82)
    listed = PublishedScoreRow("org/mini", "STS12", 0.701, "a paper", unit_max=1.0, split="test")
    write_published(any_store, {"list": [listed]})
    query = "SELECT task, source FROM published_vs_measured WHERE aggregate = 'all' ORDER BY task"
    assert ask(any_store, query) == [("STS12", "a paper"), ("STS13", "results")]


def prompted(store: Store, task: str, value: float, prompt: str) -> None:
    how = {"pooling": "native", "whitening": "none", "prompt": prompt, "max_length": None}
    measure(store, task, value, parameters=how)


def choose(store: Store, choice: str, **prompts: str) -> None:
    """Record what a choice stands for on each task."""
    rows = [
        PromptChoiceRow("digest-of-mini", "mini", task, choice, prompt)
        for task, prompt in prompts.items()
    ]
    write_prompt_choices(store, rows)


_CHOSEN = (
    "SELECT prompt, prompt_choice, measured_tasks, round(average, 9) FROM mteb_averages"
    " ORDER BY ALL"
)


def test_a_choice_with_a_text_for_each_task_has_a_mean(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80)})
    prompted(any_store, "STS12", 0.72, "Headlines: ")
    prompted(any_store, "STS13", 0.82, "Definitions: ")
    assert ask(any_store, _CHOSEN) == [  # two texts of a plan's own are no setting
        ("Definitions: ", None, 1, None),
        ("Headlines: ", None, 1, None),
    ]
    choose(any_store, "mteb", STS12="Headlines: ", STS13="Definitions: ")
    assert ask(any_store, _CHOSEN) == [(None, "mteb", 2, 0.77)]
    query = "SELECT prompt, measured FROM published_vs_measured WHERE aggregate LIKE 'mean%'"
    assert ask(any_store, query) == [(None, pytest.approx(0.77))]


def test_choices_that_share_some_texts_share_those_scores_alone(file_store: Store) -> None:
    board(file_store, {"org/mini": (0.70, 0.80)})
    prompted(file_store, "STS12", 0.72, "query: ")
    prompted(file_store, "STS13", 0.82, "query: ")
    prompted(file_store, "STS13", 0.88, "Definitions: ")
    choose(file_store, "declared", STS12="query: ", STS13="query: ")
    choose(file_store, "name: query", STS12="query: ", STS13="query: ")
    choose(file_store, "mteb", STS12="query: ", STS13="Definitions: ")
    choose(file_store, "none", STS12="", STS13="")  # planned, and not measured
    assert ask(file_store, _CHOSEN) == [
        ("query: ", "declared, name: query", 2, 0.77),
        (None, "mteb", 2, 0.8),
    ]


def test_scores_of_one_text_have_a_mean_whoever_chose_it(file_store: Store) -> None:
    board(file_store, {"org/mini": (0.70, 0.80)})
    prompted(file_store, "STS12", 0.72, "")
    prompted(file_store, "STS13", 0.82, "")
    choose(file_store, "declared", STS12="")
    choose(file_store, "none", STS13="")
    assert ask(file_store, _CHOSEN) == [("", None, 2, 0.77)]


def test_the_newest_text_of_a_choice_counts(file_store: Store) -> None:
    board(file_store, {"org/mini": (0.70, 0.80)})
    for prompt, value in (("old: ", 0.5), ("new: ", 0.82)):
        prompted(file_store, "STS13", value, prompt)
    prompted(file_store, "STS12", 0.72, "query: ")
    for prompt in ("new: ", "old: ", "new: ", "new: "):
        choose(file_store, "mteb", STS12="query: ", STS13=prompt)
    assert ask(file_store, "SELECT count(*) FROM prompt_choices") == [(4,)]
    assert (None, "mteb", 2, 0.77) in ask(file_store, _CHOSEN)


def test_both_names_of_one_checkpoint_have_all_its_scores(any_store: Store) -> None:
    board(any_store, {"org/mini": (0.70, 0.80, 0.60), "org/copy": (0.1, 0.2, 0.3)})
    measure(any_store, "STS12", 0.72)
    copy = CheckpointRow("digest-of-mini", "copy", "file:///c", weights_sha256="w")
    run = make_run("STS13", task="STS13", dataset_digest="STS13")
    scores = [ScoreRow("spearman", 0.82, 9, {"k": 8, "aggregate": "all"})]
    assert record(any_store, run, scores, checkpoint=copy)
    classify(any_store, "Cmnli", 0.61)
    for view, where in (
        ("sts_scores", "is_full"),
        ("pair_classification_scores", "similarity = 'max'"),
        ("mteb_scores", "metric <> 'max_ap' AND metric <> 'max_f1'"),
    ):
        query = f"SELECT checkpoint, task FROM {view} WHERE {where} ORDER BY ALL"  # noqa: S608
        found = ask(any_store, query)
        tasks = sorted({task for _, task in found})
        assert found == [(name, task) for name in ("copy", "mini") for task in tasks]
    runs = ask(any_store, "SELECT count(*), count(DISTINCT run_id) FROM sts_runs WHERE NOT is_copy")
    assert runs == [(3, 3)]
    query = (
        "SELECT checkpoint, type, model, round(average, 9), round(published, 9)"
        " FROM mteb_averages ORDER BY ALL"
    )
    assert ask(any_store, query) == [
        ("copy", "PairClassification", "org/copy", 0.61, 0.3),
        ("copy", "STS", "org/copy", 0.77, 0.15),
        ("mini", "PairClassification", "org/mini", 0.61, 0.6),
        ("mini", "STS", "org/mini", 0.77, 0.75),
    ]


def test_a_published_number_is_found_by_either_name(file_store: Store) -> None:
    measure(file_store, "STS12", 0.72)
    file_store.transact(
        lambda connection: note_inputs(
            connection, checkpoint=CheckpointRow("digest-of-mini", "copy", "file:///c")
        )
    )
    listed = [
        PublishedScoreRow(f"org/{name}", "STS12", value, "a paper", unit_max=1.0)
        for name, value in (("mini", 0.7), ("copy", 0.6), ("other", 0.5))
    ]
    write_published(file_store, {"list": listed})
    query = "SELECT model, checkpoint, published, measured FROM published_vs_measured ORDER BY 1"
    assert ask(file_store, query) == [
        ("org/copy", "copy", 0.6, 0.72),
        ("org/mini", "mini", 0.7, 0.72),
    ]


def test_pairs_of_two_classes_have_a_row_for_each_similarity_and_the_largest(
    any_store: Store,
) -> None:
    classify(any_store, "Cmnli", 0.61)
    query = (
        "SELECT similarity, ap, ap_low, accuracy, accuracy_high, accuracy_threshold,"
        ' accuracy_optimism, f1, f1_threshold, "precision", recall, pairs, is_full'
        " FROM pair_classification_scores ORDER BY similarity"
    )
    assert ask(any_store, query) == [
        ("cosine", 0.6, 0.5, 0.6, 0.7, 0.71, 0.02, 0.55, 0.31, 0.5, 0.9, 9, True),
        ("max", 0.62, 0.5, 0.61, 0.7, None, 0.03, 0.56, None, None, None, 9, True),
    ]
    assert ask(any_store, "FROM sts_scores") == []


@pytest.mark.parametrize("name", ["MINI", "org/mini", "Org/Mini"])
def test_names_are_compared_without_case(file_store: Store, name: str) -> None:
    board(file_store, {"org/mini": (0.70, 0.80)})
    run = make_run("job", task="STS12", dataset_digest="STS12")
    scores = [ScoreRow("spearman", 0.7, 9, {"k": 8, "aggregate": "all"})]
    assert record(file_store, run, scores, checkpoint=CheckpointRow("digest-of-mini", name, "x"))
    assert ask(file_store, "SELECT model FROM mteb_averages") == [("org/mini",)]


def test_numbers_of_the_commit_that_was_measured_are_told_from_those_of_another(
    file_store: Store,
) -> None:
    board(file_store, {"org/mini": (0.70, 0.80)}, source=f"results@f4cc: revision {'a' * 40}")
    measured = (("digest-of-mini", "a" * 40), ("other", "b" * 40), ("local", None))
    for digest, commit in measured:
        for task in ("STS12", "STS13"):
            run = make_run(digest + task, task=task, dataset_digest=task, checkpoint_digest=digest)
            scores = [ScoreRow("spearman", 0.5, 9, {"k": 8, "aggregate": "all"})]
            here = CheckpointRow(digest, "mini", "hf://org/mini", None, commit)
            assert record(file_store, run, scores, checkpoint=here)
    query = (
        "SELECT checkpoint_digest, matched_by, count(*) FROM published_vs_measured"
        " GROUP BY ALL ORDER BY ALL"
    )
    # Two tasks and their mean, under each.
    assert ask(file_store, query) == [
        ("digest-of-mini", "revision", 3),
        ("local", "name", 3),
        ("other", "other revision", 3),
    ]
