"""Double the width of a BERT checkpoint by repeating and scaling, and score both on sentence pairs.

Each arm is a checkpoint that is written to a temporary folder and scored as any other. Sentence
vectors become each of their numbers twice, so that no cosine changes if nothing is lost. See
`lossless_widening` for the factors.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from evaluators import tasks
from evaluators.errors import CheckpointError
from evaluators.evaluator import (
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Session,
    known,
)
from evaluators.experiments.lossless_widening import (
    KEPT_EPSILON,
    factor_of,
    repeated,
)
from evaluators.job import Job
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.dataset import PairDataset

Arm = Literal["lossless", "printed bias", "epsilon kept", "without 2^(1/4)"]
ORIGINAL = "original"
POOLING = "last-mean"
LAYERS: Mapping[str, str] = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "o",
    "intermediate.dense": "up",
    "output.dense": "down",
}
"""Names of BERT's linear layers, and what `lossless_widening` calls them."""

WITHOUT_WEIGHTS = ("Transformer", "Pooling", "Normalize")
"""Modules of sentence-transformers beside which nothing else must be widened."""


class WidenedCheckpointRequest(Request):
    """The keys of an `evaluator: widened_checkpoint` entry in a plan.

    Attributes:
        tasks: Names of sentence-pair tasks of type STS.
        arms: Ways of widening beside the checkpoint itself: `lossless`, `printed bias`,
            `epsilon kept` or `without 2^(1/4)`.
        pairs: How many pairs of a task are scored, its first ones, at least 10; all where there are
            fewer.
    """

    tasks: Annotated[Distinct[str], known("task", lambda: tasks.names("STS"))] = ("STSBenchmark",)
    arms: Distinct[Arm] = ("lossless", "printed bias", "without 2^(1/4)")
    pairs: Annotated[int, Field(ge=10)] = 1379


class WidenedCheckpoint(Evaluator[WidenedCheckpointRequest]):
    """The arms are the checkpoint and widened ones; nothing is drawn, so that the seed is 0."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("pairs",)
    Request = WidenedCheckpointRequest
    apart = ("tasks",)

    def needs_checkpoint(self, request: WidenedCheckpointRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def jobs(
        self, request: WidenedCheckpointRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each task, all arms at once."""
        return [
            self.job(
                task,
                {"arms": list(request.arms), "pairs": request.pairs},
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(task)),
            )
            for task in request.tasks
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        dataset = session.load(DatasetRef(job.task), job.dataset_digest)
        return compare(session.folder, dataset, **job.parameters, device=session.device)


def compare(
    checkpoint: Path,
    dataset: PairDataset,
    arms: list[Arm],
    pairs: int,
    device: str | None = None,
) -> Result:
    """Return Spearman's correlation of a checkpoint and of widened ones, and how cosines change.

    Args:
        checkpoint: Its folder.
        dataset: Pairs with gold similarities.
        arms: Ways of widening.
        pairs: How many are scored.
        device: torch's name of a device; None takes CUDA where there is one.

    Raises:
        CheckpointError: It is not a BERT, or has layers after the pooling.
    """
    import numpy as np

    part = replace(
        dataset,
        first=dataset.first[:pairs],
        second=dataset.second[:pairs],
        gold=dataset.gold[:pairs],
        subsets=dataset.subsets and dataset.subsets[:pairs],
    )
    scores = ArmScores(f"pairs {len(part)}, pooling {POOLING}, width doubled")
    spearman, original = _scored(checkpoint, part, device)
    scores.add("spearman", spearman, len(part), arm=ORIGINAL, seed=0)
    for arm in arms:
        with TemporaryDirectory() as folder:
            widen_checkpoint(checkpoint, Path(folder), arm)
            spearman, cosines = _scored(Path(folder), part, device)
        change = float(np.abs(cosines - original).max())
        scores.add("spearman", spearman, len(part), arm=arm, seed=0)
        scores.add("cosine_change", change, len(part), arm=arm, seed=0)
    return Result(tuple(scores.scores))


def _scored(checkpoint: Path, dataset: PairDataset, device: str | None) -> tuple[float, Any]:
    """Return Spearman's correlation, and the cosine of every pair."""
    import numpy as np

    from evaluators.sts.session import Session as Scorer

    with Scorer(checkpoint, poolings=(POOLING,), device=device) as scorer:
        result = scorer.evaluate(dataset, pooling=POOLING, resamples=0)
    (value,) = (
        score.value
        for score in result.scores
        if score.metric == "spearman" and score.variant["aggregate"] == "all"
    )
    return value, np.array(result.tables[0].columns["similarity"])


def widen_checkpoint(checkpoint: Path, folder: Path, arm: str) -> None:
    """Write a BERT checkpoint of twice the width.

    Args:
        checkpoint: Its folder, with or without the files of sentence-transformers.
        folder: An empty folder for the new one.
        arm: How it is widened.

    Raises:
        CheckpointError: It is not a BERT, or has layers after the pooling.
    """
    from safetensors.torch import save_file

    from evaluators.checkpoint.json_files import read_object
    from evaluators.checkpoint.load import load_encoder
    from evaluators.checkpoint.modules import encoder_folder, list_modules

    others = [module.kind for module in list_modules(checkpoint)]
    if foreign := [kind for kind in others if kind not in WITHOUT_WEIGHTS]:
        raise CheckpointError(f"{checkpoint} must have no module {foreign[0]} to be widened")
    place = encoder_folder(checkpoint)
    narrow = load_encoder(place, device="cpu").model
    if narrow.config.model_type != "bert":
        raise CheckpointError(
            f"{checkpoint} must be a BERT to be widened, got {narrow.config.model_type}"
        )
    weights_of = shutil.ignore_patterns("*.safetensors*", "*.bin*")
    shutil.copytree(checkpoint, folder, ignore=weights_of, dirs_exist_ok=True)
    inside = folder / place.relative_to(checkpoint)
    relu = narrow.config.hidden_act == "relu"
    weights = {
        name: widened_weight(name, value, arm, relu=relu).contiguous()
        for name, value in narrow.state_dict().items()
    }
    save_file(weights, inside / "model.safetensors", metadata={"format": "pt"})
    settings = {
        **read_object(place / "config.json"),
        "hidden_size": 2 * narrow.config.hidden_size,
        "intermediate_size": 2 * narrow.config.intermediate_size,
        "layer_norm_eps": narrow.config.layer_norm_eps / (1 if arm == KEPT_EPSILON else 2),
    }
    (inside / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    for file in folder.glob("*/config.json"):
        pooling = read_object(file)
        if "word_embedding_dimension" in pooling:
            pooling["word_embedding_dimension"] *= 2
            file.write_text(json.dumps(pooling), encoding="utf-8")


def widened_weight(name: str, value: Tensor, arm: str, *, relu: bool) -> Tensor:
    """Return a weight of a BERT of twice the width.

    Args:
        name: As in the state of transformers' `BertModel`.
        value: Linear layers are (outputs, inputs).
        arm: How it is widened.
        relu: Whether the feed-forward layers have ReLU.
    """
    if not value.is_floating_point():
        return value
    bias = value.ndim == 1
    if name.startswith("pooler."):
        # tanh(Wh + b) must see what it saw: its outputs are repeated without a factor.
        wide = repeated(value, 0, "each")
        return wide if bias else 2**-0.5 * repeated(wide, 1, "each")
    part = name.rpartition(".")[0].partition("encoder.layer.")[2].partition(".")[2]
    layer = LAYERS.get(part)
    if layer is None:  # embeddings, (rows, width), and LayerNorm's γ and β
        return 2**-0.5 * repeated(value, -1, "each")
    wide = repeated(value, 0, "each")
    if not bias:
        wide = repeated(wide, 1, "each")
    return factor_of(layer, bias=bias, relu=relu, arm=arm) * wide
