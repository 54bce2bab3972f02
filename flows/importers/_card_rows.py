"""The rows of an import of model cards: names that tell cards apart, and one unit for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from flows.boards.foreign_files import Problems
from flows.boards.metrics import metric_facts
from flows.importers._card_results import CardResult, ValueFormError, number_of
from flows.importers._draft import Asked, DraftColumn, DraftRow, Stated, many
from flows.importers._identity import named_by

Rows = dict[tuple[str, str], dict[str, float]]
"""Scores by column, of each card (by its path) and model."""


def rows_of(
    counted: Sequence[tuple[CardResult, str]], spread: bool, faulty: dict[str, str]
) -> Rows:
    """Return scores by column of each card and model; a card with a fault is left out whole."""
    rows: Rows = {}
    for result, column in counted:
        row = rows.setdefault((result.card, result.model), {})
        place = ", ".join((result.model, column))
        try:
            number = number_of(result.value, spread=spread)
        except ValueFormError as problem:
            faulty.setdefault(result.card, f"{place}: {problem}")
            continue
        earlier = row.setdefault(column, number)
        if earlier != number:
            faulty.setdefault(
                result.card, f"{place}: is {number:g}, but {earlier:g} before: keep one"
            )
    return {key: row for key, row in rows.items() if key[0] not in faulty}


def in_one_unit(
    rows: Rows,
    columns: Sequence[DraftColumn],
    convert: bool,
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> Rows:
    """Return the rows with proportions brought to per cent, or report cards of another scale.

    Cards are by different authors, so that 0.91 beside 91.2 is no bad model but another scale.
    """
    metric = {c.name: c.metric for c in columns if (f := metric_facts(c.metric)) and f.high == 1}
    largest: dict[tuple[str, str], dict[str, float]] = {}
    for key, row in rows.items():
        tops = largest[key] = defaultdict(float)
        for name in row.keys() & metric.keys():
            tops[metric[name]] = max(tops[metric[name]], abs(row[name]))
    if all(top <= 1 for tops in largest.values() for top in tops.values()):
        return rows
    if convert:
        return _in_per_cent(rows, metric, largest, asked, notes)
    small = [key for key, tops in largest.items() if 0 < max(tops.values(), default=0) <= 1]
    if not {model for _, model in small} <= {*asked.suspect}:
        problems.add(
            "",
            f"proportions beside per cent: {many(len(small), 'card')} with no score above 1 where"
            f" others have scores above it ({asked.listed(sorted(card for card, _ in small))});"
            " --scale per-card multiplies theirs by 100",
        )
    return rows


def _in_per_cent(
    rows: Rows,
    metric: Mapping[str, str],
    largest: Mapping[tuple[str, str], Mapping[str, float]],
    asked: Asked,
    notes: list[str],
) -> Rows:
    """Return the rows with each card's metrics that never exceed 1 multiplied by 100."""
    converted, turned = dict(rows), []
    for key, tops in largest.items():
        small = {name for name, top in tops.items() if 0 < top <= 1}
        if small:
            turned.append(f"{key[0]} ({', '.join(sorted(small))})")
            converted[key] = {
                name: x * 100 if metric.get(name) in small else x for name, x in rows[key].items()
            }
    notes.append(
        f"proportions of {many(len(turned), 'card')} multiplied by 100, as asked:"
        f" {asked.listed(turned)}"
    )
    return converted


def drafted(
    rows: Rows,
    facts: Mapping[tuple[str, str], Mapping[str, Stated]],
    path: Path,
    asked: Asked,
    notes: list[str],
) -> list[DraftRow]:
    """Return the rows under names that tell cards apart."""
    by_name: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for card, model in rows:
        place = f"{path.resolve().parent.name}/{card}" if path.is_file() else card
        by_name[named_by(place, asked.model_from, model) or model or place].append((card, model))
    names: dict[tuple[str, str], str] = {}
    shared = []
    for name, keys in by_name.items():
        if len(keys) > 1:
            shared.append(name)
        folders = [_told_apart(name, *key) for key in keys]
        for key, folder in zip(keys, folders, strict=True):
            apart = len(keys) == 1 or folders.count(folder) == 1
            names[key] = (name if len(keys) == 1 else folder) if apart else f"{key[0]} {key[1]}"
    if shared:
        notes.append(
            f"{many(len(shared), 'name')} of several cards, told apart by folder:"
            f" {asked.listed(shared)}; --model-from and --rename name them otherwise"
        )
    return [
        DraftRow(
            where=f"{key[0]}, {key[1]}" if path.is_dir() else key[1],
            model=names[key],
            scores=row,
            facts=facts.get(key, {}),
        )
        for key, row in rows.items()
    ]


def _told_apart(name: str, card: str, model: str) -> str:
    """Return a name with the folder of its card, `user1/bert-finetuned-ner`."""
    folder = PurePosixPath(card).parent
    if folder == PurePosixPath():
        folder = PurePosixPath(card).with_suffix("")
    if name == str(folder):
        return f"{name} {model}"
    return str(folder) if folder.name == name else f"{folder}/{name}"
