"""Keep a plan run going after its output has lost its reader.

A worker reads what its flow runs print through a pipe. When the worker is killed, the next line
raises BrokenPipeError, and a plan run that could have gone on would end of it. Rich, through which
Prefect logs, even leaves the process then.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class _Output:
    """A stream that turns to the null device when its reader is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._turn_away()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._turn_away()

    def _turn_away(self) -> None:
        # The descriptor itself: libraries that write past Python's streams are spared too, and the
        # text that the stream still holds goes there with the next flush.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)


@contextmanager
def output_may_be_lost() -> Iterator[None]:
    """Ignore a lost reader of standard output and error during the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Output(sys.stdout), _Output(sys.stderr)
    consoles = [handler.console for handler in _handlers() if hasattr(handler, "console")]
    files = [console.file for console in consoles]
    for console in consoles:
        console.file = _Output(console.file)
    try:
        yield
    finally:
        for console, file in zip(consoles, files, strict=True):
            console.file = file
        sys.stdout, sys.stderr = before


def _handlers() -> Iterator[logging.Handler]:
    """Yield every handler of every logger."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        yield from getattr(logger, "handlers", ())
