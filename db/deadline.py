"""Wait for a bounded time."""

from __future__ import annotations

import random
import time


class Deadline:
    """A time limit for retries, with pauses that grow from 1 to 25 milliseconds.

    Attributes:
        seconds: The time limit.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._pause = 0.001

    def wait(self, *, longest: float = 0.025) -> bool:
        """Pause for at most `longest` seconds, or return False if the time limit is over."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            return False
        # Jitter prevents two processes that wait for each other from retrying in step.
        time.sleep(min(remaining, longest, self._pause * random.uniform(0.5, 1)))  # noqa: S311 - no secret
        self._pause = min(self._pause * 1.5, 0.025)
        return True
