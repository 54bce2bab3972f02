"""Find the files that ship with rankcheck: plans, leaderboards, samples."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
"""The root of the checkout; for an installed wheel, the folder of installed packages."""


def is_installed() -> bool:
    """Return whether this is an installed wheel rather than a checkout."""
    return _inside().is_dir()


def bundled(*parts: str) -> Path:
    """Return the path of a bundled file or folder, such as `data/samples`.

    A wheel contains them inside the package `flows`, where setup.py puts them; a checkout has them
    at its root.
    """
    return (_inside() if is_installed() else CHECKOUT).joinpath(*parts)


def _inside() -> Path:
    return Path(str(files("flows"))) / "_bundled"
