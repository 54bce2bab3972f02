"""The canary: small jobs that run again when the environment changed, to tell if it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluators import registry
from evaluators.result import Result
from flows.environment import Environment, changes
from flows.plan import EvaluationEntry, Plan

CLAIM = "environment-drift"


def canary_evaluation(plan: Plan) -> EvaluationEntry:
    """Return the canary of a plan as one more evaluation."""
    sts = registry.find("sts")
    return EvaluationEntry.model_construct(
        evaluator="sts",
        checkpoints=(plan.canary.checkpoint or plan.checkpoints[0].name,),
        request=sts.Request(tasks=(plan.canary.task,)),
    )


class Drift(NamedTuple):
    """How a canary compares with its run before.

    Attributes:
        task: Its task.
        before: Spearman of the run before.
        after: Spearman now.
        moved: Largest absolute difference over all its scores.
        tolerance: What was allowed.
        changed: What differs in the environment, one line a thing.
    """

    task: str
    before: float
    after: float
    moved: float
    tolerance: float
    changed: Sequence[str]

    @property
    def drifted(self) -> bool:
        """Whether a score left its tolerance."""
        return self.moved > self.tolerance

    def sentence(self) -> str:
        """Say it in one line."""
        cause = "; ".join(self.changed) or "nothing rankcheck records"
        verdict = "left its tolerance" if self.drifted else "stayed within its tolerance"
        return (
            f"canary {self.task} {verdict} ({self.before:.6f} → {self.after:.6f}, moved "
            f"{self.moved:.2g}, allowed {self.tolerance:g}); changed: {cause}"
        )


def compare(
    task: str,
    before: Mapping[str, float],
    after: Result,
    *,
    tolerance: float,
    environment_before: Mapping[str, Mapping[str, str]],
    environment_now: Environment,
) -> Drift:
    """Compare a canary's scores with those of the run before.

    Args:
        task: Its task.
        before: Headline values of the run before by metric.
        after: Result of now.
        tolerance: How far a value may move.
        environment_before: Recorded environment of the run before.
        environment_now: Environment of now.
    """
    now = {
        score.metric: score.value
        for score in after.scores
        if score.variant.get("aggregate") == "all"
    }
    shared = sorted(set(before) & set(now))
    return Drift(
        task=task,
        before=before[shared[0]] if shared else float("nan"),
        after=now[shared[0]] if shared else float("nan"),
        moved=max((abs(before[m] - now[m]) for m in shared), default=float("inf")),
        tolerance=tolerance,
        changed=changes(environment_before, environment_now),
    )
