"""Scores of experiments as `arm_scores` reads them: arm, setting and seed with each."""

from __future__ import annotations

from evaluators.result import Score


class Sheet:
    """Collects the numbers of one setting.

    Args:
        setting: All but arm and seed, in words.
    """

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self.scores: list[Score] = []

    def add(self, metric: str, value: float, n: int, *, arm: str, seed: int) -> None:
        """Note one number.

        Raises:
            ScoreError: It is not finite.
        """
        variant = {"arm": arm, "setting": self._setting, "seed": seed}
        self.scores.append(Score(metric, float(value), n, variant))
