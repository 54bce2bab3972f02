"""Read `board.yaml`: a leaderboard's columns, snapshots and suspect cells."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flows.boards.foreign_files import SPECIAL, is_special, read_settings
from flows.errors import LeaderboardError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSpec(_Strict):
    """One column: its task and metric, and how it is used in rankings."""

    name: str
    task: str
    metric: str
    role: Literal["main", "diagnostic"] = "main"
    split_of: str | None = None
    type: str | None = None
    unit_max: float | None = Field(default=None, gt=0)
    higher_is_better: bool = True
    above_unit: bool = False
    languages: tuple[str, ...] = ()


class SuspectSpec(_Strict):
    """One cell, or without `column` one row, that should not be trusted as printed.

    `value` is the printed score; a flag whose cell has changed no longer matches and is refused.
    """

    model: str
    column: str | None = None
    value: float | None = None
    reason: str

    @model_validator(mode="after")
    def _cell_has_value(self) -> SuspectSpec:
        if (self.column is None) != (self.value is None):
            raise ValueError("column and value must be given together")
        return self


class SnapshotSpec(_Strict):
    """One snapshot: source, date and remarks of its numbers.

    `facts_source` says where the facts about models were read, if not where the scores were;
    `fact_sources` says it of single facts that are from elsewhere.
    """

    dated: str
    source: str
    licence: str = ""
    notes: str = ""
    facts_source: str = ""
    fact_sources: dict[str, str] = Field(default_factory=dict)
    repeated_models: tuple[str, ...] = ()
    suspect: tuple[SuspectSpec, ...] = ()


class BoardSpec(_Strict):
    """One leaderboard; `unit_max` is the perfect score of columns without their own."""

    name: str
    title: str
    url: str = ""
    unit_max: float = Field(gt=0)
    notes: str = ""
    columns: tuple[ColumnSpec, ...]
    snapshots: dict[str, SnapshotSpec] = Field(default_factory=dict)

    def column(self, name: str) -> ColumnSpec | None:
        """Return the column of a name, or None."""
        return next((column for column in self.columns if column.name == name), None)


def read_spec(path: Path) -> BoardSpec:
    """Read a `board.yaml`.

    Raises:
        LeaderboardError: If it cannot be read, is not valid YAML, has an unknown key, or leaves
            something out.
    """
    if is_special(path):
        raise LeaderboardError(f"{path}, which should be a board.yaml, {SPECIAL}")
    try:
        return BoardSpec.model_validate(read_settings(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, ValueError) else error.strerror
        raise LeaderboardError(f"{path}, which should be a board.yaml: {reason}") from error
    except yaml.YAMLError as error:
        raise LeaderboardError(f"{path} is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(str(part) for part in first["loc"])
        raise LeaderboardError(f"{path}, {location}: {first['msg']}") from error
