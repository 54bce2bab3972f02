"""A peer that does not import beside our libraries, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class NoPeerError(Exception):
    """The peer cannot be had here; says why."""


def environment(name: str, requirements: tuple[str, ...]) -> Path:
    """Return the Python of `.venv-<name>` with these packages, made when it is not there yet.

    Raises:
        NoPeerError: If the packages cannot be installed, as without a package index.
    """
    folder = ROOT / f".venv-{name}"
    python, done = folder / "bin" / "python", folder / ".installed"
    wanted = "\n".join(requirements)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {folder.name} with {', '.join(requirements)} ...", file=sys.stderr, flush=True)
    _call([sys.executable, "-m", "venv", "--clear", str(folder)])
    _call([str(python), "-m", "pip", "install", "--quiet", *requirements])
    done.write_text(wanted, encoding="utf-8")
    return python


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NoPeerError(said[-1] if said else f"{command[-1]}: exit status {done.returncode}")
