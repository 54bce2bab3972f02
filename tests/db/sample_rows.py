"""Rows to put into a store, in a module that processes of tests import in a tenth of a second."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from db.rows import CheckpointRow, CurveRow, DatasetRow, RunRow, ScoreRow

SCORES = [
    ScoreRow("spearman", 0.82, 1379, {"k": 384, "aggregate": "all"}, 0.80, 0.84),
    ScoreRow("pearson", 0.83, 1379, {"k": 384, "aggregate": "all"}),
    ScoreRow("spearman", 0.81, 1379, {"k": 256, "aggregate": "all"}),
    ScoreRow("spearman", 0.79, 1379, {"k": 384, "aggregate": "wmean"}),
    ScoreRow("spearman", 0.70, 200, {"k": 384, "aggregate": "subset", "subset": "MSRvid"}),
]
CURVES = [CurveRow("spearman", "k", 1, (0.1, 0.2, 0.3), {"aggregate": "all"})]
CHECKPOINT = CheckpointRow("digest-of-mini", "mini", "hf://org/mini@abc")
DATASET = DatasetRow("digest-of-rows", "STSBenchmark", "en", split="test")


def make_run(job: str = "job", generation: int = 0, **more: Any) -> RunRow:
    moment = datetime.now(UTC)
    row: dict[str, Any] = {
        "run_id": uuid.uuid4().hex,
        "job_key": job,
        "generation": generation,
        "night_id": "night",
        "evaluator": "sts",
        "evaluator_version": "1",
        "task": "STSBenchmark",
        "checkpoint_digest": "digest-of-mini",
        "dataset_digest": "digest-of-rows",
        "parameters": {"pooling": "native", "whitening": "none", "prompt": "", "max_length": None},
        "seed": 0,
        "dtype": "float32",
        "status": "finished",
        "started_at": moment,
        "finished_at": moment,
        "seconds": 1.0,
    }
    return RunRow(**{**row, **more})
