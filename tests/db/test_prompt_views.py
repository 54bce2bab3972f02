"""How much a score hangs on the prompt, and of which prompts that is told."""

from __future__ import annotations

from itertools import permutations

import pytest

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.sample_rows import CHECKPOINT, DATASET, make_run

SAME = {"pooling": "native", "whitening": "none", "max_length": None}


def scored(store: Store, prompt: str, spearman: float) -> None:
    run = make_run(f"job of {prompt}", run_id=prompt, parameters={**SAME, "prompt": prompt})
    low, high = spearman - len(prompt) / 100, spearman + len(prompt) / 100
    scores = [ScoreRow("spearman", spearman, 9, {"k": 8, "aggregate": "all"}, low, high)]
    record(store, run, scores, checkpoint=CHECKPOINT, dataset=DATASET)


@pytest.mark.parametrize("order", list(permutations(("a", "bb", "ccc"))), ids=" ".join)
def test_of_equal_scores_the_prompt_decides_and_not_the_order(
    store: Store, order: tuple[str, ...]
) -> None:
    for prompt in order:
        scored(store, prompt, 0.5)
    with store.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT prompts, spread, best_prompt, best_low, worst_prompt, worst_low"
            " FROM sts_prompts"
        ).one()
    assert tuple(row) == (3, 0.0, "ccc", pytest.approx(0.47), "a", pytest.approx(0.49))


def test_the_best_and_the_worst_prompt_are_told_with_their_own_intervals(store: Store) -> None:
    for prompt, spearman in {"": 0.6, "a": 0.8, "bb": 0.7}.items():
        scored(store, prompt, spearman)
    with store.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT best_prompt, best, best_high, worst_prompt, worst, worst_high, unprompted"
            " FROM sts_prompts"
        ).one()
    assert tuple(row) == pytest.approx(("a", 0.8, 0.81, "", 0.6, 0.6, 0.6))
