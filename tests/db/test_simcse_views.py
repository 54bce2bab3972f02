"""Training on text as the views show it: what was scored, what it cost, seed by seed."""

from __future__ import annotations

from typing import Any

import pytest

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.sample_rows import make_run
from tests.db.test_sweep_views import interval, rows

INFO = {0: 0.80, 1: 0.82, 2: 0.78}
FLAT = {0: 0.81, 1: 0.84, 2: 0.82}
BEFORE = 0.75


def keep(store: Store, loss: str, values: dict[int, float], **more: Any) -> None:
    cost, digest = more.pop("cost", {}), more.pop("digest", "pairs")
    for seed, value in values.items():
        parameters = {
            "corpus": "lines",
            "corpus_digest": "c",
            "split": "validation",
            "arm": f"{loss}/float32",
            "loss": loss,
            "dtype": "float32",
            "batch": 64,
            "chunk": 32,
            "sentences": 1024,
            "temperature": 0.05,
            "rate": 1e-5,
            "max_length": 32,
            **more,
        }
        run = make_run(
            f"{parameters}{seed}{digest}",
            evaluator="simcse",
            task="STSBenchmark",
            seed=seed,
            dataset_digest=digest,
            parameters=parameters,
            cost={"steps": 16, "sentences_per_second": 100.5, "peak_bytes": 2**33, **cost},
        )
        scores = [("spearman", value), ("spearman_before", BEFORE), ("loss", 0.5)]
        assert record(store, run, [ScoreRow(m, v, 1500, {"seed": seed}) for m, v in scores])


def test_a_run_has_its_scores_its_cost_and_its_settings(any_store: Store) -> None:
    keep(any_store, "infonce", {0: 0.8})
    keep(any_store, "infonce", {0: 0.7}, encoder="bfloat16", rate_at=64)
    half, plain = rows(any_store, "FROM simcse_runs ORDER BY encoder")
    assert (plain["spearman"], plain["before"], plain["last_loss"]) == (0.8, BEFORE, 0.5)
    assert (plain["encoder"], plain["rate_at"], plain["batch"]) == ("float32", None, 64)
    assert (plain["steps"], plain["sentences_per_second"]) == (16, 100.5)
    assert plain["peak_bytes"] == 2**33
    assert "lines, STSBenchmark validation, 1024 sentences" in plain["bench"]
    assert (half["encoder"], half["rate_at"]) == ("bfloat16", 64)
    assert "rate 1e-05 at 64, 32 tokens, chunks of 32" in half["bench"]


def test_differences_are_paired_by_seed_and_have_the_checkpoint_beside(any_store: Store) -> None:
    keep(any_store, "infonce", INFO)
    keep(any_store, "flatnce", {**FLAT, 7: 0.1})
    keep(any_store, "flatnce", FLAT, batch=256)
    keep(any_store, "infonce", {0: 0.8}, temperature=0.1)
    found = {
        (row["arm"], row["base"], row["batch"]): row
        for row in rows(any_store, "FROM simcse_differences WHERE bench LIKE '%temperature 0.05%'")
    }
    flat, info = "flatnce/float32", "infonce/float32"
    assert set(found) == {
        (flat, info, 64),
        (info, flat, 64),
        (flat, "before", 64),
        (info, "before", 64),
        (flat, "before", 256),
    }
    row = found[flat, info, 64]
    off = [FLAT[seed] - INFO[seed] for seed in INFO]
    assert row["seeds"] == 3
    assert row["difference"] == pytest.approx(sum(off) / 3)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(interval(off))
    beside = found[info, "before", 64]
    assert beside["difference"] == pytest.approx(sum(INFO.values()) / 3 - BEFORE)
    assert (beside["base_mean"], beside["base_encoder"]) == (BEFORE, None)


def test_one_arm_in_two_precisions_of_the_encoder_is_compared(file_store: Store) -> None:
    keep(file_store, "infonce", INFO)
    keep(file_store, "infonce", FLAT, encoder="bfloat16")
    query = "FROM simcse_differences WHERE base_encoder = 'float32'"
    (row,) = rows(file_store, query)
    assert (row["arm"], row["encoder"], row["base"]) == (
        "infonce/float32",
        "bfloat16",
        "infonce/float32",
    )
    assert row["difference"] == pytest.approx(0.07 / 3)


def test_pairs_that_changed_since_replace_the_old(file_store: Store) -> None:
    keep(file_store, "infonce", INFO)
    keep(file_store, "infonce", {0: 0.5}, digest="other pairs")
    values = {row["seed"]: row["spearman"] for row in rows(file_store, "FROM simcse_runs")}
    assert values == {0: 0.5, 1: 0.82, 2: 0.78}
