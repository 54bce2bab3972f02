"""Say which version of the code writes."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

_CHECKOUT = Path(__file__).parents[1]


class CodeVersion(NamedTuple):
    """A commit or a released version; `dirty` if files were edited."""

    commit: str
    dirty: bool

    @property
    def said(self) -> str:
        """The commit, and whether files were edited."""
        return f"{self.commit}{' with uncommitted changes' if self.dirty else ''}"


@cache
def code_version() -> CodeVersion:
    """Read the commit of this checkout."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(_CHECKOUT), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout.strip()

    try:
        if not (_CHECKOUT / ".git").exists():
            raise FileNotFoundError(_CHECKOUT / ".git")
        edited = git("status", "--porcelain", "--untracked-files=no")
        return CodeVersion(git("rev-parse", "HEAD"), bool(edited))
    except (OSError, subprocess.SubprocessError):
        return CodeVersion(f"release {metadata.version('rankcheck')}", False)
