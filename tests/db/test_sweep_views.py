"""Batch sweeps as the views show them, and their intervals beside scipy's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from scipy import stats

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from evaluators.sql_view import t975
from tests.db.sample_rows import make_run

BENCH = "digits, weak, temperature 0.1, 20 epochs, rate 0.001"
INFO = {3: 0.70, 4: 0.72, 5: 0.77}
FLAT = {3: 0.75, 4: 0.74, 5: 0.83}
RAW = {3: 0.80, 4: 0.81, 5: 0.82}


def keep(
    store: Store, arm: str, values: dict[int, float], *, digest: str = "images", **more: Any
) -> None:
    parameters: dict[str, Any] = {"data": "digits", "augmentation": "weak", "arm": arm}
    if "/" in arm:
        loss, _, dtype = arm.partition("/")
        fixed = {"loss": loss, "dtype": dtype, "batch": 4, "temperature": 0.1, "epochs": 20}
        parameters |= {**fixed, "rate": 0.001}
    parameters |= more
    parameters["seeds"] = sorted(values)
    run = make_run(
        f"{parameters}{digest}",
        evaluator="batch_sweep",
        task="digits",
        checkpoint_digest="",
        dataset_digest=digest,
        parameters=parameters,
    )
    scores = [ScoreRow("few5", value, 500, {"seed": seed}) for seed, value in values.items()]
    mean = sum(values.values()) / len(values)
    assert record(store, run, [*scores, ScoreRow("few5", mean, 3, {"aggregate": "mean"}, 0.0, 1.0)])


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def interval(values: Sequence[float]) -> tuple[float, float]:
    return stats.ttest_1samp(values, 0).confidence_interval()


def test_a_sweep_has_rows_by_seed_and_means_with_baselines_beside(any_store: Store) -> None:
    keep(any_store, "infonce/float32", INFO)
    keep(any_store, "raw", RAW)
    found = rows(any_store, "FROM batch_sweep WHERE loss IS NOT NULL ORDER BY seed NULLS LAST")
    assert [row["seed"] for row in found] == [3, 4, 5, None]
    assert [row["value"] for row in found[:3]] == list(INFO.values())
    assert [row["raw"] for row in found[:3]] == list(RAW.values())
    mean = found[-1]
    assert (mean["bench"], mean["batch"], mean["dtype"]) == (BENCH, 4, "float32")
    assert mean["value"] == pytest.approx(0.73)
    assert (mean["ci_low"], mean["ci_high"]) == pytest.approx(interval(list(INFO.values())))
    assert (mean["seeds"], mean["raw"], mean["random"]) == (3, pytest.approx(0.81), None)


def test_differences_are_paired_by_seed(any_store: Store) -> None:
    keep(any_store, "infonce/float32", INFO)
    keep(any_store, "flatnce/float32", {**FLAT, 9: 0.1})  # nobody else has seed 9
    keep(any_store, "flatnce/float32", FLAT, batch=16)  # no partner at that size
    keep(any_store, "raw", RAW)
    found = {
        (row["arm"], row["base"], row["batch"]): row
        for row in rows(any_store, "FROM batch_sweep_differences")
    }
    assert set(found) == {
        ("flatnce/float32", "infonce/float32", 4),
        ("infonce/float32", "flatnce/float32", 4),
        ("flatnce/float32", "raw", 4),
        ("infonce/float32", "raw", 4),
        ("flatnce/float32", "raw", 16),
    }
    row = found["flatnce/float32", "infonce/float32", 4]
    off = [FLAT[seed] - INFO[seed] for seed in INFO]
    assert (row["seeds"], row["bench"]) == (3, BENCH)
    assert row["difference"] == pytest.approx(sum(off) / 3)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(interval(off))
    assert row["arm_mean"] - row["base_mean"] == pytest.approx(row["difference"])
    mirrored = found["infonce/float32", "flatnce/float32", 4]
    assert mirrored["ci_high"] == pytest.approx(-row["ci_low"])


def test_other_settings_are_another_bench_and_one_seed_has_no_interval(file_store: Store) -> None:
    keep(file_store, "infonce/float32", INFO)
    keep(file_store, "flatnce/float32", FLAT, temperature=0.05)
    assert rows(file_store, "FROM batch_sweep_differences") == []
    keep(file_store, "flatnce/float32", {3: 0.9})
    (one,) = rows(file_store, "FROM batch_sweep_differences WHERE base = 'infonce/float32'")
    assert (one["seeds"], one["ci_low"], one["ci_high"]) == (1, None, None)


def test_another_encoder_is_another_bench_with_baselines_of_its_own(any_store: Store) -> None:
    keep(any_store, "infonce/float32", INFO)
    keep(any_store, "raw", RAW)
    keep(any_store, "flatnce/float32", FLAT, encoder="resnet")
    assert {row["base"] for row in rows(any_store, "FROM batch_sweep_differences")} == {"raw"}
    query = "FROM batch_sweep WHERE seed IS NULL AND batch = 4 ORDER BY encoder"
    small, large = rows(any_store, query)
    assert (small["encoder"], small["bench"], large["raw"]) == ("mlp", BENCH, None)
    assert large["bench"] == BENCH.replace("weak", "weak, resnet")
    keep(any_store, "raw", FLAT, encoder="resnet")
    small, large = rows(any_store, query)
    assert large["raw"] == pytest.approx(sum(FLAT.values()) / 3)
    assert small["raw"] == pytest.approx(0.81)


def test_a_seed_counts_once_and_changed_images_replace_the_old(any_store: Store) -> None:
    keep(any_store, "infonce/float32", INFO)
    keep(any_store, "infonce/float32", {5: 0.5, 6: 0.6})
    seeds = rows(any_store, "SELECT seed, value FROM batch_sweep_seeds ORDER BY seed")
    assert [tuple(row.values()) for row in seeds] == [(3, 0.70), (4, 0.72), (5, 0.5), (6, 0.6)]
    keep(any_store, "infonce/float32", {5: 0.9}, digest="other images")
    assert [row["value"] for row in rows(any_store, "FROM batch_sweep_seeds")] == [0.9]


def test_accumulation_has_a_row_a_way_and_seed(any_store: Store) -> None:
    run = make_run(
        "cell",
        evaluator="gradient_accumulation",
        task="gradient",
        checkpoint_digest="",
        dataset_digest="",
        parameters={"batch": 64, "chunk": 8, "seeds": [0], "temperature": 0.1},
    )
    which = {"way": "plain", "seed": 0}
    scores = [ScoreRow("relative_error", 0.3, 64, which), ScoreRow("cosine", 0.9, 64, which)]
    assert record(any_store, run, scores)
    (row,) = rows(any_store, "FROM gradient_accumulation")
    wanted = {"way": "plain", "batch": 64, "chunk": 8, "temperature": 0.1, "seed": 0}
    assert {key: row[key] for key in wanted} == wanted
    assert (row["relative_error"], row["cosine"]) == (0.3, 0.9)


def test_cancellation_has_a_row_a_loss_gap_and_seed(any_store: Store) -> None:
    run = make_run(
        "cell",
        evaluator="gradient_cancellation",
        task="gradient",
        checkpoint_digest="",
        dataset_digest="",
        parameters={"dtype": "bfloat16", "negatives": 8, "spread": 1.0, "seeds": [0], "rows": 9},
    )
    scores = [
        ScoreRow(metric, value, 9, {"loss": "infonce", "gap": gap, "seed": 0})
        for gap in (8.0, 10.0)
        for metric, value in (("relative_error", gap / 16), ("largest_error", 1.0))
    ] + [ScoreRow("below_normal", 0.5, 9, {"loss": "infonce", "gap": 8.0, "seed": 0})]
    assert record(any_store, run, scores)
    found = rows(any_store, "FROM gradient_cancellation ORDER BY gap")
    assert [(row["loss"], row["dtype"], row["seed"]) for row in found] == [
        ("infonce", "bfloat16", 0)
    ] * 2
    assert [row["relative_error"] for row in found] == [0.5, 0.625]
    assert [row["below_normal"] for row in found] == [0.5, None]


def test_the_quantile_of_students_t_is_scipys(file_store: Store) -> None:
    degrees = [0, 1, 2, 6, 29, 30, 31, 40, 100, 10_000]
    values = ", ".join(f"({n})" for n in degrees)
    query = f"SELECT {t975('n')} AS t FROM (VALUES {values}) AS v(n)"  # noqa: S608
    found = [row["t"] for row in rows(file_store, query)]
    assert found[0] is None
    assert found[1:] == pytest.approx(list(stats.t.ppf(0.975, degrees[1:])), abs=2e-6)
