"""Read selections of models, tasks and weights that people saved as YAML files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evaluators.averaging import Board, Treatment
from evaluators.averaging.selection import Selection, select
from evaluators.model_facts.matching import match_models
from flows.boards.foreign_files import read_settings
from flows.errors import LeaderboardError

_Content = TypeVar("_Content")


FOLDER = Path("selections")
"""Folder of the working folder with selections that are found by name."""


class _Saved(BaseModel):
    """A saved selection."""

    model_config = ConfigDict(extra="forbid")

    tasks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    weights: dict[str, float] = {}
    where: str = ""


def selection_of(
    tasks: Sequence[str] = (),
    without: Sequence[str] = (),
    types: Sequence[str] = (),
    languages: Sequence[str] = (),
    selection: str | None = None,
    weights: Path | None = None,
    where: str | None = None,
) -> Selection:
    """Return the selection of some options, on top of a saved one.

    Args:
        tasks: The only tasks that count; empty for all.
        without: Tasks that do not count.
        types: The only types that count; empty for all.
        languages: The only languages that count, as codes or names; empty for all.
        selection: A saved selection, a YAML file with any of these and `weights`: its path, or its
            name in `FOLDER`. The file's stem is the selection's name.
        weights: YAML file of weights by task or type.
        where: SQL condition on the facts about a model; None for all models.

    Raises:
        LeaderboardError: There is no such selection, or a file cannot be read or has another
            content.
    """
    path = None if selection is None else _find(selection)
    saved = _Saved() if path is None else _read(path, TypeAdapter(_Saved))
    named = tasks or without or types or languages or weights
    more = bool(named) or where is not None
    by_name = saved.weights if weights is None else _read(weights, TypeAdapter(dict[str, float]))
    chosen = Selection(
        tasks=(*saved.tasks, *tasks),
        without=(*saved.without, *without),
        types=(*saved.types, *types),
        languages=(*saved.languages, *languages),
        weights=by_name,
        where=_both(saved.where, where),
    )
    if path is None or more:  # then the file's name would not say everything
        return chosen
    return replace(chosen, name=path.stem)


def _find(selection: str) -> Path:
    """Return the file of a saved selection.

    Raises:
        LeaderboardError: There is none, with those that can be named.
    """
    named = FOLDER / f"{selection}.yaml"
    path = next((path for path in (Path(selection), named) if path.is_file()), None)
    if path is not None:
        return path
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    there = f"; the folder has {', '.join(known)}" if known else ""
    raise LeaderboardError(f"no selection {selection!r}: neither a file nor {named}{there}")


def _both(saved: str, more: str | None) -> str:
    """Return a condition that holds where both do, in one line."""
    parts = [" ".join(part.splitlines()).strip() for part in (saved, more or "")]
    if more is not None and not parts[1]:
        raise LeaderboardError("--where must be a condition such as parameters < 1e9, got nothing")
    if not all(parts):
        return "".join(parts)
    return " AND ".join(f"({part})" for part in parts)


def select_board(
    board: Board, treatment: Treatment, selection: Selection
) -> tuple[Board, Treatment]:
    """Return what is selected of a board, as `select` does, and say how many models match.

    Raises:
        TreatmentError: A name is unknown, or nothing is left.
        QueryError: The condition on models is wrong.
    """
    matches = None
    if selection.where:
        from db.conditions import answer_condition

        matches = match_models(board, selection.where, answer_condition)
        click.echo(f"note: {matches.headline}", err=True)
    return select(board, treatment, selection, matches)


def _read(path: Path, content: TypeAdapter[_Content]) -> _Content:
    try:
        return content.validate_python(read_settings(path) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LeaderboardError(f"{path} cannot be read as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LeaderboardError(f"{path}, {place or 'content'}: {first['msg']}") from error
