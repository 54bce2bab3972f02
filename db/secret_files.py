"""Read files of secrets, and say which of them other users of the machine can read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def read_secrets(path: Path) -> dict[str, Any]:
    """Return what a TOML file of secrets says.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def exposed(path: Path, what: str = "secrets") -> str:
    """Return what to do about a file that other users can read; empty where they cannot.

    Args:
        path: The file.
        what: What it contains.
    """
    if not path.stat().st_mode & 0o077:
        return ""
    return f"{path} contains {what} but other users can read it: run chmod 600 {path}"
