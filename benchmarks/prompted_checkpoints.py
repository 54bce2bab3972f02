"""Three tiny checkpoints with prompts, as MTEB loads them and as rankcheck does, in float64.

Their weights are random, and their tokens stand for bytes, so that no two texts are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.evaluator import MeasuredCheckpoint
from flows.checkpoints.mteb_prompts import mteb_prompts
from flows.checkpoints.source import Checkpoint
from tests.evaluators.sts.tiny_models import RECIPES, save_backbone, save_recipe

QWEN3 = "Qwen/Qwen3-Embedding-0.6B"
DTYPE = {"dtype": "float64"}
BY_TASK = {
    "query": "query: ",
    "STS": "the same as: ",
    "PairClassification": "premise: ",
    "STS13": "A definition: ",
    "STSBenchmark": "A caption: ",
    "LCQMC": "问题：",
    "Ocnli": "前提：",
}


class Prompted(NamedTuple):
    """One checkpoint.

    Attributes:
        name: What it is, in words.
        measured: What rankcheck knows of it.
        model: The model as MTEB runs it.
    """

    name: str
    measured: MeasuredCheckpoint
    model: Any


def prompted_checkpoints(root: Path, texts: Sequence[str]) -> Iterator[Prompted]:
    """Make the checkpoints one after the other, with a tokenizer that is trained on texts.

    A BERT declares prompts by task and by type, a T5 encoder with two Dense layers one for all of
    them; a decoder is pooled by its last token and gets the instructions that MTEB has for Qwen3.
    """
    declared = {"prompts": BY_TASK, "default_prompt_name": "query"}
    default = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    folder = _save(root / "bert", texts, "BERT", "mean", declared)
    yield _declared("a BERT with prompts by task", folder)
    folder = _save(root / "t5", texts, "T5 encoder", "two Dense", default)
    yield _declared("a T5 with a default prompt", folder)
    folder = _save(root / "qwen3", texts, "Qwen3", "lasttoken", {})
    measured = _measured(folder, QWEN3.rpartition("/")[2])  # as a plan can name it
    yield Prompted("a Qwen3 with instructions", measured, _instructed(folder))


def _save(
    root: Path, texts: Sequence[str], backbone: str, recipe: str, model: Mapping[str, Any]
) -> Path:
    sizes = {"num_hidden_layers": 1, "max_position_embeddings": 512}  # one layer is quick
    if backbone == "T5 encoder":
        sizes = {"num_layers": 1}
    base = save_backbone(backbone, root / "backbone", texts=texts, positions=512, **sizes)
    return save_recipe(base, replace(RECIPES[recipe], model=dict(model)), root / "model")


def _measured(folder: Path, name: str) -> MeasuredCheckpoint:
    source = f"file://{folder}"
    known = Checkpoint(name, source, source, None, None, folder, "digest", "", 0)
    return MeasuredCheckpoint(name, folder, "digest", lambda: mteb_prompts(known))


def _declared(name: str, folder: Path) -> Prompted:
    from mteb.models import SentenceTransformerEncoderWrapper
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, model_kwargs=DTYPE
    )
    with _silent():
        model = SentenceTransformerEncoderWrapper(loaded.double())  # Dense stays in float32
    return Prompted(name, _measured(folder, folder.parent.name), EachTextOnce(model))


def _instructed(folder: Path) -> Any:
    from mteb.models.model_implementations.qwen3_models import q3e_instruct_loader
    from mteb.models.model_meta import ModelMeta

    # Padding on the left moves positions, whose angles transformers computes in float32.
    model: Any = q3e_instruct_loader(
        str(folder), None, device="cpu", padding_side="right", model_kwargs=DTYPE
    )
    model.mteb_model_meta = ModelMeta.create_empty({"name": QWEN3, "revision": "here"})
    return EachTextOnce(model)


class EachTextOnce:
    """A model of MTEB's that encodes the texts of a set once each.

    In batches of other lengths the same text gets another last digit, which would order ties: pairs
    that stand there twice with two labels, or once in each order.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._vectors: dict[str, NDArray[np.float64]] = {}
        self._task = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, inputs: Any, *, task_metadata: Any, **more: Any) -> NDArray[np.float64]:
        from datasets import Dataset
        from torch.utils.data import DataLoader

        if task_metadata.name != self._task:  # another prompt
            self._task, self._vectors = task_metadata.name, {}
        texts = [text for batch in inputs for text in batch["text"]]
        new = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        if new:
            batches = DataLoader(Dataset.from_dict({"text": new}), batch_size=64)
            rows = self._model.encode(batches, task_metadata=task_metadata, **more)
            self._vectors.update(zip(new, rows, strict=True))
        return np.stack([self._vectors[text] for text in texts])


@contextmanager
def _silent() -> Iterator[None]:
    """Leave out MTEB's advice on names of prompts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
