"""Name the model of each result file of lm-evaluation-harness, or ask who it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from flows.boards.foreign_files import Problems
from flows.importers._draft import Asked
from flows.importers._identity import named_by
from flows.importers._lm_eval_files import Result
from flows.importers._lm_eval_rows import SAY_WHO, Run, details_of, disagree, runs_of


def base_names(
    results: Sequence[Result], asked: Asked, problems: Problems, notes: list[str]
) -> tuple[dict[str, str], set[str]]:
    """Return the model of each file by the file's place, and the names that were replaced.

    What a file says counts if it names somebody. A path or the name of a backend does not: then the
    folder's name, the path or the file's name is taken, whichever first tells models apart.
    """
    names: dict[str, str] = {}
    replaced: set[str] = set()
    unnamed = []

    def renamed(name: str) -> str:
        replaced.update({name} & set(asked.rename))
        return asked.rename.get(name, name)

    for result in results:
        stated = result.evaluated.model
        name = named_by(result.where, asked.model_from, stated)
        if asked.model_from != "config" and not name:
            problems.add(result.where, f"--model-from {asked.model_from} finds no name in its path")
        unknown = name not in asked.rename and not result.evaluated.named
        if asked.model_from == "config" and unknown:
            unnamed.append(result)
            continue
        names[result.where] = renamed(name)
    if unnamed:
        found, nobody = _names_of_unnamed(unnamed, notes, asked)
        _ask_who(nobody, problems)
        names |= {place: renamed(name) for place, name in found.items()}
    return names, replaced


_SHOTS_FOLDER = re.compile(r"(zero|one|two|three|four|five|ten|[0-9]+)[-_ ]?shots?", re.IGNORECASE)
_ANY_RESULT = re.compile(
    r"(eval[-_]?)?(results?|output|metrics|scores?|summary|lm[-_]eval\w*)([-_.].*\d.*)?|[\d\W_T]+",
    re.IGNORECASE,
)


def _folder(result: Result) -> str:
    parts = PurePosixPath(result.where).parts[:-1]
    return "/".join(part for part in parts if not _SHOTS_FOLDER.fullmatch(part))


def _path(result: Result) -> str:
    model = result.evaluated.model
    return model if re.search(r"[/\\]", model) else ""


def _file(result: Result) -> str:
    name = named_by(result.where, "file", "")
    return "" if _ANY_RESULT.fullmatch(name) else name


_CANDIDATES: tuple[tuple[str, Callable[[Result], str]], ...] = (
    ("folder", _folder),
    ("path of the model", _path),
    ("file", _file),
)


def _names_of_unnamed(
    results: Sequence[Result], notes: list[str], asked: Asked
) -> tuple[dict[str, str], list[Result]]:
    """Return names by place, and the files for which nothing gives a name that tells them apart."""
    found: dict[str, str] = {}
    for label, name_of in _CANDIDATES:
        names = {result.where: name_of(result) for result in results}
        wrong = {"", *_confused(results, names)}
        good = [result for result in results if names[result.where] not in wrong]
        results = [result for result in results if names[result.where] in wrong]
        if good:
            stated = dict.fromkeys(result.evaluated.model or "nothing" for result in good)
            notes.append(
                f"rows are named after the {label}, because {asked.listed(stated)} is not the name"
                " of a model; --model-from and --rename say otherwise"
            )
        found |= {result.where: names[result.where] for result in good}
    return found, list(results)


def _confused(results: Sequence[Result], names: Mapping[str, str]) -> set[str]:
    """Return names that stand for two paths, or for two runs that contradict each other."""
    paths: dict[str, set[str]] = {}
    groups: dict[tuple[str, ...], list[Run]] = {}
    folders: dict[str, set[str]] = {}
    for result in results:
        name = names[result.where]
        paths.setdefault(name, set()).add(result.evaluated.model)
        folders.setdefault(name, set()).add(_folder(result))
        details = tuple(details_of(result).values())
        for run in runs_of(result):
            groups.setdefault((name, *details, run.task, run.shots), []).append(run)
    confused = {name for name, models in paths.items() if len(models) > 1}
    for (name, *_), runs in groups.items():
        reruns = len(folders[name]) == 1 and all(run.result.date for run in runs)
        if not reruns and any(disagree(runs[0], run) for run in runs[1:]):
            confused.add(name)
    return confused


def _ask_who(results: Sequence[Result], problems: Problems) -> None:
    for result in results:
        stated = result.evaluated.model
        says = f"it only says {stated!r}" if stated else "neither model_name nor config.model_args"
        problems.add(result.where, f"does not say which model: {says}; {SAY_WHO}")
