"""Fills stores the way the flow does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from db import Store
from db.claims import write_verdicts
from db.published import write_published
from db.record import record
from db.rows import (
    CheckpointRow,
    ClaimRow,
    CurveRow,
    DatasetRow,
    PublishedScoreRow,
    RunRow,
    ScoreRow,
    SystemRow,
    VerdictRow,
)
from tests.kept_open import kept_open

Fill = Callable[[str, Callable[[Store], object]], str]
"""Makes a store of a name, once, by a function that fills it, and returns its URL."""

FIRST_NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SECOND_NIGHT = FIRST_NIGHT + timedelta(days=1)


def keep_run(
    store: Store,
    run_id: str,
    *,
    job: str = "",
    night: str = "night-1",
    at: datetime = FIRST_NIGHT,
    generation: int = 0,
    checkpoint: str = "MiniLM",
    task: str = "SampleEN",
    pooling: str = "native",
    whitening: str = "none",
    spearman: float | None = 0.6727,
    error: tuple[str, str] | None = None,
    environment: str = "env-1",
    canary: bool = False,
) -> None:
    """Record one run as the flow does: its scores and curve, or its error."""
    scores, curves = [], []
    if spearman is not None:
        for metric, shift in (("spearman", 0.0), ("pearson", 0.01)):
            scores.append(
                ScoreRow(
                    metric,
                    spearman + shift,
                    200,
                    {"k": 8, "aggregate": "all"},
                    spearman - 0.05,
                    spearman + 0.05,
                )
            )
        scores.append(
            ScoreRow("spearman", spearman, 20, {"k": 8, "aggregate": "subset", "subset": "cooking"})
        )
        rising = tuple(spearman * k / 8 for k in range(1, 9))
        curves.append(CurveRow("spearman", "k", 1, rising, {"aggregate": "all"}))
    record(
        store,
        RunRow(
            run_id=run_id,
            job_key=job or f"job-{run_id}",
            night_id=night,
            evaluator="sts",
            evaluator_version="1",
            task=task,
            checkpoint_digest=f"digest of {checkpoint}",
            dataset_digest=f"digest of {task}",
            parameters={"pooling": pooling, "whitening": whitening, "fit_digests": []},
            seed=0,
            dtype="float32",
            status="failed" if error else "finished",
            started_at=at,
            finished_at=at + timedelta(seconds=75),
            seconds=75.0,
            generation=generation,
            environment=environment,
            code_commit="0123456789abcdef",
            code_dirty=False,
            device="cpu",
            cost={"peak_memory_bytes": 925_200_000, "encoded": 400, "encode_seconds": 2.0},
            error_type=error[0] if error else None,
            error_text=error[1] if error else None,
            is_canary=canary,
        ),
        scores,
        curves,
        system=SystemRow(
            environment,
            libraries={"torch": "2.13.0"},
            machine={"processor": "one of ours"},
            host="bench",
        ),
        checkpoint=CheckpointRow(
            f"digest of {checkpoint}",
            checkpoint,
            "hf://org/name@main",
            resolved_revision="abc123",
            weights_sha256="a" * 64,
            bytes=91_567_913,
        ),
        dataset=DatasetRow(
            f"digest of {task}", task, language="en", split="test", row_count=200, licence="CC0"
        ),
    )


def keep_everything(store: Store) -> None:
    """Two nights: scores, a canary that moved, a failure, boards, a published number."""
    from flows.boards.leaderboards import store_leaderboards

    keep_run(store, "canary-0", job="canary", canary=True)
    keep_run(store, "whitened", whitening="target", spearman=0.4847)
    keep_run(store, "cls", pooling="cls", spearman=0.6017)
    keep_run(store, "zh", task="SampleZH", spearman=0.3675)
    second = {"night": "night-2", "at": SECOND_NIGHT}
    keep_run(
        store,
        "canary-1",
        job="canary",
        generation=1,
        spearman=0.7727,
        environment="env-2",
        canary=True,
        **second,
    )
    keep_run(
        store,
        "broken",
        task="STS12",
        spearman=None,
        error=("DatasetError", "STS12: row 17 has no score; get it again"),
        **second,
    )
    write_verdicts(
        store,
        [
            VerdictRow(
                verdict_id="v1",
                claim="environment-drift",
                decided_at=SECOND_NIGHT,
                verdict="environment-drift",
                statistic=0.1,
                threshold=0.001,
                night_id="night-2",
                detail="SampleEN moved by 10.00 after torch 2.13.0 became 2.14.0",
            )
        ],
        [
            ClaimRow(
                "environment-drift",
                "The same job gives the same scores.",
                "our canaries",
                "refuted when it moves",
            )
        ],
    )
    write_published(
        store,
        {
            "mteb": [
                PublishedScoreRow(
                    "org/name", "SampleEN", 0.7726, "mteb", unit_max=1.0, weights_sha256="a" * 64
                ),
                PublishedScoreRow("someone/else", "SampleEN", 0.77, "mteb", unit_max=1.0),
            ]
        },
    )
    store_leaderboards(store, ["superglue", "glue", "mteb-classic-en"])


HOSTILE = (
    "<script>window.stolen=1</script>",
    "<img src=x onerror=window.stolen=1>",
    "[click](javascript:window.stolen=1)",
    "**bold** _it_ `code` :smile: $x^2$ :red[x] # no",
    "http://evil.example/?a=1",
    '=HYPERLINK("http://evil.example")',
    "'; DROP TABLE runs; --",
    "\u202eright to left\u202c מודל",
    "中文模型 名字",
    "x" * 300,
    "two\nlines\tand a tab",
    "\"double\" & 'single' </table></div>",
    "%s {0} {{x}} datum.x",
)
"""Names that must show as they are written, and do nothing."""


def keep_hostile(store: Store) -> None:
    """Every kind of name and text, made of the worst."""
    with kept_open(store):
        keep_hostile_runs(store)
    keep_hostile_claims_and_board(store)


def keep_hostile_runs(store: Store) -> None:
    """What plan runs write, made of the worst."""
    from tests.dashboard.experiments import keep_arms, keep_dimensions, keep_sweep
    from tests.dashboard.vectors import keep_vectors

    for i, evil in enumerate(HOSTILE):
        keep_run(store, f"good-{i}", checkpoint=evil, task=f"{evil} task", pooling=evil)
        keep_run(
            store,
            f"{evil} id" if i < 2 else f"bad-{i}",
            task=evil,
            checkpoint=evil,
            spearman=None,
            error=(evil, f"{evil} went wrong"),
        )
    for evil in (HOSTILE[0], HOSTILE[2], HOSTILE[7]):
        keep_sweep(store, seeds=2, name=evil)
        keep_dimensions(store, name=evil)
        keep_arms(store, evil, evil, seeds=2)
    keep_vectors(store, HOSTILE[:2], ("", *(HOSTILE[i] for i in (0, 2, 7, 10))))


def keep_hostile_claims_and_board(store: Store) -> None:
    """What reports are about, made of the worst."""
    from db.leaderboards import write_board
    from db.rows import (
        BoardCellRow,
        BoardColumnRow,
        BoardModelRow,
        BoardRow,
        LeaderboardRow,
    )

    write_verdicts(
        store,
        [
            VerdictRow(f"v{i}", evil, FIRST_NIGHT, evil, 1.0, detail=evil)
            for i, evil in enumerate(HOSTILE)
        ],
        [ClaimRow(evil, evil, evil, evil) for evil in HOSTILE],
    )
    write_board(
        store,
        LeaderboardRow(
            BoardRow(HOSTILE[0], HOSTILE[1], HOSTILE[2], title=HOSTILE[3], notes=HOSTILE[0]),
            tuple(BoardColumnRow(evil, evil, evil, unit_max=100.0) for evil in HOSTILE[:3]),
            tuple(BoardModelRow(e, submitted_by=e, is_human=not i) for i, e in enumerate(HOSTILE)),
            tuple(
                BoardCellRow(i, j, 90.0 - 3 * i + (i * j) % 5, None, i == 4, HOSTILE[j])
                for i in range(len(HOSTILE))
                for j in range(3)
                if (i, j) != (5, 1)
            ),
        ),
    )


def keep_gaps(store: Store) -> None:
    """A board of 30 models, none of which has all of 12 tasks; six have one alone."""
    from db.leaderboards import write_board
    from db.rows import BoardCellRow, BoardColumnRow, BoardModelRow, BoardRow, LeaderboardRow

    cells = [
        BoardCellRow(i, j, 50.0 + i / 10 + j)
        for i in range(24)
        for j in range(12)
        if j < 8 or (i + j) % 4
    ]
    cells += [BoardCellRow(i, 11, 99.0) for i in range(24, 30)]
    write_board(
        store,
        LeaderboardRow(
            BoardRow("gappy", "1", "made up"),
            tuple(BoardColumnRow(f"c{j}", f"t{j}", "acc", unit_max=100.0) for j in range(12)),
            tuple(BoardModelRow(f"m{i}") for i in range(30)),
            tuple(cells),
        ),
    )
