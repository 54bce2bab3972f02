"""Claims about distances of normal distributions."""

from __future__ import annotations

from evaluators.claims.judging.claim import RowsOf

DISTANCES = ("kl_error", "bhattacharyya_error", "wasserstein_error")
SOURCE = "Su Jianlin, kexue.fm/archives/8512 (2021-07-08); paraphrased"


def of_task(*tasks: str) -> RowsOf:
    """Return the rows of these tasks of the experiment, each task by itself."""
    among = {"evaluator": ("gaussian_distances",), "task": tasks}
    return RowsOf("arm_scores", by=("task",), among=among)
