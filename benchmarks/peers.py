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
    """Spearman by task, and what it took without loading the model.

    Attributes:
        seconds: Wall-clock time.
        cpu: Seconds of all threads on a core; other work on the machine changes them little.
        spearman: Spearman by task.
    """

    seconds: float
    cpu: float
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

        started, cpu = time.perf_counter(), time.process_time()
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
        return Timed(time.perf_counter() - started, time.process_time() - cpu, found)


class Mteb:
    """MTEB's own evaluator, fed with our rows (`task.dataset`, `task.data_loaded`)."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def run(self, datasets: Sequence[PairDataset], batch_size: int) -> Timed:
        started, cpu = time.perf_counter(), time.process_time()
        found = {
            data.task: mteb_scores(self.model, data, batch_size)["cosine_spearman"]
            for data in datasets
        }
        return Timed(time.perf_counter() - started, time.process_time() - cpu, found)


def mteb_scores(model: Any, data: PairDataset, batch_size: int) -> dict[str, float]:
    """Return everything that MTEB's evaluator says about our rows of one of its tasks."""
    import mteb
    from datasets import Dataset, DatasetDict

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names superseded since, same rows
        known = {"SampleEN": "STSBenchmark"}.get(data.task, data.task)
        task = mteb.get_task(known)
        rows: dict[str, Any] = {"sentence1": list(data.first), "sentence2": list(data.second)}
        if task.metadata.type == "STS":
            rows["score"] = data.gold.tolist()
        else:
            rows["labels"] = data.gold.astype(int).tolist()
        # One split: some tasks have two, and the rows of both would have to be here.
        task._eval_splits = [task.eval_splits[0]]
        task.dataset = DatasetDict({task.eval_splits[0]: Dataset.from_dict(rows)})
        task.data_loaded = True
        result = mteb.evaluate(
            model,
            task,
            cache=None,
            encode_kwargs={"batch_size": batch_size},
            show_progress_bar=False,
        )
    (scores,) = result.task_results[0].scores.values()
    return {
        name: float(value) for name, value in scores[0].items() if isinstance(value, int | float)
    }
