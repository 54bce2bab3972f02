"""Find the files that ship with rankcheck: plans, leaderboards, published scores, samples."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
"""The root of the checkout, where this is one."""


def bundled(*parts: str) -> Path:
    """Return the path of a file or folder that ships with rankcheck, `data/samples` for example.

    A wheel carries them inside the package `flows`; a checkout has them at its root.
    """
    inside = Path(str(files("flows"))) / "_bundled"
    return (inside if inside.is_dir() else CHECKOUT).joinpath(*parts)
