"""A bounded wait."""

from __future__ import annotations

import random
import time


class Deadline:
    """A time limit for retries, with pauses that grow from 1 to 25 milliseconds.

    Attributes:
        seconds: The whole wait.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._pause = 0.001

    def wait(self, *, longest: float = 0.025) -> bool:
        """Pause once, `longest` seconds at most; False, without pausing, when the wait is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            return False
        # Jitter keeps two that wait for one another from waiting in step.
        time.sleep(min(left, longest, self._pause * random.uniform(0.5, 1)))  # noqa: S311 - no secret
        self._pause = min(self._pause * 1.5, 0.025)
        return True
