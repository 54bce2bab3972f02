"""A job: the frozen description of one evaluation, and its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evaluators.digest import sha256_json


@dataclass(frozen=True)
class Job:
    """One evaluation, identified by what it computes, not by where or how fast it runs.

    Attributes:
        evaluator: Name of the evaluator's module, `sts` for example.
        evaluator_version: The evaluator's `VERSION`; a new version is a new job.
        task: Name of the task, `STSBenchmark` for example.
        checkpoint_digest: Content digest of the checkpoint (see `evaluators.checkpoint`).
        dataset_digest: Content digest of the rows that are scored.
        parameters: Plain JSON: pooling, whitening, prompt and the like.
        seed: Seed of everything random inside the evaluation.
        dtype: Number format of the weights and activations.
    """

    evaluator: str
    evaluator_version: str
    task: str
    checkpoint_digest: str
    dataset_digest: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    dtype: str = "float32"

    @property
    def job_key(self) -> str:
        """SHA-256 of the job's canonical JSON, in hexadecimal."""
        return sha256_json({**asdict(self), "parameters": dict(self.parameters)})
