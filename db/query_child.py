"""Start a child process for one query, read its result, and always end it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from db import gate
from db.deadline import Deadline
from db.errors import QueryError, QueryTimeout, StoreBusy
from db.sandboxed import NEEDS_MORE
from db.stopping import Stop

STARTING = 15.0
"""How long the child may take to start and open the store, in seconds."""


_BYTES_IN = 128 * 2**20


_OPENED = b"opened\n"


def ask(
    path: Path, request: dict[str, Any], deadline: float, stop: Stop | None = None
) -> dict[str, Any]:
    """Run `db.sandboxed` on a DuckDB file and return its answer.

    The gate is held only until the child has opened the file, as for any reader.

    Raises:
        QueryTimeout: When the query took too long.
        QueryError: When it took too much, or was cancelled.
        StoreBusy: When the store could not be opened in time.
    """
    stop = stop or Stop()
    with _Child(path.parent) as child, stop.ends(child.kill):
        with gate.shared(path, Deadline(STARTING)):
            child.send(request)
            output = child.listen_until_open()
        text = child.listen(output, deadline)
    try:
        answer = json.loads(text.removeprefix(_OPENED))
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise QueryError(NEEDS_MORE["error"])
    return answer


class _Child:
    """The child process, which is killed when the block ends."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            # Import nothing from the folder, the environment or the user's site packages (-I), and
            # run nothing that other packages start with each Python (-S).
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("sandboxed.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"LANG": "C.UTF-8", "HOME": "/nonexistent", "MALLOC_ARENA_MAX": "2"},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise QueryError("the query could not be started")
        self._stdin = self._process.stdin
        self._stdout = self._process.stdout

    def __enter__(self) -> _Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def kill(self) -> None:
        """Kill the process; may be called from any thread."""
        self._process.kill()

    def send(self, request: dict[str, Any]) -> None:
        try:
            self._stdin.write(json.dumps(request).encode())
            self._stdin.close()
        except BrokenPipeError as error:
            raise QueryError("the query could not be started") from error

    def listen_until_open(self) -> bytes:
        """Return the output up to the opening of the store, or all of it on failure."""
        output = b""
        end = time.monotonic() + STARTING
        while len(output) < len(_OPENED) or not output.startswith(_OPENED):
            part = self._part(end)
            if part is None:
                raise StoreBusy("the store could not be opened in time; try again")
            if not part:
                break
            output += part
        return output

    def listen(self, output: bytes, deadline: float) -> bytes:
        """Return the whole output, including the part read so far."""
        parts = [output]
        size = len(output)
        end = time.monotonic() + deadline
        while True:
            part = self._part(end)
            if part is None:
                raise QueryTimeout(
                    f"the query was stopped after {deadline:g} s: make it more selective, or allow"
                    " more time"
                )
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > _BYTES_IN:
                raise QueryError("the result is too large: return fewer rows or columns")

    def _part(self, end: float) -> bytes | None:
        """Return the next output, an empty one at the end, or None when the time is over."""
        ready, _, _ = select.select([self._stdout], [], [], max(0.0, end - time.monotonic()))
        return os.read(self._stdout.fileno(), 1 << 20) if ready else None
