"""Our scores beside MTEB's own on every set of sentence pairs that the mirror has.

MTEB's evaluators get our vectors in float64, so that only the scoring can differ: those of a small
BERT with random weights on every set, as scores are compared and not checkpoints, and those of
all-MiniLM-L6-v2 on some. There they also get sentence-transformers' own vectors, as a user runs it.

Three tiny checkpoints with prompts go both whole ways on every set: MTEB chooses the prompt and
sentence-transformers encodes; rankcheck chooses (`prompt: mteb`) and encodes itself.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import checkpoint
from benchmarks.peers import SentenceTransformers, mteb_scores
from benchmarks.prompted_checkpoints import Prompted, prompted_checkpoints
from benchmarks.table import Row
from db.settings import settings
from evaluators import tasks
from evaluators.dataset import PairDataset
from evaluators.result import Result, Score
from evaluators.small_bert.make import Size, make_small_bert
from evaluators.sts import Session
from evaluators.sts.prefix_similarities import SIMILARITIES
from evaluators.sts.prompts import prompt_of
from flows.inputs.pairs import load_task, located

AGREED = 1e-6
OWN = ("SampleEN", "SampleZH", "SICK-R-SentEval")  # not MTEB's
REAL = ("STSBenchmark", "STSB", "Ocnli")


class OurVectors:
    """A model of MTEB's kind that looks its vectors up."""

    def __init__(
        self,
        model_name: str,
        revision: str | None = None,
        device: str | None = None,
        *,
        vectors: Mapping[str, NDArray[np.floating]],
    ) -> None:
        from mteb.models.model_meta import ModelMeta

        self._vectors = vectors
        self.mteb_model_meta = ModelMeta.create_empty({"name": model_name, "revision": "here"})

    def encode(self, inputs: Any, **_: Any) -> NDArray[np.float64]:
        texts = [text for batch in inputs for text in batch["text"]]
        return np.stack([self._vectors[text] for text in texts]).astype(np.float64)

    def similarity(self, left: Any, right: Any) -> Any:
        from sklearn.metrics.pairwise import cosine_similarity

        return cosine_similarity(left, right)

    def similarity_pairwise(self, left: Any, right: Any) -> Any:
        from sklearn.metrics.pairwise import paired_cosine_distances

        return 1 - paired_cosine_distances(left, right)


def run(rounds: int) -> Iterator[Row]:
    """Yield a row for each set; its ratio is the largest difference by the one that is allowed."""
    if importlib.util.find_spec("mteb") is None:
        print("left out MTEB's scores: it is not installed (pip install 'rankcheck[bench]')")
        return
    peer = SentenceTransformers(checkpoint())
    sets = list(at_hand(settings().data))
    texts = [text for data in sets for text in data.first[:1000]]
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "small-bert"
        make_small_bert(small, Size(layers=1, hidden=64))
        prompted = list(prompted_checkpoints(Path(name), texts))
        for data in sets:
            yield compare(data, small, "a random BERT's vectors")
            if data.task in REAL:
                yield compare(data, checkpoint(), "all-MiniLM-L6-v2's vectors")
                yield compare(data, checkpoint(), "sentence-transformers", peer.model)
            for each in prompted:
                yield compare_whole_ways(data, each)


def compare(data: PairDataset, folder: Path, side: str, model: Any = None) -> Row:
    """Return the row of one set and checkpoint.

    Args:
        data: The pairs.
        folder: The checkpoint's folder.
        side: Whose vectors MTEB gets, in words.
        model: A model of MTEB's; None: one with our vectors.
    """
    with Session(folder, poolings=["native"], device="cpu") as session:
        kind = tasks.find(data.task).type
        result = session.evaluate(data, pooling="native", resamples=0, scored_as=kind)
        # One at a time, as sentences of the same tokens share a row.
        vectors = {
            text: session.vectors([text], "native")[0]
            for text in dict.fromkeys((*data.first, *data.second))
        }
    return _row(data, side, result, model or OurVectors("rankcheck/vectors", vectors=vectors))


def compare_whole_ways(data: PairDataset, prompted: Prompted) -> Row:
    """Return the row of one set and a checkpoint with prompts, which each side encodes itself."""
    task, measured = tasks.find(data.task), prompted.measured
    prompt = prompt_of("mteb", task, measured)
    with Session(
        measured.folder, poolings=["native"], dtype="float64", device="cpu", prompt=prompt
    ) as session:
        result = session.evaluate(data, pooling="native", resamples=0, scored_as=task.type)
    row = _row(data, prompted.name, result, prompted.model)
    return row._replace(note=f"{row.note}, prompt {prompt!r}")


def _row(data: PairDataset, side: str, result: Result, model: Any) -> Row:
    """Return the row of our result beside MTEB's scores of the same set."""
    ours = named(result.scores)
    started = time.perf_counter()
    theirs = _of_four(mteb_scores(model, data, 64))
    seconds = time.perf_counter() - started
    largest = max(abs(theirs[name] - value) for name, value in ours.items())
    note = f"{len(ours)} scores within {largest:.1e}, {len(data)} pairs"
    return Row(data.task, side, seconds, largest / AGREED, -1.0, note)


def _of_four(scores: dict[str, float]) -> dict[str, float]:
    """Return MTEB's scores with its largest ones of the four similarities that have a name.

    MTEB's own maximum is over a fifth too, `similarity`: the model's, often the cosine once more in
    other arithmetic, which orders pairs of equal cosine differently. On Cmnli, where a pair stands
    twice with both labels, that alone moves max_ap by 1.2e-4.
    """
    found = dict(scores)
    for name in scores:
        if name.startswith("max_"):
            metric = name.removeprefix("max_")
            found[name] = max(scores[f"{similarity}_{metric}"] for similarity in SIMILARITIES)
    return found


def at_hand(mirrors: Sequence[Path]) -> Iterator[PairDataset]:
    """Yield the scored split of each of MTEB's tasks that the mirrors hold, the smallest first."""
    for name in sorted(tasks.names(), key=lambda name: tasks.find(name).pairs or 0):
        task = tasks.find(name)
        if name not in OWN and located(task, task.split, mirrors)[1].path is not None:
            yield load_task(task, mirrors=mirrors)


def named(scores: Sequence[Score]) -> dict[str, float]:
    """Return scores under MTEB's names, over all pairs and dimensions."""
    found = {}
    for score in scores:
        if score.variant["aggregate"] != "all" or "_" in score.metric.removeprefix("max_"):
            continue  # means over subsets, thresholds and optimisms are ours
        similarity = score.variant.get("similarity", "cosine")
        name = score.metric if score.metric.startswith("max_") else f"{similarity}_{score.metric}"
        found[name] = score.value
    return found
