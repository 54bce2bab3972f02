"""Facts about the models of MTEB results: what `model_meta.json` beside the results says of them.

Of several folders of one row, a fact is taken from the first that states it: the revision that mteb
itself evaluates, then the newest mteb, then the most scores.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flows.boards.foreign_files import read_json
from flows.errors import LeaderboardError
from flows.importers._draft import Stated, as_list
from flows.importers._facts import fact_value
from flows.importers._mteb_choices import pep440
from flows.importers._mteb_facts import main_revisions, similar_tasks
from flows.importers._mteb_records import EXPERIMENTS, Record

_KEYS: Mapping[str, tuple[str, ...]] = {
    "parameters": ("n_parameters",),
    "dimensions": ("embed_dim", "embedding_dimension"),
    "context_tokens": ("max_tokens",),
    "release_date": ("release_date",),
    "licence": ("license",),
    "open_weights": ("open_weights", "open_source"),
    "instructions": ("use_instructions", "use_instuctions"),
    "languages": ("languages",),
    "base_model": ("adapted_from",),
}
"""Keys of each fact: today's name, then those of older files, one of them misspelt."""

_SCRIPT = re.compile(r"(?<=^[a-z]{3})-[A-Z][a-z]{3}$")  # eng-Latn
_ANY_REVISION = ("", "no_revision_available", "external")
_DEEPEST = 20  # models adapted from one another


class Folder(NamedTuple):
    """What a folder of results says of its model."""

    model: str
    path: str
    content: Mapping[str, Any]


def folders_of(records: Iterable[Record], root: Path) -> dict[str, Folder]:
    """Return the `model_meta.json` of each folder of results, by the folder.

    An experiment without one of its own has the one of its model.
    """
    found: dict[str, Folder] = {}
    base = root.resolve() if root.is_dir() else root.resolve().parent
    for record in records:
        if not record.folder or record.folder in found:
            continue
        folder = Path(record.folder).resolve()
        places = [folder / "model_meta.json"]
        if folder.parent.name == EXPERIMENTS:
            places.append(folder.parents[1] / "model_meta.json")
        file = next((place for place in places if place.is_file()), None)
        content: Mapping[str, Any] = {}
        if file is not None:
            try:
                content = read_json(file)
            except LeaderboardError:  # reported with the results
                content = {}
        inside = file is not None and file.is_relative_to(base)
        path = file.relative_to(base).as_posix() if inside and file else "model_meta.json"
        found[record.folder] = Folder(record.model, path, content)
    return found


def stated_of(
    records: Sequence[Record],
    folders: Mapping[str, Folder],
    tasks: Collection[str],
    notes: list[str],
) -> dict[str, dict[str, Stated]]:
    """Return what is stated of the model of each row.

    Args:
        records: The scores that count; `model` is the row.
        folders: What every folder of the import says: see `folders_of`.
        tasks: The board's tasks, for the share on which a model was not trained.
        notes: Receives facts on which the folders of a row disagree.
    """
    of_row: dict[str, list[str]] = {}
    for folder, row in _preferred(records):
        of_row.setdefault(row, []).append(folder)
    by_model: dict[str, list[Folder]] = {}
    for each in folders.values():
        by_model.setdefault(each.model, []).append(each)
    disagree: Counter[str] = Counter()
    stated = {}
    for row, names in of_row.items():
        own = [folders[name] for name in names if name in folders]
        every = [_stated(folder) for folder in own]
        facts: dict[str, Stated] = {}
        for one in every:
            for name, fact in one.items():
                earlier = facts.setdefault(name, fact)
                disagree[name] += earlier.value != fact.value
        share = _zero_shot(own, by_model, tasks)
        stated[row] = facts | ({"zero_shot": share} if share is not None else {})
    if disagree := +disagree:
        listed = ", ".join(f"{name} ({count})" for name, count in sorted(disagree.items()))
        notes.append(
            "several model_meta.json of one row disagree, and of each fact the one of mteb's own"
            f" revision counts, then of the newest mteb, then of the most scores: {listed}"
        )
    for row, revision in _revisions(records).items():
        stated.setdefault(row, {})["revision"] = Stated(revision)
    return stated


def _preferred(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return pairs of folder and row, the folder first whose facts count first."""
    scores: Counter[tuple[str, str]] = Counter()
    newest: dict[tuple[str, str], tuple[object, ...]] = {}
    main: dict[tuple[str, str], bool] = {}
    version = {text: pep440(text) or () for text in {record.version for record in records}}
    for record in records:
        if not record.folder:
            continue
        key = (record.folder, record.model)
        scores[key] += 1
        newest[key] = max(newest.get(key, ()), version[record.version])
        main[key] = record.revision == main_revisions().get(record.model)
    return sorted(scores, key=lambda k: (main[k], newest[k], scores[k], k), reverse=True)


def _stated(folder: Folder) -> dict[str, Stated]:
    """Return what one file states; what is null, empty or unknown in it is not there."""
    facts = {}
    for name, keys in _KEYS.items():
        value = next((v for key in keys if (v := folder.content.get(key)) is not None), None)
        if name == "languages":
            value = [_SCRIPT.sub("", str(code)) for code in as_list(value)]
        facts[name] = Stated(value, folder.path)
    facts["active_parameters"] = Stated(_active(folder.content), folder.path)
    return {name: fact for name, fact in facts.items() if _is_known(name, fact)}


def _is_known(name: str, fact: Stated) -> bool:
    try:
        return fact_value(name, fact) is not None
    except LeaderboardError:
        return True  # to be reported with its row


def _active(content: Mapping[str, Any]) -> object:
    """Return the parameters that a token uses, as mteb has them: all but the embedding table.

    A mixture of experts states them. Of a static embedding, which is a table and nothing else,
    none are left: unknown.
    """
    stated = content.get("n_active_parameters_override")
    total, table = content.get("n_parameters"), content.get("n_embedding_parameters")
    if stated is not None or type(total) is not int or type(table) is not int:
        return stated
    return total - table if 0 < table < total else None


def _zero_shot(
    folders: Sequence[Folder], by_model: Mapping[str, Sequence[Folder]], tasks: Collection[str]
) -> Stated | None:
    """Return the share of tasks that a model was not trained on, as mteb counts it.

    Trained on are its data sets, those of the model that it was adapted from, and the tasks that
    share data with these. A model that states no data sets is unknown, one with an empty list was
    trained on none (mteb 2.26, ModelMeta.get_training_datasets).
    """
    for folder in folders:
        trained = _trained(folder, by_model, 0)
        if trained is not None and tasks:
            seen = len(similar_tasks(trained) & set(tasks))
            return Stated((len(tasks) - seen) / len(tasks), folder.path)
    return None


def _trained(
    folder: Folder, by_model: Mapping[str, Sequence[Folder]], depth: int
) -> set[str] | None:
    stated = folder.content.get("training_datasets")
    if not isinstance(stated, (list, dict)):
        return None
    trained = {name for name in stated if isinstance(name, str)}
    origin = folder.content.get("adapted_from")
    if isinstance(origin, str) and depth < _DEEPEST:
        for other in by_model.get(origin, ()):
            trained |= _trained(other, by_model, depth + 1) or set()
    return trained


def _revisions(records: Sequence[Record]) -> dict[str, str]:
    """Return the revision of each row that has only one, and where it is a revision."""
    found: dict[str, set[str]] = {}
    for record in records:
        found.setdefault(record.model, set()).add(record.revision)
    return {
        row: next(iter(names))
        for row, names in found.items()
        if len(names) == 1 and not names & set(_ANY_REVISION)
    }
