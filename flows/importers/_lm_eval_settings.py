"""Compare how tasks were run: numbers of different settings are not comparable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flows.boards.foreign_files import Problems
from flows.importers._draft import Asked
from flows.importers._lm_eval_model import PLAIN
from flows.importers._lm_eval_rows import Run

_LABELS = {
    "shots": "shots",
    "version": "version",
    "limit": "limit",
    "examples": "numbers of examples",
    "prompt": "prompt",
    "hash": "examples or prompts (task hash)",
}
SETTINGS = tuple(_LABELS)
_EXPLAINED_BY = {"examples": {"limit"}, "hash": {"shots", "version", "limit", "examples", "prompt"}}
"""A difference that follows from another is said once."""
_STATED_BY_ALL = ("examples", "hash")
"""Older files lack these, which says nothing."""


def check_settings(
    columns: Mapping[str, Mapping[str, Run]],
    accepted: Collection[str],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> None:
    """Report what was run differently for different rows.

    Each model has its own chat template, so that two templates are a note; with and without one is
    a difference.

    Args:
        columns: By task (and shots, where those are apart): the run of each row.
        accepted: The settings that may differ.
        asked: The options of the import; `strict` refuses what else is a note.
        problems: Receives differences.
        notes: Receives accepted ones, and limits that all share.
    """
    found: dict[tuple[str, str], list[str]] = {}
    limited: dict[str, list[str]] = {}
    for task, runs in columns.items():
        different: set[str] = set()
        for name in _LABELS:
            values = _values(name, runs)
            if name == "limit" and set(values) - {"none"} and len(values) == 1:
                limited.setdefault(next(iter(values)), []).append(task)
            if len(values) > 1:
                if not _EXPLAINED_BY.get(name, set()) & different:
                    found.setdefault((name, _who(values)), []).append(task)
                different.add(name)
    for (name, who), tasks in found.items():
        message = f"{asked.listed(tasks)} was run with different {_LABELS[name]}: {who}"
        if name in accepted:
            notes.append(f"{message} (accepted, as asked)")
        elif (
            name == "prompt"
            and not asked.strict
            and _only_templates([columns[task] for task in tasks])
        ):
            notes.append(f"{message}: a model has its own chat template; --strict refuses it")
        else:
            more = ", --shots N imports one of them" if name == "shots" else ""
            problems.add("", f"{message}; --mixed-settings accepts it{more}")
    for limit, tasks in limited.items():
        notes.append(f"{asked.listed(tasks)} was run on the first {_first(limit)} examples only")


def _values(name: str, runs: Mapping[str, Run]) -> dict[str, list[str]]:
    """Return the rows of each value, in order of appearance."""
    unset = "none" if name == "limit" else "not stated"
    values: dict[str, list[str]] = {}
    for row, run in runs.items():
        value = run.settings.get(name, unset)
        if value != unset or name not in _STATED_BY_ALL:
            values.setdefault(value, []).append(row)
    return values


def _who(values: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(
        f"{value} for {rows[0]}" + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")
        for value, rows in values.items()
    )


def _only_templates(columns: Sequence[Mapping[str, Run]]) -> bool:
    """Return whether prompts differ in nothing but each model's own chat template."""
    prompts = {run.settings.get("prompt", PLAIN) for runs in columns for run in runs.values()}
    rest = {tuple(prompt.split(", ")[1:]) for prompt in prompts}
    return len(rest) == 1 and not any(prompt.startswith(PLAIN) for prompt in prompts)


def _first(limit: str) -> str:
    """Return a limit in words; below 1 it is a share of the examples."""
    try:
        share = float(limit) < 1
    except ValueError:
        share = False
    return f"{float(limit):.3%} of its".replace(".000%", "%") if share else limit
