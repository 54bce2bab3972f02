"""P-tuning beside a probe and fine-tuning with few labels, on a made-up language."""

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
SOURCES = ("clue/experiments/p_tuning", "clue/modules")
_PROMPTS = tuple(f"prompt {k}{more}" for k in (1, 2, 4, 8, 16) for more in ("", " + masked tokens"))


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: p_tuning` entry in a plan.

    Attributes:
        arms: `probe`, `finetune`, `prompt 8` or `prompt 8 + masked tokens`, with 1, 2, 4, 8 or 16.
        labelled: Numbers of labels; each a setting.
        seeds: One language model each.
        pretraining: Steps of the language model, 64 sentences each.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    arms: tuple[str, ...] = (
        *("probe", "finetune", "prompt 1", "prompt 8", "prompt 8 + masked tokens", "prompt 16"),
    )
    labelled: tuple[int, ...] = (8, 32, 128)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    pretraining: int = 1000

    def __post_init__(self) -> None:
        require_known("arm", self.arms, ("probe", "finetune", *_PROMPTS))
        require_each_once(self, "arms", "labelled", "seeds")
        if min(self.labelled) < 1 or min(self.seeds) < 0 or self.pretraining < 1:
            raise ValueError("labelled and pretraining must be 1 or more, seeds 0 or more")


def label(request: Request) -> str:
    """Say what is trained."""
    return "prompts"


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job for each seed."""
    shared = {
        "arms": list(request.arms),
        "labelled": sorted(request.labelled),
        "pretraining": request.pretraining,
    }
    return [
        Job(
            evaluator="p_tuning",
            evaluator_version=VERSION,
            task="made-up language",
            checkpoint_digest="",
            dataset_digest="",
            parameters={"seeds": [seed], **shared},
        )
        for seed in request.seeds
    ]


def _measure(job: Job, device: str | None, progress: Progress | None) -> Result:
    from evaluators.clue.experiments.p_tuning.run import compare

    given = job.parameters
    (seed,) = given["seeds"]
    report = stage_progress(progress, f"few labels, seed {seed}")
    return compare(given["arms"], given["labelled"], seed, given["pretraining"], report)


open_session = opening(_measure)
