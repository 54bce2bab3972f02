"""Choose the models and tasks of a board that count, and what each task counts.

A selection is a part of the treatment: every output that names the treatment names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evaluators.averaging.board import Board, Column
from evaluators.averaging.task_weights import names_of, stated_weight
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.languages import find_languages, language_name
from evaluators.model_facts.matching import Matches
from evaluators.names import nearest


@dataclass(frozen=True)
class Selection:
    """The columns and models of a board that count.

    A column is named by its own name, its task, or the task of which it is a sub-split.

    Attributes:
        tasks: The only ones that count; empty for all.
        without: Those that do not count.
        types: The only types of tasks that count; empty for all.
        languages: The only languages that count, each a code or a name (`eng`, `en`, `English`);
            a task of several counts if one of them is named. Empty for all.
        weights: Weight by task or type, at least 0; a task that is not named has weight 1, and one
            of weight 0 does not count.
        where: SQL condition on the facts about a model (see `evaluators.model_facts.matching`),
            without which it takes no part in the ranking; empty for all models.
        name: Name of a saved selection; empty where it was put together for once.
    """

    tasks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    where: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        tasks = self.tasks or self.without or self.types or self.languages
        return bool(tasks or self.weights or self.where)

    @property
    def text(self) -> str:
        """What counts, in words; empty where everything counts alike."""
        if self.name and self:
            return f"selection {self.name}"
        weights = ", ".join(f"{name} {weight:g}" for name, weight in self.weights.items())
        parts = (
            f"only {', '.join(self.tasks)}" if self.tasks else "",
            f"type {', '.join(self.types)}" if self.types else "",
            f"language {', '.join(self.languages)}" if self.languages else "",
            f"without {', '.join(self.without)}" if self.without else "",
            f"weights {weights}" if weights else "",
            f"where {self.where}" if self.where else "",
        )
        return "; ".join(part for part in parts if part)


def select(
    board: Board, treatment: Treatment, selection: Selection, matches: Matches | None = None
) -> tuple[Board, Treatment]:
    """Return the board with the selected models and columns, and the treatment that says so.

    The treatment has the weights too, so that whatever ranks the board knows them.

    Args:
        board: The whole board.
        treatment: The treatment of its cells.
        selection: What counts.
        matches: The models that match `selection.where`, where there is such a condition.

    Raises:
        TreatmentError: A name is unknown, a weight is not a number of at least 0, or nothing is
            left.
    """
    if selection.where:
        if matches is None or matches.condition != selection.where:
            raise TreatmentError("find the models first: match_models(board, selection.where, …)")
        board = matches.board
    if not selection:
        return board, treatment
    selection = _resolved(board, selection)
    kept = [
        j
        for j, column in enumerate(board.columns)
        if (not selection.tasks or set(names_of(column)) & set(selection.tasks))
        and (not selection.types or column.type in selection.types)
        and (not selection.languages or set(column.languages) & set(selection.languages))
        and not set(names_of(column)) & set(selection.without)
    ]
    if not kept:
        raise TreatmentError(f"{board.name}: {selection.text}: no task is left")
    nested = treatment.nesting == "by-type"
    kept = [j for j in kept if _weighs(board.columns[j], selection.weights, nested)]
    if not kept:
        raise TreatmentError(f"{board.name}: every weight is 0")
    chosen = board.take(columns=kept)
    above = tuple((name, float(w)) for name, w in selection.weights.items() if w > 0)
    return chosen, replace(treatment, selection=selection.text, weights=above)


def _resolved(board: Board, selection: Selection) -> Selection:
    """Check every name, and return the selection with languages as the board's codes."""
    tasks = {name for column in board.columns for name in names_of(column)}
    _validate("task", (*selection.tasks, *selection.without), tasks)
    types = {column.type for column in board.columns if column.type is not None}
    if selection.types and not types:
        raise TreatmentError(f"{board.name}: its tasks have no types to choose by")
    _validate("type", selection.types, types)
    _validate("task or type", selection.weights, tasks | types)
    for name, weight in selection.weights.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise TreatmentError(f"the weight of {name} must be at least 0, got {weight:g}")
        if name in tasks and any(c.type == name and name not in names_of(c) for c in board.columns):
            raise TreatmentError(
                f"{name} names both a task and a type of {board.name}: weight the tasks by their"
                " columns' names, or the type by naming its tasks"
            )
    return replace(selection, languages=_codes(board, selection.languages))


def _codes(board: Board, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the board's codes of the wanted languages.

    Raises:
        TreatmentError: If the board has none of them, with those it has.
    """
    if not wanted:
        return ()
    on_board = sorted({code for column in board.columns for code in column.languages})
    if not on_board:
        raise TreatmentError(
            f"{board.name}: its tasks have no languages to choose by; name the tasks, or give each"
            " column `languages: [eng]` in board.yaml"
        )
    codes: dict[str, None] = {}
    for language in wanted:
        own = [code for code in find_languages(language) if code in on_board]
        if not own:
            listed = ", ".join(f"{code} ({language_name(code)})" for code in on_board[:20])
            more = f" and {len(on_board) - 20} more" if len(on_board) > 20 else ""
            raise TreatmentError(
                f"no language {language!r} on {board.name}, whose tasks are in {listed}{more}"
            )
        codes |= dict.fromkeys(own)
    return tuple(codes)


def _weighs(column: Column, weights: Mapping[str, float], nested: bool) -> bool:
    """Return whether a column has a weight above 0; under by-type both its own and its type's."""
    if nested and column.type is not None and weights.get(column.type) == 0:
        return False
    return stated_weight(column, weights, by_type=not nested) != 0


def _validate(noun: str, wanted: Iterable[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            raise TreatmentError(f"no {noun} {name!r}{nearest(name, sorted(known))}")
