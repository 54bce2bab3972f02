"""Which revision of a model, and which split of a task, stands on the board."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from evaluators.names import nearest
from flows.importers._mteb_records import Record
from flows.importing.words import few, many
from flows.problem_list import Problems

REVISIONS = ("most-complete", "newest", "all")
_PREFERRED = ("test", "validation", "dev", "train")


def choose_splits(
    records: Sequence[Record], asked: Sequence[str], problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one split of each task, the same for every model.

    The split that was asked for (`TASK=SPLIT`), or the one with scores of the most models, test
    before validation before dev before train.
    """
    wanted = dict(pair.split("=", 1) for pair in asked if "=" in pair)
    tasks = {record.task for record in records}
    for pair in asked:
        task, _, split = pair.partition("=")
        if not split:
            problems.add("", f"--split {pair}: write TASK=SPLIT, as in MSMARCO=dev")
        elif task not in tasks:
            problems.add("", f"--split {pair}: there is no such task{nearest(task, tasks)}")
    models: dict[str, dict[str, set[str]]] = {}
    for record in records:
        splits = models.setdefault(record.task, {}).setdefault(record.split, set())
        if record.main == record.main:  # a score of NaN is none
            splits.add(record.model)
    taken, told = {}, []
    for task, splits in models.items():
        if task in wanted and wanted[task] not in splits:
            problems.add("", f"{task} has no split {wanted[task]!r}; it has {', '.join(splits)}")
        best = max(splits, key=lambda s: (len(splits[s]), -_place(s), s))
        taken[task] = wanted.get(task, best)
        if len(splits) > 1:
            told.append(f"{task} {taken[task]}")
    if told:
        notes.append(
            f"one split of each task for every model; {many(len(told), 'task')} with several:"
            f" {few(told)}"
        )
    return [record for record in records if record.split == taken[record.task]]


def choose_revisions(
    records: Sequence[Record], rule: str, problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one revision of each model, or make each a model of its own."""
    cells: Counter[tuple[str, str]] = Counter()
    versions: dict[tuple[str, str], tuple[int, ...]] = {}
    for record in records:
        key = (record.model, record.revision)
        cells[key] += record.main == record.main
        versions[key] = max(versions.get(key, ()), _version(record.version))
    revisions: dict[str, list[str]] = {}
    for model, revision in cells:
        revisions.setdefault(model, []).append(revision)
    several = [model for model, found in revisions.items() if len(found) > 1]
    if several:
        what = {
            "most-complete": "the one with the most scores is taken, the newest mteb of equals",
            "newest": "the one that the newest mteb measured is taken, the fullest of equals",
            "all": "each is a row of its own",
        }[rule]
        notes.append(
            f"{many(len(several), 'model')} with several revisions: {what} ({few(several, 3)})"
        )
    if rule == "all":
        return [
            record._replace(model=f"{record.model}@{(record.revision or 'not stated')[:12]}")
            if record.model in several
            else record
            for record in records
        ]

    def rank(key: tuple[str, str]) -> tuple[object, ...]:
        full, new = (cells[key],), versions[key]
        return (full, new, key[1]) if rule == "most-complete" else (new, full, key[1])

    taken = {
        model: max(((model, revision) for revision in found), key=rank)[1]
        for model, found in revisions.items()
    }
    return [record for record in records if record.revision == taken[record.model]]


def without_doubles(
    records: Sequence[Record], problems: Problems, notes: list[str]
) -> list[Record]:
    """Drop what is said twice in the same words; what is said twice differently is a problem."""
    first: dict[tuple[str, ...], Record] = {}
    doubles = 0
    for record in records:
        key = (record.model, record.revision, record.task, record.split, record.subset)
        before = first.setdefault(key, record)
        if before is record:
            continue
        if before.main == record.main or (
            before.main != before.main and record.main != record.main
        ):
            doubles += 1
        else:
            problems.add(
                record.where, f"is {record.main}, but {before.main} at {before.where}: keep one"
            )
    if doubles:
        notes.append(f"{many(doubles, 'score')} in the file twice, the same both times")
    return list(first.values())


def version_range(records: Sequence[Record]) -> str:
    """Return the versions of mteb that measured, from oldest to newest."""
    versions: Mapping[str, tuple[int, ...]] = {r.version: _version(r.version) for r in records}
    known = sorted((v for v in versions if v), key=lambda v: versions[v])
    if not known:
        return ""
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _place(split: str) -> int:
    return _PREFERRED.index(split) if split in _PREFERRED else len(_PREFERRED)


def _version(text: str) -> tuple[int, ...]:
    """Return `1.29.10-2.18.7` as (2, 18, 7): merged results carry the newest last."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("-")[-1])[:3])
