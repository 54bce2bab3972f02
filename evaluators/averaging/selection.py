"""Choose the models and tasks of a board that count, and what each task counts.

A selection is a part of the treatment: every output that names the treatment names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evaluators.averaging.board import Board, Column
from evaluators.averaging.matrix import treat
from evaluators.averaging.means import mean_name
from evaluators.averaging.ranking import TIE, Ranking, ranking_of
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
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
        weights: Weight by task or type; a task that is not named has weight 1.
        where: SQL condition on the facts about a model (see `evaluators.model_facts.matching`),
            without which it takes no part in the ranking; empty for all models.
        name: Name of a saved selection; empty where it was put together for once.
    """

    tasks: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    where: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.tasks or self.without or self.types or self.weights or self.where)

    @property
    def text(self) -> str:
        """What counts, in words; empty where everything counts alike."""
        if self.name and self:
            return f"selection {self.name}"
        weights = ", ".join(f"{name} {weight:g}" for name, weight in self.weights.items())
        parts = (
            f"only {', '.join(self.tasks)}" if self.tasks else "",
            f"type {', '.join(self.types)}" if self.types else "",
            f"without {', '.join(self.without)}" if self.without else "",
            f"weights {weights}" if weights else "",
            f"where {self.where}" if self.where else "",
        )
        return "; ".join(part for part in parts if part)


def select(
    board: Board, treatment: Treatment, selection: Selection, matches: Matches | None = None
) -> tuple[Board, Treatment]:
    """Return the board with the selected models and columns, and the treatment that says so.

    Weights are left to `rank_selected`.

    Args:
        board: The whole board.
        treatment: The treatment of its cells.
        selection: What counts.
        matches: The models that match `selection.where`, where there is such a condition.

    Raises:
        TreatmentError: A name is unknown, or nothing is left.
    """
    if selection.where:
        if matches is None or matches.condition != selection.where:
            raise TreatmentError("find the models first: match_models(board, selection.where, …)")
        board = matches.board
    if not selection:
        return board, treatment
    names = {name for column in board.columns for name in _names(column)}
    _validate("task", (*selection.tasks, *selection.without), names)
    types = {column.type for column in board.columns if column.type is not None}
    if selection.types and not types:
        raise TreatmentError(f"{board.name}: its tasks have no types to choose by")
    _validate("type", selection.types, types)
    _validate("task or type", selection.weights, names | types)
    kept = [
        j
        for j, column in enumerate(board.columns)
        if (not selection.tasks or _names(column) & set(selection.tasks))
        and (not selection.types or column.type in selection.types)
        and not _names(column) & set(selection.without)
    ]
    if not kept:
        raise TreatmentError(f"{board.name}: {selection.text}: no task is left")
    return board.take(columns=kept), replace(treatment, selection=selection.text)


def rank_selected(
    board: Board, treatment: Treatment, p: float, weights: Mapping[str, float]
) -> Ranking:
    """Rank a board by a weighted power mean.

    Args:
        board: Models × task metrics, as `select` returned it.
        treatment: How cells become the averaged entries.
        p: Exponent of the mean.
        weights: Weight by task or type, at least 0.

    Raises:
        TreatmentError: A weight is not a number of at least 0, no weight is above 0, or the board
            cannot be ranked like that.
    """
    from evaluators.averaging.stability.weighted import power_sums

    for name, weight in weights.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise TreatmentError(f"the weight of {name} must be at least 0, got {weight:g}")
    matrix = treat(board, treatment, p)
    by_name = dict(pair for column in board.columns for pair in _weights(column, weights))
    entering = np.array([by_name.get(name, 1.0) for name in matrix.columns])
    if not entering.any():
        raise TreatmentError(f"{board.name}: every weight is 0")
    defined = matrix.complete & ~matrix.undefined(p).any(axis=1)
    scores = np.full(len(board.models), np.nan)
    values = matrix.values[defined] + matrix.shift
    if len(values):
        scores[defined] = power_sums(values, p).means(entering[None, :])[0] - matrix.shift
    rule = f"weighted {mean_name(p)}"
    return ranking_of(board, treatment, matrix, scores, TIE * matrix.unit, p=p, rule=rule)


def _names(column: Column) -> set[str]:
    return {column.name, column.task} | ({column.split_of} if column.split_of else set())


def _weights(column: Column, weights: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    """Yield each name under which a column may enter, with the weight that is said for it."""
    own = [name for name in (column.name, column.task, column.split_of, column.type) if name]
    said = next((weights[name] for name in own if name in weights), None)
    if said is not None:
        yield from ((name, said) for name in own)


def _validate(noun: str, wanted: Iterable[str], known: Collection[str]) -> None:
    for name in wanted:
        if name not in known:
            raise TreatmentError(f"no {noun} {name!r}{nearest(name, sorted(known))}")
