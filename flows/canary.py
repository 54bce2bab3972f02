"""The canary: small jobs that run again when the environment changed, to tell if it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluators.errors import ScoreError
from flows.environment import changes

CLAIM = "environment-drift"


class Drift(NamedTuple):
    """How a canary compares with its run before.

    Attributes:
        task: Its task.
        metric: What `before` and `after` are.
        before: Headline value of the run before.
        after: Headline value of the newest run.
        moved: Largest absolute difference over all its scores.
        tolerance: What was allowed.
        changed: What differs in the environment, one line a thing.
    """

    task: str
    metric: str
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
            f"canary {self.task} {verdict} ({self.metric} {self.before:.6f} → {self.after:.6f}, "
            f"moved {self.moved:.2g}, allowed {self.tolerance:g}); changed: {cause}"
        )


def compare(
    task: str,
    before: Mapping[str, float],
    now: Mapping[str, float],
    *,
    tolerance: float,
    environment_before: Mapping[str, Mapping[str, str]],
    environment_now: Mapping[str, Mapping[str, str]],
) -> Drift:
    """Compare a canary's headline scores with those of its run before.

    Args:
        task: Its task.
        before: Values of the run before by metric.
        now: Values of the newest run by metric.
        tolerance: How far a value may move.
        environment_before: Recorded environment of the run before.
        environment_now: Recorded environment of the newest run.

    Raises:
        ScoreError: The two runs have no metric in common.
    """
    shared = sorted(set(before) & set(now), reverse=True)
    if not shared:
        raise ScoreError(f"canary {task}: its last two runs share no metric")
    return Drift(
        task=task,
        metric=shared[0],
        before=before[shared[0]],
        after=now[shared[0]],
        moved=max(abs(before[metric] - now[metric]) for metric in shared),
        tolerance=tolerance,
        changed=changes(environment_before, environment_now),
    )
