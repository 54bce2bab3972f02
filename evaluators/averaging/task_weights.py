"""Turn the weights that a treatment gives to tasks and types into weights of columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Column
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError


def names_of(column: Column) -> tuple[str, ...]:
    """Return the names by which a column is chosen: its own, its task's, that of the whole task."""
    return (column.name, column.task, *([column.split_of] if column.split_of else []))


def stated_weight(column: Column, weights: Mapping[str, float], *, by_type: bool) -> float | None:
    """Return the weight of a column: of the first of its names that has one, None without one.

    Args:
        column: The column.
        weights: Weight by task or type.
        by_type: Whether the weight of its type is one, where no task's is.
    """
    names = [*names_of(column), *([column.type] if by_type and column.type else [])]
    return next((weights[name] for name in names if name in weights), None)


def column_weights(
    columns: list[Column], groups: NDArray[np.float64], treatment: Treatment
) -> NDArray[np.float64]:
    """Return the weights (g,) of the columns that enter the mean, or their type's under by-type.

    Args:
        columns: The c columns that count.
        groups: (c, g) shares that make entering columns of them.
        treatment: Its weights; under by-type those of types are left to `type_weights`.

    Raises:
        TreatmentError: If columns that enter as one have different weights.
    """
    weights = dict(treatment.weights)
    entering = np.ones(groups.shape[1])
    if not weights:
        return entering
    flat = treatment.nesting == "flat"
    for g in range(groups.shape[1]):
        members = [columns[j] for j in np.flatnonzero(groups[:, g])]
        stated = [stated_weight(column, weights, by_type=flat) for column in members]
        own = {1.0 if weight is None else weight for weight in stated}
        if len(own) > 1:
            raise TreatmentError(
                f"{' and '.join(column.name for column in members)} count as one and must weigh"
                " the same: give the task the weight, or choose a treatment that keeps them apart"
                " (per-metric, +splits-twice)"
            )
        entering[g] = own.pop()
    return entering


def type_weights(types: tuple[str, ...], treatment: Treatment) -> NDArray[np.float64]:
    """Return the weights (k,) of types in a mean over types."""
    weights = dict(treatment.weights)
    return np.array([weights.get(name, 1.0) for name in types])
