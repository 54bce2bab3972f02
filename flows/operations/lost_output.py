"""Keep a plan run going after its output has lost its reader.

A worker reads the output of its flow runs through a pipe. When the worker is killed, the next line
raises BrokenPipeError, which would end a plan run that could continue. Rich, through which Prefect
logs, even exits the process then.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class _Output:
    """A stream that switches to the null device when its reader is gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._redirect_to_null()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._redirect_to_null()

    def _redirect_to_null(self) -> None:
        # Replace the descriptor itself: this also covers libraries that write past Python's
        # streams, and the text that the stream still buffers.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)


@contextmanager
def output_may_be_lost() -> Iterator[None]:
    """Ignore a lost reader of standard output and error during the block."""
    previous = sys.stdout, sys.stderr
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
        sys.stdout, sys.stderr = previous


def _handlers() -> Iterator[logging.Handler]:
    """Yield every handler of every logger."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        yield from getattr(logger, "handlers", ())
