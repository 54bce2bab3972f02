"""Fills a store with experiments, as the flow records them: sweeps, dimensions, two checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from db import Store
from db.claims import write_verdicts
from db.record import record
from db.rows import CheckpointRow, ClaimRow, CurveRow, DatasetRow, RunRow, ScoreRow, VerdictRow
from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT
from tests.kept_open import kept_open


def keep(
    store: Store,
    evaluator: str,
    parameters: Mapping[str, Any],
    scores: Sequence[ScoreRow],
    curves: Sequence[CurveRow] = (),
    *,
    task: str = "T",
    checkpoint: str = "",
    night: str = "night-1",
    at: datetime = FIRST_NIGHT,
    seed: int = 0,
    cost: Mapping[str, Any] | None = None,
) -> None:
    """Record one finished run."""
    told = f"{evaluator}-{task}-{checkpoint}-{seed}-{sorted(parameters.items())}-{night}"
    record(
        store,
        RunRow(
            run_id=told,
            job_key=told,
            night_id=night,
            evaluator=evaluator,
            evaluator_version="1",
            task=task,
            checkpoint_digest=f"digest of {checkpoint}" if checkpoint else "",
            dataset_digest=f"digest of {task}",
            parameters=dict(parameters),
            seed=seed,
            dtype="float32",
            status="finished",
            started_at=at,
            finished_at=at + timedelta(seconds=3),
            seconds=3.0,
            device="cpu",
            cost=dict(cost or {}),
            prefect_flow_run_id="c975fc40-64ea-4094-a8f1-3c7f2da78f6b",
        ),
        scores,
        curves,
        checkpoint=CheckpointRow(f"digest of {checkpoint}", checkpoint, "file:///there")
        if checkpoint
        else None,
        dataset=DatasetRow(f"digest of {task}", task, row_count=20),
    )


def keep_sweep(store: Store, seeds: int = 3, name: str = "infonce/float32") -> None:
    """Two arms at two batch sizes, the baselines, and gradients put together from chunks."""
    bench = {"data": "digits", "augmentation": "weak", "temperature": 0.1, "epochs": 20}
    bench["rate"] = 0.001
    for arm, lift in ((name, 0.0), ("flatnce/float32", 0.02)):
        loss, _, dtype = arm.partition("/")
        for batch in (4, 256):
            scores = [
                ScoreRow("few5", 0.7 + lift + 0.001 * s + 0.0001 * batch, 100, {"seed": s})
                for s in range(seeds)
            ]
            own = {**bench, "arm": arm, "loss": loss, "dtype": dtype, "batch": batch}
            keep(store, "batch_sweep", own, scores, task="digits")
    for arm, value in (("raw", 0.84), ("random", 0.75)):
        own = {"data": "digits", "augmentation": "weak", "arm": arm}
        scores = [ScoreRow("few5", value, 100, {"seed": s}) for s in range(seeds)]
        keep(store, "batch_sweep", own, scores, task="digits")
    ways = (("plain", 0.2), ("cached", 2e-7))
    keep(
        store,
        "gradient_accumulation",
        {"batch": 64, "chunk": 8, "temperature": 0.1},
        [
            ScoreRow("relative_error", error * (1 + s / 10), 64, {"way": way, "seed": s})
            for way, error in ways
            for s in range(seeds)
        ],
        task="chunks",
    )


def keep_dimensions(store: Store, sizes: Sequence[int] = (100, 1000), name: str = "rho") -> None:
    """One retrieval experiment, a cell of which needs more dimensions than were tried."""
    for i, items in enumerate(sizes):
        scores = [
            ScoreRow(
                "n_star", 40.0 + 20 * i, 800, {"criterion": "recall 0.9"}, 38.0, 42.0 + 20 * i
            ),
            ScoreRow("n_star_beyond", 99.0, 800, {"criterion": "recall 1"}),
        ]
        curves = [
            CurveRow("n", "point", 1, (2.0, 4.0, 8.0)),
            CurveRow("recall@1", "point", 1, (0.1, 0.5, 0.9)),
        ]
        own = {"items": items, "setting": name, "subject": "synthetic"}
        keep(store, "dimension_retrieval", own, scores, curves, task="recall@1")


def keep_clue(store: Store, name: str = "BERT 中文", seeds: int = 2) -> None:
    """A task by three methods and a floor, one of them trained on another task."""
    base = {"family": "classification", "split": "dev", "epochs": 3, "head": "linear"}
    ways = (
        ("finetune", "plain", "afqmc/train", 0.70),
        ("finetune", {"name": "r-drop", "alpha": 4}, "afqmc/train", 0.72),
        ("probe", "plain", "bq/train", 0.61),
    )
    for mode, method, trained_on, value in ways:
        for seed in range(seeds):
            own = {**base, "mode": mode, "method": method, "trained_on": trained_on}
            number = value + 0.01 * seed
            scores = [
                ScoreRow("accuracy", number, 100, {"post": "none"}, number - 0.08, number + 0.08),
                ScoreRow("class_f1", 0.5, 60, {"class": name}),
                ScoreRow("class_precision", 0.4, 60, {"class": name}),
                ScoreRow("class_recall", 0.6, 60, {"class": name}),
                ScoreRow("confusion", 36.0, 100, {"gold": name, "predicted": name}),
                ScoreRow("confusion", 24.0, 100, {"gold": name, "predicted": "不同"}),
            ]
            keep(store, "clue", own, scores, task="afqmc", checkpoint=name, seed=seed)
    floor = {"family": "classification", "split": "dev", "mode": "constant"}
    keep(store, "clue", floor, [ScoreRow("accuracy", 0.69, 100, {})], task="afqmc")


def keep_checkpoints(store: Store, names: Sequence[str] = ("small", "large")) -> None:
    """Two checkpoints on three tasks, the second better by 0.02, 0.04 and 0.06, and wider."""
    for i, name in enumerate(names):
        for j, task in enumerate(("STS12", "STS13", "中文任务")):
            value = 0.6 + 0.05 * j + i * 0.02 * (j + 1)
            k = 384 * (i + 1)
            variant = {"k": k, "aggregate": "all"}
            keep(
                store,
                "sts",
                {"pooling": "native", "whitening": "none", "fit_digests": [name]},
                [
                    ScoreRow("spearman", value, 200, variant, value - 0.03, value + 0.03),
                    ScoreRow("pearson", value + 0.01, 200, variant),
                ],
                [
                    CurveRow(
                        "spearman", "k", 1, tuple(value * n / k for n in range(1, k + 1)),
                        {"aggregate": "all"},
                    )
                ],
                task=task,
                checkpoint=name,
                night=f"night-{i + 1}",
                at=(FIRST_NIGHT, SECOND_NIGHT)[i],
                cost={"peak_memory_bytes": 2e8, "encoded": 400, "encode_seconds": 2.0},
            )  # fmt: skip


def keep_claims(store: Store) -> None:
    """A claim on boards, one on rows of a view that turned round, one without an interval."""
    said = {"sentence": "Humans lead.", "source": "Doe 2021, arXiv:2112.01342", "rule": "a rule"}
    board = {"board": "superglue", "detail": "human rank 4"}
    verdicts = [
        VerdictRow("b1", "humans", FIRST_NIGHT, "refuted", 4.0, 1.0, 6.0, 1.0,
                   snapshot="2021", treatment="per-task", **board),
        VerdictRow("b2", "humans", FIRST_NIGHT, "refuted", 5.0, 2.0, 7.0, 1.0,
                   snapshot="2022", treatment="per-task", **board),
        VerdictRow("b3", "humans", FIRST_NIGHT, "holds", 1.0, None, None, 1.0,
                   snapshot="2021", treatment="paper-mixed", **board),
        VerdictRow("b4", "humans", FIRST_NIGHT, "refuted", 4.0, 1.0, 6.0, 1.0, combined=True,
                   snapshot="2021", treatment="per-task", level="published", **board),
        VerdictRow("r1", "law", FIRST_NIGHT, "inconclusive", 7.0, 5.0, 9.0, 8.33,
                   setting="experiment=retrieval, setting=rho = 0.5", level="made-up"),
        VerdictRow("r2", "law", SECOND_NIGHT, "refuted", 2.5, 2.0, 3.0, 8.33,
                   setting="experiment=retrieval, setting=rho = 0.5", level="made-up"),
        VerdictRow("r3", "law", SECOND_NIGHT, "not testable here",
                   setting="experiment=retrieval, setting=rho = 0.9", detail="too few N"),
        VerdictRow("r4", "law", SECOND_NIGHT, "refuted", 2.5, 2.0, 3.0, 8.33, combined=True,
                   level="made-up", rests_on="2 settings", p_value=0.01),
        VerdictRow("e1", "exact", FIRST_NIGHT, "holds", 2.4e-07, threshold=1e-6,
                   setting="batch=64"),
        VerdictRow("e2", "exact", FIRST_NIGHT, "holds", 2.4e-07, threshold=1e-6, combined=True,
                   level="identity", rests_on="7 seeds"),
    ]  # fmt: skip
    write_verdicts(
        store,
        verdicts,
        [
            ClaimRow("humans", said["sentence"], said["source"], said["rule"], "averaging"),
            ClaimRow("law", "n is 8.33 ln N.", "kexue.fm/archives/8711", "a slope",
                     "view dimension_law"),
            ClaimRow("exact", "Caching is exact.", "http://evil.example/2101.06983", "an error",
                     "view gradient_accumulation"),
        ],
    )  # fmt: skip


def keep_arms(
    store: Store, evaluator: str = "linear_simcse", name: str = "raw", seeds: int = 3
) -> None:
    """Two arms along a swept exponent in two places of dropout, and a setting that stands alone.

    The arm `trained` gains 0.02 at exponent 0, 0.04 at 1 and 0.08 at 2.
    """
    settings = [
        (f"exponent {exponent:g}, dropout 0.3 on {where}, 10000 sentences, rate 0.01", 0.02 * 2**i)
        for i, exponent in enumerate((0.0, 1.0, 2.0))
        for where in ("hidden", "vector")
    ]
    settings.append((f"{name} alone, 10000 sentences, rate 0.01", 0.0))
    for setting, gain in settings:
        scores, curves = [], []
        for seed in range(1000, 1000 + seeds):
            noise = 0.001 * (seed - 1000)
            for arm, value in ((name, 0.5), ("trained", 0.5 + gain + noise)):
                variant = {"arm": arm, "setting": setting, "seed": seed}
                scores.append(ScoreRow("spearman", value, 2000, variant))
                scores.append(ScoreRow("loss_ratio", 1000 * value**8, 2000, variant))
            variant = {"arm": "trained", "setting": setting, "seed": seed}
            scores.append(ScoreRow("late_improvement", 0.001, 100, variant))
            losses = tuple(2.0 - 0.1 * i + noise for i in range(11))
            curves.append(CurveRow("training_loss", "tenth", 0, losses, variant))
        parameters = {"setting": setting, "sentences": 500, "epochs": 10}
        keep(store, evaluator, parameters, scores, curves, task="made-up vectors")


def keep_experiments(store: Store) -> None:
    """Everything above."""
    with kept_open(store):
        keep_arms(store)
        keep_sweep(store)
        keep_dimensions(store)
        keep_clue(store)
        keep_checkpoints(store)
        keep_claims(store)
