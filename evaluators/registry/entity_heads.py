"""CRF, GlobalPointer and its efficient form on made-up sentences, by number of types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress, stage_progress
from evaluators.result import Result
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("clue/experiments/entity_heads", "clue/modules")
_ARMS = ("crf", "global-pointer", "efficient-global-pointer", "global-pointer without RoPE")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: entity_heads` entry in a plan.

    Attributes:
        arms: The heads: `crf`, `global-pointer`, `efficient-global-pointer`, `global-pointer
            without RoPE`.
        types: Types of entity; each a setting.
        sentences: Sentences that are trained on; each a setting.
        seeds: One training set, test set and network each.
        epochs: How often every sentence is seen.
        batch: Sentences a step.
        rate: Adam's step.
        size: Width of the pointers' queries and keys, even.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    arms: tuple[str, ...] = _ARMS[:3]
    types: tuple[int, ...] = (3, 10, 30)
    sentences: tuple[int, ...] = (500,)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    epochs: int = 20
    batch: int = 32
    rate: float = 5e-3
    size: int = 16

    def __post_init__(self) -> None:
        require_known("head", self.arms, _ARMS)
        require_each_once(self, "arms", "types", "sentences", "seeds")
        if min(self.types) < 2:
            raise ValueError(f"types are {list(self.types)}: decoys need two types or more")
        if min(self.sentences) < 1 or min(self.seeds) < 0 or self.epochs < 1 or self.batch < 1:
            raise ValueError("sentences, epochs and batch must be 1 or more, seeds 0 or more")
        if not self.rate > 0 or self.size < 2 or self.size % 2:
            raise ValueError("rate must be above 0, and size even: RoPE turns pairs")


def label(request: Request) -> str:
    """Say what is trained."""
    return "entities"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each setting and head, with all its seeds."""
    shared = {
        "seeds": sorted(request.seeds),
        "epochs": request.epochs,
        "batch": request.batch,
        "rate": request.rate,
        "size": request.size,
    }
    return [
        Job(
            evaluator="entity_heads",
            evaluator_version=VERSION,
            task="made-up entities",
            checkpoint_digest="",
            dataset_digest="",
            parameters={"types": types, "sentences": sentences, "arm": arm, **shared},
        )
        for types in sorted(request.types)
        for sentences in sorted(request.sentences)
        for arm in request.arms
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.clue.experiments.entity_heads.run import compare
    from evaluators.clue.experiments.entity_heads.train import Recipe

    given = job.parameters
    recipe = Recipe(given["epochs"], given["batch"], given["rate"], given["size"])
    report = stage_progress(progress, f"{given['arm']}, {given['types']} types")
    return compare(given["arm"], given["types"], given["sentences"], given["seeds"], recipe, report)


open_session = opening(_measure)
