"""Render chat templates in a locked child process, bounded in time, memory and length."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from evaluators.errors import CheckpointError

SECONDS = 10
"""Processor time for `_AT_ONCE` sentences; a template takes a thousandth of it."""
_WAIT = 120.0  # seconds of the clock, on a busy machine
_AT_ONCE = 500
_MEMORY = 256 << 20
_LARGEST = 200_000  # characters; the longest templates, of tools and reasoning, have some 20,000
_LONGEST = 50_000  # characters that a template may put around a sentence
_REPEATED = 4  # times that it may repeat the sentence

Message = Mapping[str, Any]


def render(
    template: str,
    chats: Sequence[Sequence[Message]],
    variables: Mapping[str, Any],
    *,
    named: str,
    seconds: int = SECONDS,
) -> list[str]:
    """Return the text of each chat under a template.

    Args:
        template: A chat template in Jinja, which may be hostile.
        chats: The messages of each chat.
        variables: What the template sees besides.
        named: What the template belongs to, for the error.
        seconds: Processor time for each `_AT_ONCE` chats.

    Raises:
        CheckpointError: The template is not valid, raises an error, reads the clock, or takes more
            time, memory or room than templates do.
    """
    if len(template) > _LARGEST:
        raise CheckpointError(
            f"{named}: a chat template must have at most {_LARGEST:,} characters, got"
            f" {len(template):,}"
        )
    texts: list[str] = []
    for start in range(0, len(chats), _AT_ONCE):
        some = chats[start : start + _AT_ONCE]
        longest = [_LONGEST + _REPEATED * len(json.dumps(list(chat))) for chat in some]
        request = {
            "template": template,
            "chats": some,
            "variables": variables,
            "longest": longest,
            "seconds": seconds,
            "memory": _MEMORY + 8 * sum(longest),
            "answer_bytes": 10_000 + 7 * sum(longest),  # JSON escapes take six characters
        }
        answer = _answer(request, named)
        if "refused" in answer:
            raise CheckpointError(f"{named}: the chat template is refused: {answer['refused']}")
        texts += answer["texts"]
    return texts


def _answer(request: dict[str, Any], named: str) -> dict[str, Any]:
    jinja2 = find_spec("jinja2")
    if jinja2 is None or jinja2.origin is None:
        raise CheckpointError(f"{named} has a chat template, and jinja2 is not installed")
    request["packages"] = str(Path(jinja2.origin).parents[1])
    with TemporaryFile() as out, TemporaryFile() as said:
        try:
            done = subprocess.run(
                # -I: import nothing from the folder, the environment or the user's site packages.
                [sys.executable, "-I", str(Path(__file__).with_name("chat_child.py"))],
                input=json.dumps(request).encode(),
                stdout=out,
                stderr=said,
                env={"LANG": "C.UTF-8", "HOME": "/nonexistent"},
                timeout=_WAIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"refused": f"it took more than {_WAIT:.0f} s"}
        out.seek(0)
        said.seek(0)
        try:
            answer: dict[str, Any] = json.loads(out.read())
        except ValueError:
            return {"refused": _ended(done.returncode, said.read(), request["seconds"])}
        return answer


def _ended(status: int, said: bytes, seconds: int) -> str:
    """Return in words how the child ended without an answer."""
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        return f"it took more than {seconds} s for {_AT_ONCE} sentences, as in an endless loop"
    last = said.decode(errors="replace").strip().splitlines()[-1:]
    return f"the process that ran it ended without a result ({last[0][:200] if last else status})"
