"""Which commit of the code a run was made with."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib import metadata
from typing import NamedTuple

from flows.bundled import CHECKOUT


class CodeVersion(NamedTuple):
    """A commit, or the released version where there is no checkout; dirty = edited since."""

    commit: str
    dirty: bool


@cache
def code_version() -> CodeVersion:
    """Read the commit of this checkout."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(CHECKOUT), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout.strip()

    try:
        if not (CHECKOUT / ".git").exists():
            raise FileNotFoundError(CHECKOUT / ".git")
        edited = git("status", "--porcelain", "--untracked-files=no")
        return CodeVersion(git("rev-parse", "HEAD"), bool(edited))
    except (OSError, subprocess.SubprocessError):
        return CodeVersion(f"release {metadata.version('rankcheck')}", False)
