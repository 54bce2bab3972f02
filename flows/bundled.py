"""Find the files that ship with rankcheck: plans, leaderboards, published scores, samples."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
"""The root of the checkout; the folder of installed packages where rankcheck came as a wheel."""


def is_installed() -> bool:
    """Return whether this is an installed wheel, which has no checkout around it."""
    return _inside().is_dir()


def bundled(*parts: str) -> Path:
    """Return the path of a file or folder that ships with rankcheck, `data/samples` for example.

    A wheel carries them inside the package `flows`, where setup.py puts them; a checkout has them
    at its root.
    """
    return (_inside() if is_installed() else CHECKOUT).joinpath(*parts)


def _inside() -> Path:
    return Path(str(files("flows"))) / "_bundled"
