"""Say which measurements are one row: a model as evaluated, and what sets its rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flows.boards.foreign_files import Problems
from flows.importers._draft import Asked, DraftRow, Stated, few, many
from flows.importers._identity import told_apart_by

if TYPE_CHECKING:
    from flows.importers._measurements import Measurement

_NOT_STATED = "not stated"

_Variant = tuple[str, tuple[tuple[str, str], ...]]
"""A model, and the settings that make it a row of its own."""


def rows_of(
    measurements: Sequence[Measurement],
    columns: Mapping[tuple[str, str], str],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> list[DraftRow]:
    """Return a row for each model as evaluated.

    A variant always makes a row. A setting makes one where a column was measured under several
    values of it: 5-shot MMLU beside 25-shot ARC is one row, 5-shot beside zero-shot MMLU are two.
    Between models, settings are compared, and a difference is a note or, if strict, refused.

    Args:
        measurements: Those of the columns that are imported.
        columns: Names of the columns, by task and metric.
        asked: The options of the import.
        problems: Receives two values of one cell of which neither is newer.
        notes: Receives what differs, and which runs are replaced by newer ones.
    """
    keys = _keys(measurements, columns)
    _compare_settings(measurements, keys, columns, asked, problems, notes)
    cells: dict[_Variant, dict[str, Measurement]] = {}
    replaced: dict[str, None] = {}
    for m, key in zip(measurements, keys, strict=True):
        row, column = cells.setdefault(key, {}), columns[m.task, m.metric]
        earlier = row.setdefault(column, m)
        if earlier is m or earlier.value == m.value:
            continue
        if earlier.date == m.date:
            problems.add(
                m.where, f"{column} is {m.value}, but {earlier.value} at {earlier.where}: keep one"
            )
        else:
            row[column] = max(earlier, m, key=lambda each: each.date)
            replaced[f"{m.model} {column}"] = None
    if replaced:
        notes.append(f"run more than once, the newest counts: {asked.listed(replaced)}")
    names = _names(list(cells))
    return [
        DraftRow(
            where=names[key],
            model=names[key],
            scores={column: m.value for column, m in row.items()},
            base=key[0],
            revision=dict(key[1]).get("revision", ""),
            date=max(m.date for m in row.values()),
            source=", ".join(f"{name} {value}" for name, value in key[1]),
            facts=_facts(list(row.values())),
            place=next(iter(row.values())).where,
        )
        for key, row in cells.items()
    ]


def _facts(measurements: Sequence[Measurement]) -> dict[str, Stated]:
    """Return what the newest of a row's files that says something of a fact says of it."""
    facts: dict[str, Stated] = {}
    for m in sorted(measurements, key=lambda each: each.date):
        facts |= m.facts
    return facts


def _keys(
    measurements: Sequence[Measurement], columns: Mapping[tuple[str, str], str]
) -> list[_Variant]:
    """Return the row of each measurement."""
    names = sorted({name for m in measurements for name in m.settings})
    variants = [(m.model, tuple(sorted(m.variant.items()))) for m in measurements]
    values: dict[tuple[_Variant, str, str], set[str]] = {}
    for m, variant in zip(measurements, variants, strict=True):
        for name in names:
            place = (variant, columns[m.task, m.metric], name)
            values.setdefault(place, set()).add(m.settings.get(name, _NOT_STATED))
    split: dict[_Variant, set[str]] = {}
    for (variant, _, name), found in values.items():
        if len(found) > 1:
            split.setdefault(variant, set()).add(name)
    keys = []
    for m, variant in zip(measurements, variants, strict=True):
        own = {name: m.settings.get(name, _NOT_STATED) for name in split.get(variant, ())}
        keys.append((m.model, tuple(sorted((dict(m.variant) | own).items()))))
    return keys


def _compare_settings(
    measurements: Sequence[Measurement],
    keys: Sequence[_Variant],
    columns: Mapping[tuple[str, str], str],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> None:
    """Note settings of a task that differ between models, unless rows are named by them."""
    values: dict[tuple[str, str], dict[str, str]] = {}
    names = sorted({name for m in measurements for name in m.settings})
    for m, key in zip(measurements, keys, strict=True):
        for name in names:
            if name not in dict(key[1]):
                found = values.setdefault((columns[m.task, m.metric], name), {})
                found.setdefault(m.settings.get(name, _NOT_STATED), m.model)
    differing: dict[str, list[str]] = {}
    for (column, name), found in values.items():
        if len(found) > 1:
            ways = few((f"{value[:40]} for {model}" for value, model in found.items()), 2)
            differing.setdefault(name, []).append(f"{column} ({ways})")
    for name, places in differing.items():
        message = f"models were run with different {name}: {asked.listed(places)}"
        if asked.strict:
            problems.add("", f"{message}; without --strict it is a note")
        else:
            notes.append(message)


def _names(keys: Sequence[_Variant]) -> dict[_Variant, str]:
    """Return a name for each row: the model, and what tells it from its other rows."""
    kinds = told_apart_by((model, dict(settings)) for model, settings in keys)
    names = {}
    for model, settings in keys:
        parts = [
            f"{name} {value}"
            for name, value in settings
            if value != _NOT_STATED and name in kinds[model]
        ]
        names[model, settings] = f"{model} ({', '.join(parts)})" if parts else model
    return names


def several_rows(rows: Sequence[DraftRow], asked: Asked) -> list[str]:
    """Return a note on models with several rows, if there are any."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.base] = counts.get(row.base, 0) + 1
    several = [f"{base} ({count} rows)" for base, count in counts.items() if count > 1]
    if not several or asked.keep:
        return []
    return [
        f"{many(len(several), 'model')} evaluated in several ways, each a row; --keep takes one:"
        f" {asked.listed(several)}"
    ]
