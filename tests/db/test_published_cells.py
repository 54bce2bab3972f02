"""Verdicts on published cells: hand-made rows, each with the verdict that the rule gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.published import write_published
from db.record import record
from db.rows import CheckpointRow, PublishedScoreRow, ScoreRow
from db.store import Store
from db.views.published_cells import TASKS_WITHOUT_DATA
from tests.db.sample_rows import make_run
from tests.db.test_published_and_claims import ROW, ask, measure
from tests.flows.boards.test_published import NO_TASKS_HERE

TRAINED = PublishedScoreRow(
    "google-bert/bert-base-chinese",
    *("tnews", 57.0, "8496", "accuracy"),
    split="validation",
    method="plain/linear",
)


def verdicts(store: Store) -> dict[float, tuple[object, object]]:
    rows = ask(store, "SELECT published, verdict, reason FROM published_cells")
    return {row[0]: (row[1], row[2]) for row in rows}  # type: ignore[misc]


def test_a_cell_is_confirmed_within_rounding_and_tolerance_and_missed_beyond(
    file_store: Store,
) -> None:
    measure(file_store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    rows = [
        ROW,  # 82.03 as measured
        replace(ROW, value=82.084),  # 0.054 away: 0.0005 of rounding, 0.05 of tolerance
        replace(ROW, value=81.9, source="of one decimal"),  # 0.13 away: 0.05 and 0.05
        replace(ROW, value=82.1, source="of one decimal"),  # 0.07 away
        replace(ROW, pooling="cls", value=60.0),
        replace(ROW, k=256, value=81.0),
    ]
    write_published(file_store, {"list": rows})
    assert verdicts(file_store) == {
        82.03: ("confirmed", None),
        82.084: ("missed", None),
        81.9: ("missed", None),
        82.1: ("confirmed", None),
        60.0: ("not measured", None),
        81.0: ("confirmed", None),
    }
    wide = "SELECT rounding, tolerance, comparable, agreeing FROM published_cells"
    assert ask(file_store, f"{wide} WHERE published = 82.1") == [(0.05, 0.05, 1, 1)]


def test_a_cell_of_another_commit_is_not_compared(file_store: Store) -> None:
    measure(file_store, CheckpointRow("d", "mini", "hf://m", resolved_revision="ours"))
    cells = [replace(ROW, revision="theirs"), replace(ROW, value=90.0, revision="ours")]
    write_published(file_store, {"list": cells})
    assert verdicts(file_store) == {
        82.03: ("not measured", "only another revision was measured"),
        90.0: ("missed", None),
    }


def test_what_nobody_can_measure_says_why_unless_it_was_measured(file_store: Store) -> None:
    rows = [
        replace(ROW, model="BERT+SimCSE", value=1.0),
        replace(ROW, model="USE", value=2.0),
        replace(ROW, whitening="NLI", value=3.0),
        replace(TRAINED, task="cmeee", value=4.0),
        replace(TRAINED, task="ATEC", value=5.0),
        replace(ROW, model="someone/else", value=6.0),
    ]
    write_published(file_store, {"list": rows})
    assert verdicts(file_store) == {
        1.0: ("not testable", "weights that the source trained and did not publish"),
        2.0: ("not testable", "no checkpoint that transformers reads"),
        3.0: ("not testable", "fitted on SNLI and MNLI, which are no corpus here"),
        4.0: ("not testable", "the task is none of ours"),
        5.0: ("not testable", "no evaluator gives this metric of a trained model on this task"),
        6.0: ("not measured", None),
    }
    measure(file_store, CheckpointRow("s", "BERT+SimCSE", "file:///s"))
    assert verdicts(file_store)[1.0] == ("missed", None)


def train(store: Store, values: tuple[float, ...], trained_on: str = "tnews/train") -> None:
    how = {"mode": "finetune", "split": "validation", "head": "linear", "method": "plain"}
    bert = CheckpointRow("bert", "bert-base-chinese", "hf://google-bert/bert-base-chinese")
    for seed, value in enumerate(values):
        run = make_run(
            f"{trained_on}{seed}",
            evaluator="clue",
            task="tnews",
            seed=seed,
            checkpoint_digest="bert",
            parameters={**how, "trained_on": trained_on},
        )
        assert record(store, run, [ScoreRow("accuracy", value, 10_000)], checkpoint=bert)


def test_a_method_is_judged_by_the_interval_of_one_further_seed(file_store: Store) -> None:
    # Mean 57.0, sd 0.1, three seeds: 4.3027 · 0.1 · sqrt(4/3) = 0.4968.
    train(file_store, (0.569, 0.570, 0.571))
    rows = [TRAINED, replace(TRAINED, value=57.45), replace(TRAINED, value=57.55)]
    write_published(file_store, {"list": rows})
    assert verdicts(file_store) == {
        57.0: ("confirmed", None),
        57.45: ("confirmed", None),
        57.55: ("missed", None),
    }
    found = ask(file_store, "SELECT tolerance FROM published_cells WHERE published = 57.45")
    assert found[0][0] == pytest.approx(0.49683, abs=1e-5)


@pytest.mark.parametrize(
    ("values", "trained_on", "reason"),
    [
        ((0.570, 0.571), "tnews/train", "fewer than 3 seeds"),
        ((0.55, 0.57, 0.59), "tnews/train", "our seeds lie too far apart to tell"),
        ((0.569, 0.570, 0.571), "tnews/part", "trained on another set"),
    ],
)
def test_a_method_that_cannot_be_judged_is_not_measured(
    file_store: Store, values: tuple[float, ...], trained_on: str, reason: str
) -> None:
    train(file_store, values, trained_on)
    write_published(file_store, {"list": [TRAINED]})
    assert verdicts(file_store) == {57.0: ("not measured", reason)}


def test_the_counts_of_a_list_add_up(any_store: Store) -> None:
    measure(any_store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    rows = [ROW, replace(ROW, value=70.0), replace(ROW, model="USE"), replace(ROW, model="x/y")]
    write_published(any_store, {"list": rows, "other": [replace(ROW, model="x/y")]})
    assert ask(any_store, "FROM published_counts ORDER BY collection") == [
        ("list", 4, 1, 1, 1, 1),
        ("other", 1, 0, 0, 1, 0),
    ]
    write_published(any_store, {"list": [replace(ROW, model="x/y")]})
    assert ask(any_store, "SELECT cells FROM published_counts ORDER BY 1") == [(1,), (1,)]


def test_tasks_without_data_are_those_that_published_scores_name() -> None:
    assert TASKS_WITHOUT_DATA == NO_TASKS_HERE
