"""Read selections of tasks and weights that people saved as YAML files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evaluators.averaging.selection import Selection
from flows.errors import LeaderboardError

_Content = TypeVar("_Content")


class _Saved(BaseModel):
    """A saved selection."""

    model_config = ConfigDict(extra="forbid")

    tasks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    weights: dict[str, float] = {}


def selection_of(
    tasks: Sequence[str] = (),
    without: Sequence[str] = (),
    types: Sequence[str] = (),
    selection: Path | None = None,
    weights: Path | None = None,
) -> Selection:
    """Return the selection of some options, on top of a saved one.

    Args:
        tasks: The only tasks that count; empty for all.
        without: Tasks that do not count.
        types: The only types that count; empty for all.
        selection: YAML file with any of these and `weights`; its stem is the selection's name.
        weights: YAML file of weights by task or type.

    Raises:
        LeaderboardError: A file cannot be read, or has another content.
    """
    saved = _Saved() if selection is None else _read(selection, TypeAdapter(_Saved))
    more = bool(tasks or without or types or weights)
    by_name = saved.weights if weights is None else _read(weights, TypeAdapter(dict[str, float]))
    chosen = Selection(
        tasks=(*saved.tasks, *tasks),
        without=(*saved.without, *without),
        types=(*saved.types, *types),
        weights=by_name,
    )
    if selection is None or more:  # then the file's name would not say everything
        return chosen
    return replace(chosen, name=selection.stem)


def _read(path: Path, content: TypeAdapter[_Content]) -> _Content:
    try:
        return content.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise LeaderboardError(f"{path} cannot be read as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LeaderboardError(f"{path}, {place or 'content'}: {first['msg']}") from error
