"""Find what rules say of their numbers: sentences that are built in code and kept in the store.

A page gets such a sentence whole. Its catalogue has the form, with a place for each number:
`{a} seeds: an interval needs {b}`. Parts between semicolons are forms of their own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import evaluators

_ROOT = Path(evaluators.__file__).parent
_FOLDERS = (
    *("claims", "dimension/law_comparison.py", "averaging/ranking.py"),
    *("averaging/matrix.py", "averaging/stability/contest.py"),
    "averaging/stability/resolution.py",
)

_NOT_SAID = re.compile(
    r"^_?((\w+_)?controls(_\w+)?|made(_up_\w+)?|texts|rows?|worded|(\w+_)?rule|expected_wrong)$"
)
"""Functions that make evidence up, or name it, or write a rule."""

_REFUSALS = ("NotTestable", "TreatmentError")
"""What a verdict quotes; anything else that is raised is an error of whoever called."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_PLACE = re.compile(r"\{\w+\}")


def forms() -> dict[str, str]:
    """Return every form of a sentence or clause, with the file that builds it."""
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        place = _ROOT / folder
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            for text in _said(ast.parse(path.read_text(encoding="utf-8"))):
                for clause in clauses(text):
                    found.setdefault(lettered(clause), path.name)
    return found


def clauses(text: str) -> Iterator[str]:
    """Yield the parts of a form that have words to translate."""
    for part in text.split("; "):
        clause = part.strip(" ;,.").removeprefix("and ")
        words = _PLACE.sub(" ", clause).strip()
        if " " in words and len(_WORD.findall(words)) >= 2:
            yield clause


def lettered(clause: str) -> str:
    """Return a form whose places are called a, b, c and so on, whatever they are in the code."""
    letters: dict[str, str] = {}
    return _PLACE.sub(
        lambda place: letters.setdefault(place[0], f"{{{chr(ord('a') + len(letters))}}}"), clause
    )


def _said(tree: ast.Module) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            made_up = _NOT_SAID.match(function.name)
            found = filter(_is_refusal, ast.walk(function)) if made_up else iter(function.body)
            for node in found:
                yield from _texts(node)


def _is_refusal(node: ast.AST) -> bool:
    """Return whether a statement says that evidence cannot decide, as any function may."""
    called = (
        node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
    )
    return getattr(called, "id", "") in _REFUSALS


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Raise) and not _is_refusal(node):
        return
    if isinstance(node, (ast.FunctionDef, ast.Compare)):
        return
    if isinstance(node, ast.JoinedStr):
        yield _form(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if len(_WORD.findall(node.value)) >= 3:
            yield node.value
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue
        yield from _texts(child)


def _form(text: ast.JoinedStr) -> str:
    """Return an f-string as a text with places; equal expressions share a place."""
    places: dict[str, str] = {}
    return "".join(
        str(value.value)
        if isinstance(value, ast.Constant)
        else f"{{p{places.setdefault(ast.dump(value), str(len(places)))}}}"
        for value in text.values
    )
