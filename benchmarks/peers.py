"""The peers, each by its own public entry point, on the same rows and the same weights."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evaluators.dataset import PairDataset

BATCH_SIZES = (16, 32, 64, 128)


class Timed(NamedTuple):
    """Seconds without loading the model, and Spearman by task."""

    seconds: float
    spearman: dict[str, float]


class SentenceTransformers:
    """sentence-transformers' `EmbeddingSimilarityEvaluator`."""

    def __init__(self, checkpoint: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self.model: Any = SentenceTransformer(str(checkpoint), device="cpu", local_files_only=True)

    def run(self, datasets: Sequence[PairDataset], batch_size: int) -> Timed:
        from sentence_transformers.sentence_transformer.evaluation import (
            EmbeddingSimilarityEvaluator,
        )

        started = time.perf_counter()
        found = {}
        for data in datasets:
            evaluator = EmbeddingSimilarityEvaluator(
                list(data.first),
                list(data.second),
                data.gold.tolist(),
                batch_size=batch_size,
                main_similarity="cosine",
                write_csv=False,
            )
            found[data.task] = float(evaluator(self.model)["spearman_cosine"])
        return Timed(time.perf_counter() - started, found)


class Mteb:
    """MTEB's own evaluator, fed with our rows (`task.dataset`, `task.data_loaded`)."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def run(self, datasets: Sequence[PairDataset], batch_size: int) -> Timed:
        import mteb
        from datasets import Dataset, DatasetDict

        found, seconds = {}, 0.0
        for data in datasets:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # names superseded since, same rows
                known = {"SampleEN": "STSBenchmark"}.get(data.task, data.task)
                task = mteb.get_task(known)
                rows = {
                    "sentence1": list(data.first),
                    "sentence2": list(data.second),
                    "score": data.gold.tolist(),
                }
                task.dataset = DatasetDict({task.eval_splits[0]: Dataset.from_dict(rows)})
                task.data_loaded = True
                started = time.perf_counter()
                result = mteb.evaluate(
                    self.model,
                    task,
                    cache=None,
                    encode_kwargs={"batch_size": batch_size},
                    show_progress_bar=False,
                )
                seconds += time.perf_counter() - started
            scores = next(iter(result.task_results[0].scores.values()))
            found[data.task] = float(scores[0]["cosine_spearman"])
        return Timed(seconds, found)
