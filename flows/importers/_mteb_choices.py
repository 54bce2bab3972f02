"""Choose among MTEB results: experiments, wholes or parts, splits, revisions, duplicates."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.importers._draft import few, many
from flows.importers._mteb_facts import main_revisions, tasks
from flows.importers._mteb_records import Record

REVISIONS = ("most-complete", "newest", "all", "as-mteb")
LEVELS = ("top", "leaf")
SPLITS = ("declared", "one")


def choose_experiments(
    records: list[Record], keep: bool, problems: Problems, notes: list[str]
) -> list[Record]:
    """Leave out the experiments, or make each a model of its own; say which there are.

    An experiment is the model under other settings (fewer dimensions, another prompt), so its
    scores never stand in for the model's own.
    """
    found = sorted({(r.model, r.experiment) for r in records if r.experiment})
    if not found:
        return records
    names = ", ".join(f"{model} ({experiment})" for model, experiment in found)
    if keep:
        notes.append(f"{many(len(found), 'experiment')}, each a row of its own: {names}")
        return [
            r._replace(model=f"{r.model} ({r.experiment})", experiment="") if r.experiment else r
            for r in records
        ]
    notes.append(
        f"{many(len(found), 'experiment')} left out (--experiments makes each a row of its own):"
        f" {names}"
    )
    base = [record for record in records if not record.experiment]
    if not base:
        problems.add("", f"only experiments are there: {names}; give --experiments")
    return base


def choose_level(records: list[Record], level: str, notes: list[str]) -> list[Record]:
    """Keep a task that is the mean of others, or these: both would count it several times.

    Models that have all the parts but not the whole get the whole, their mean, as mteb makes it.
    """
    present = {record.task for record in records}
    for whole in [name for name in tasks() if name in present and tasks()[name].members]:
        members = set(tasks()[whole].members)
        parts = members & present
        if not parts:
            continue
        dropped = {whole} if level == "leaf" else parts
        made = _means_of_parts(records, whole, members) if level == "top" else []
        before = {record.model for record in records if record.task in dropped}
        records = [record for record in records if record.task not in dropped] + made
        with_score = {r.model for r in records if r.task == whole or r.task in members}
        kept = whole if level == "top" else f"its {many(len(parts), 'part')}"
        notes.append(
            f"{whole} is the mean of {many(len(members), 'task')}, {len(parts)} of them here:"
            f" {kept} counts (--level {'leaf' if level == 'top' else 'top'} for the other)"
        )
        if made:
            models = sorted({record.model for record in made})
            notes.append(f"{whole} is the mean of the parts for {', '.join(models)}")
        if lost := sorted(before - with_score):
            notes.append(f"without {kept}, so a gap there: {', '.join(lost)}")
    return records


def _means_of_parts(records: Sequence[Record], whole: str, members: set[str]) -> list[Record]:
    """Return the whole's records of revisions that have all its parts and not itself."""
    have_whole = {(r.model, r.revision) for r in records if r.task == whole}
    parts: dict[tuple[str, str, str], dict[str, Record]] = {}
    for record in records:
        key = (record.model, record.revision, record.split)
        if record.task in members and key[:2] not in have_whole and record.main == record.main:
            parts.setdefault(key, {})[record.task] = record
    return [
        next(iter(found.values()))._replace(
            task=whole,
            subset="default",
            scores={},
            main=sum(record.main or 0.0 for record in found.values()) / len(members),
        )
        for found in parts.values()
        if len(found) == len(members)
    ]


_PREFERRED = ("test", "validation", "dev", "train")


def choose_splits(
    records: Sequence[Record],
    requests: Sequence[str],
    rule: str,
    problems: Problems,
    notes: list[str],
) -> list[Record]:
    """Keep the splits of each task that count, the same for every model.

    The requested one (`TASK=SPLIT`), else those that MTEB declares and that have scores, whose
    mean is the score; else the one with scores of the most models, test before validation before
    dev before train.
    """
    requested = dict(pair.split("=", 1) for pair in requests if "=" in pair)
    known = {record.task for record in records}
    for pair in requests:
        task, _, split = pair.partition("=")
        if not split:
            problems.add("", f"--split {pair}: must be TASK=SPLIT, for example MSMARCO=dev")
        elif task not in known:
            problems.add("", f"--split {pair}: unknown task{nearest(task, known)}")
    models: dict[str, dict[str, set[str]]] = {}
    for record in records:
        scored = models.setdefault(record.task, {}).setdefault(record.split, set())
        if record.main == record.main:  # NaN is a missing score
            scored.add(record.model)
    chosen: dict[str, tuple[str, ...]] = {}
    several: list[str] = []
    for task, splits in models.items():
        if task in requested and requested[task] not in splits:
            problems.add("", f"{task} has no split {requested[task]!r}; it has {', '.join(splits)}")
        declared = tasks()[task].splits if rule == "declared" and task in tasks() else ()
        best = max(splits, key=lambda s: (len(splits[s]), -_preference(s), s))
        counted = tuple(split for split in declared if splits.get(split))
        chosen[task] = (requested[task],) if task in requested else counted or (best,)
        if len(splits) > 1:
            several.append(f"{task} {' + '.join(chosen[task])}")
    if several:
        notes.append(
            f"{many(len(several), 'task')} with several splits, of which the same count for every"
            f" model, as their mean (--split, --splits): {', '.join(sorted(several))}"
        )
    return [record for record in records if record.split in chosen[record.task]]


def choose_revisions(
    records: Sequence[Record], rule: str, problems: Problems, notes: list[str]
) -> list[Record]:
    """Keep one revision of each model, join them as mteb does, or make each a row of its own."""
    cells: Counter[tuple[str, str]] = Counter()
    versions: dict[tuple[str, str], tuple[int, ...]] = {}
    for record in records:
        key = (record.model, record.revision)
        cells[key] += record.main == record.main
        versions[key] = max(versions.get(key, ()), _version(record.version))
    revisions: dict[str, list[str]] = {}
    for model, revision in cells:
        revisions.setdefault(model, []).append(revision)
    several = [model for model, model_revisions in revisions.items() if len(model_revisions) > 1]
    if several:
        effect = {
            "most-complete": "the one with the most scores is taken, the newest mteb of equals",
            "newest": "the one that the newest mteb measured is taken, the fullest of equals",
            "all": "each is a row of its own",
            "as-mteb": "joined task by task as mteb does, its own revision of the model first,"
            " then a stated mteb version, a stated revision, the newest mteb",
        }[rule]
        notes.append(
            f"{many(len(several), 'model')} with several revisions: {effect} ({few(several, 3)})"
        )
    if rule == "as-mteb":
        return _joined(records)
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

    chosen = {
        model: max(((model, revision) for revision in model_revisions), key=rank)[1]
        for model, model_revisions in revisions.items()
    }
    return [record for record in records if record.revision == chosen[record.model]]


def _joined(records: Sequence[Record]) -> list[Record]:
    """Keep, of each model's task, the file that mteb prefers (BenchmarkResults.join_revisions)."""

    def preference(record: Record) -> tuple[object, ...]:
        version = pep440(record.version)
        return (
            record.revision == main_revisions().get(record.model),
            version is not None,
            record.revision not in ("", "no_revision_available", "external"),
            version or (),
        )

    best: dict[tuple[str, str], Record] = {}
    for record in records:
        key = (record.model, record.task)
        if key not in best or preference(record) > preference(best[key]):
            best[key] = record
    origin = {key: (record.revision, record.folder) for key, record in best.items()}
    return [r for r in records if origin[r.model, r.task] == (r.revision, r.folder)]


_SAME = 1e-9
"""Scores closer than this are the same, printed to another digit."""


def without_doubles(
    records: Sequence[Record], problems: Problems, notes: list[str]
) -> list[Record]:
    """Drop identical duplicates; contradicting duplicates are a problem."""
    first: dict[tuple[str, ...], Record] = {}
    doubles = 0
    for record in records:
        key = (record.model, record.revision, record.task, record.split, record.subset)
        earlier = first.setdefault(key, record)
        if earlier is record:
            continue
        a, b = earlier.main or 0.0, record.main or 0.0
        if math.isnan(a) or math.isnan(b) or math.isclose(a, b, rel_tol=0, abs_tol=_SAME):
            doubles += 1
            first[key] = record if math.isnan(a) else earlier
        else:
            problems.add(
                record.where, f"is {record.main}, but {earlier.main} at {earlier.where}: keep one"
            )
    if doubles:
        notes.append(f"{many(doubles, 'score')} in the file twice, the same both times")
    return list(first.values())


def version_range(records: Sequence[Record]) -> str:
    """Return the range of mteb versions that produced the records, as text."""
    versions: Mapping[str, tuple[int, ...]] = {r.version: _version(r.version) for r in records}
    known = sorted((v for v in versions if v), key=lambda v: versions[v])
    if not known:
        return ""
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _preference(split: str) -> int:
    return _PREFERRED.index(split) if split in _PREFERRED else len(_PREFERRED)


def _version(text: str) -> tuple[int, ...]:
    """Return `1.29.10-2.18.7` as (2, 18, 7): merged results carry the newest last."""
    return tuple(int(part) for part in re.findall(r"\d+", text.split("-")[-1])[:3])


_PEP440 = re.compile(r"v?(\d+(?:\.\d+)*)(?:\.?(dev|a|b|rc|post)(\d+)|-(\d+))?")
_PHASES = ("dev", "a", "b", "rc", "", "post")


def pep440(text: str) -> tuple[object, ...] | None:
    """Return a version to sort by; None for a range such as `1.29.10-2.18.7`, as in mteb."""
    match = _PEP440.fullmatch(text)
    if match is None:
        return None
    release = [int(part) for part in match[1].split(".")]
    phase = match[2] or ("post" if match[4] else "")
    return (*release, *(0 for _ in range(5 - len(release))), _PHASES.index(phase), match[3] or "")
