"""The tab "Examples" of the CLUE page: broken examples, information, and too few models."""

from __future__ import annotations

import numpy as np

from db import run_files
from db.rows import ScoreRow
from evaluators.item_response.analysis import analyse
from evaluators.trainer.predictions import Predictions, to_table
from flows.runs import predictions
from tests.dashboard.experiments import keep
from tests.dashboard.look import everything

N = 80
VIEW = {"clue-view": "Examples"}


def keep_models(store, count: int) -> np.ndarray:
    """Record models, the later the better; the last example has a wrong label."""
    from sqlalchemy import text

    drawn = np.random.default_rng(0)
    answers = []
    for place in range(count):
        right = drawn.random(N) < 0.25 + 0.7 * place / count
        right[-1] = place < count / 2
        params = {"mode": "finetune", "split": "validation", "family": "classification"}
        keep(store, "clue", {**params, "epochs": place}, [ScoreRow("accuracy", 0.5, N)], task="c")
        with store.read() as connection:
            query = text("SELECT run_id FROM runs ORDER BY committed_at DESC LIMIT 1")
            run_id = str(connection.execute(query).scalar())
        ids = tuple(f"id{each}" for each in range(N))
        kept = Predictions(
            "classification", ("no", "yes"), ids, (0,) * N, tuple(int(not ok) for ok in right)
        )
        table = to_table(kept, task="c", split="validation")
        predictions.keep_tables([table], run_files.folder(store.url), run_id)
        answers.append(right)
    return np.array(answers, dtype=float)


def test_broken_examples_are_listed_and_information_is_drawn(open_page, store) -> None:
    answers = keep_models(store, 24)
    app = open_page(store.url, "clue", **VIEW)
    assert not app.exception
    (table,) = [each.value for each in app.dataframe if "rest_difference" in each.value.columns]
    assert table.id.tolist() == [f"id{N - 1}"]
    expected = analyse(answers, seed=0)
    assert table.q_value.iloc[0] == expected.test.q_value[N - 1] < 0.05
    assert len(app.get("vega_lite_chart")) == 2
    shown = everything(app)
    assert "Better models do worse" in shown
    assert "24 models are configurations of 1 checkpoint" in shown
    assert f"{len(expected.selected):,} most informative" in shown


def test_few_models_are_told_what_is_needed(open_page, store) -> None:
    keep_models(store, 4)
    app = open_page(store.url, "clue", **VIEW)
    assert not app.exception
    assert "at least 8 models, got 4" in everything(app)
    assert not app.get("vega_lite_chart")


def test_models_that_find_nothing_broken_show_the_most_suspicious(open_page, store) -> None:
    keep_models(store, 9)
    app = open_page(store.url, "clue", **VIEW)
    assert not app.exception
    shown = everything(app)
    assert "no example stands out beyond chance" in shown
    assert "12 models" in shown
