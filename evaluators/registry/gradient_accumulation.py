"""Whether the gradient of a large contrastive batch can be put together from chunks: seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once
from evaluators.progress import Progress
from evaluators.result import Result, Score
from evaluators.standalone import dataset_of as dataset_of
from evaluators.standalone import needs_checkpoint as needs_checkpoint
from evaluators.standalone import opening
from evaluators.standalone import parts as parts
from evaluators.standalone import session_key as session_key

VERSION = "1"
SOURCES = ("contrastive", "statistics.py")


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: gradient_accumulation` entry in a plan.

    Attributes:
        batches: Samples of a whole batch; each a multiple of `chunk`.
        chunk: Samples of a chunk, 2 or more.
        seeds: Of networks, images and dropout masks.
        temperature: What the cosines are divided by.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    batches: tuple[int, ...] = (64, 256)
    chunk: int = 8
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    temperature: float = 0.1

    def __post_init__(self) -> None:
        if self.chunk < 2:
            raise ValueError(f"chunk is {self.chunk}: a chunk of one has no negatives")
        if not self.batches or any(b <= self.chunk or b % self.chunk for b in self.batches):
            raise ValueError(
                f"batches are {list(self.batches)}: each must be twice the chunk of {self.chunk},"
                " or another multiple"
            )
        require_each_once(self, "seeds")
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}: it must be above 0")


def label(request: Request) -> str:
    """Say what is measured."""
    return "gradients of chunks"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each batch size."""
    return [
        Job(
            evaluator="gradient_accumulation",
            evaluator_version=VERSION,
            task="gradient",
            checkpoint_digest="",
            dataset_digest="",
            parameters={
                "batch": batch,
                "chunk": request.chunk,
                "seeds": sorted(request.seeds),
                "temperature": request.temperature,
            },
        )
        for batch in request.batches
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    import torch

    from evaluators.contrastive.accumulation import differences

    where = torch.device(device or "cpu")
    given = job.parameters
    scores = []
    for seed in given["seeds"]:
        for found in differences(
            given["batch"],
            given["chunk"],
            temperature=given["temperature"],
            seed=seed,
            device=where,
        ):
            which = {"way": found.way, "seed": seed}
            scores += [
                Score("relative_error", found.relative_error, given["batch"], which),
                Score("cosine", found.cosine, given["batch"], which),
            ]
    return Result(tuple(scores), cost={"device": str(where)})


open_session = opening(_measure)
