"""The docstrings of Python's standard library: a real text that is wherever Python is."""

from __future__ import annotations

import ast
import platform
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from evaluators.errors import DatasetError

NAME = "python-docstrings"
LICENCE = "PSF-2.0"
# Tests are missing from some installations; installed packages belong to no standard library.
_LEFT_OUT = frozenset(
    {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def library() -> Path:
    """Return the folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def identity() -> list[str]:
    """Return what the text is told by: the interpreter's build and its place."""
    return [NAME, sys.version, str(library())]


def source() -> str:
    """Name the text."""
    return f"docstrings of the standard library of Python {platform.python_version()}"


def docstrings(folder: Path | None = None) -> tuple[str, ...]:
    """Return every docstring, one line each, by module path and then by depth.

    Nothing is imported or run: the files are parsed. One that cannot be parsed is left out.

    Raises:
        DatasetError: There is none, as where the library is kept in an archive.
    """
    found = tuple(_all(library() if folder is None else folder))
    if not found:
        raise DatasetError(
            f"no docstring in {folder or library()}: name a text file of RANKCHECK_CORPORA instead"
        )
    return found


def _all(folder: Path) -> Iterator[str]:
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    for path in sorted(paths, key=lambda path: path.as_posix()):
        if _LEFT_OUT.isdisjoint(path.parts):
            yield from _of_module(folder / path)


def _of_module(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and (text := ast.get_docstring(node, clean=False)):
            line = " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")
            if line:
                yield line
