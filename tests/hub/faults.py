"""What can go wrong on the way, on request: each fault strikes a stated number of times."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """One misbehaviour of the server.

    Attributes:
        match: Regular expression searched in `METHOD /path`.
        times: How often it strikes before it is gone.
        status: Answer with this status instead.
        headers: Headers of that answer.
        cut_after: Send the headers and this many bytes of the body, then drop the connection.
        hold: Wait this many seconds before the connection is dropped.
        reset: Drop it with a reset, so that the client sees an error instead of an early end.
        corrupt_at: Flip every bit of the body's byte at this place.
        wrong_length: Announce this many bytes more than there are, then close.
        ignore_range: Answer a Range request with the whole file and status 200.
        silent: Accept the request and say nothing for this many seconds, then drop it.
    """

    match: str
    times: int = 1
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    corrupt_at: int | None = None
    wrong_length: int = 0
    hold: float = 0.0
    reset: bool = False
    ignore_range: bool = False
    silent: float = 0.0


class Faults:
    """The faults that still wait to strike; safe from several threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def strike(self, request: str) -> Fault | None:
        """Return the first fault that matches a request, one strike less of it left."""
        with self._lock:
            for fault in self._waiting:
                if re.search(fault.match, request):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None
