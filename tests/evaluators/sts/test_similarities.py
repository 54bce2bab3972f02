"""The similarity of every pair, kept beside the scores."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest
import scipy.stats

from evaluators.dataset import PairDataset
from evaluators.errors import ScoreError
from evaluators.result import Result, Table
from evaluators.sts import Session
from evaluators.sts.similarities import NAME, from_table, to_table
from flows.runs import predictions


def pairs(n: int, subsets: tuple[str, ...] | None = None) -> PairDataset:
    words = tuple(f"sentence {i}" for i in range(n))
    return PairDataset("Tiny", "test", words, words[::-1], np.arange(n) / 3, subsets)


def test_a_session_keeps_what_its_headline_rests_on(
    checkpoint: Path, sentences: tuple[str, ...]
) -> None:
    second = (*sentences[3:], *sentences[:3])
    gold = np.random.default_rng(0).integers(0, 6, size=len(sentences)).astype(float)
    dataset = PairDataset("Tiny", "test", sentences, second, gold)
    with Session(checkpoint, poolings=["native"]) as session:
        result = session.evaluate(dataset, pooling="native", dimensions=[8], resamples=0)
    (table,) = Result.from_json(result.to_json()).tables
    kept = from_table(table)
    (headline,) = [s for s in result.scores if (s.metric, s.variant.get("k")) == ("spearman", 32)]
    assert scipy.stats.spearmanr(kept.similarity, kept.gold).statistic == pytest.approx(
        headline.value, abs=1e-5
    )
    assert (kept.task, kept.split, kept.dataset_digest) == ("Tiny", "test", dataset.digest)


def test_similarities_come_back_from_parquet_as_float32_in_little_room(tmp_path: Path) -> None:
    n = 20_000
    similarity = np.random.default_rng(0).uniform(-1, 1, size=n)
    dataset = pairs(n, tuple("ab"[i % 2] for i in range(n)))
    predictions.keep_tables([to_table(dataset, similarity)], tmp_path, "run")
    kept = from_table(predictions.read_parquet(tmp_path, "run", NAME))
    np.testing.assert_array_equal(kept.similarity, similarity.astype(np.float32))
    np.testing.assert_array_equal(kept.gold, dataset.gold.astype(np.float32))
    assert kept.subsets == dataset.subsets
    path = tmp_path / "run" / f"{NAME}.parquet"
    assert path.stat().st_size < 8 * n  # doubles alone would take 16 bytes a pair
    assert kept.shared is not None  # the second sentences are the first ones, reversed
    ids = np.arange(n)
    assert {
        frozenset(each) for each in zip(kept.shared.first, kept.shared.second, strict=True)
    } == {frozenset((2 * min(i, n - 1 - i), 2 * min(i, n - 1 - i) + 1)) for i in ids}
    rows = duckdb.read_parquet(str(path)).select("pair, typeof(similarity), subset")
    assert rows.fetchmany(2) == [(0, "FLOAT", "a"), (1, "FLOAT", "b")]


def test_a_table_from_before_sentences_were_kept_is_still_read() -> None:
    table = to_table(pairs(4), np.arange(4) / 4)
    columns = {name: table.columns[name] for name in ("pair", "gold", "similarity")}
    old = from_table(Table(NAME, columns, table.about))
    assert old.shared is None
    np.testing.assert_array_equal(old.similarity, from_table(table).similarity)


def test_nan_similarities_and_other_tables_are_refused() -> None:
    with pytest.raises(ScoreError, match="NaN"):
        to_table(pairs(3), np.array([0.1, np.nan, 0.3]))
    good = to_table(pairs(3), np.array([0.1, 0.2, 0.3]))
    for columns in (
        {"x": (1,)},
        {"gold": ["a"], "similarity": [1.0]},
        {"gold": [[1.0]], "similarity": [1.0]},
        {"gold": [1.0], "similarity": [float("nan")]},
        {"gold": [1.0], "similarity": [None]},
        {"gold": [1.0], "similarity": [1.0], "first": [0]},
        {"gold": [1.0], "similarity": [1.0], "first": [0.5], "second": [1.5]},
        {"gold": [1.0], "similarity": [1.0], "first": ["a"], "second": ["b"]},
        {"gold": [1.0], "similarity": [1.0], "first": [[0]], "second": [[1]]},
    ):
        with pytest.raises(ScoreError, match="holds"):
            from_table(Table(NAME, columns, good.about))
    with pytest.raises(ScoreError, match="holds no similarities"):
        from_table(Table(NAME, good.columns, {}))
