"""Say which rows are steps of one training run, from their names and revisions.

The run's name is the row's name without its step, so that whatever else tells rows apart (shots,
precision, stage of the training) tells their runs apart too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftRow, Stated, many
from flows.importers._facts import fact_value
from flows.importers._step_names import (
    NamedStep,
    number_of,
    step_in_name,
    without_main,
)

NONE = "none"
"""Value of --trajectory under which names and revisions say nothing."""


@dataclass(frozen=True)
class _Member:
    """A row that is of a training run.

    Attributes:
        place: Place of the row among all.
        run: The run.
        step: Its step; None where it is not known.
        source: Where that was read.
        sure: Whether a person or a revision said it, and not only a name.
        named: What its name says; None where something else said it.
    """

    place: int
    run: str
    step: float | None
    source: str
    sure: bool
    named: NamedStep | None = None


def with_training_steps(
    rows: Sequence[DraftRow], asked: Asked, problems: Problems, notes: list[str]
) -> list[DraftRow]:
    """Return the rows with the facts `trajectory` and `step` where something says them.

    What a row's facts say already counts first, then --trajectory, else its name or revision. A
    name alone counts where at least two rows are steps of one run.

    Args:
        rows: The rows.
        asked: The options of the import.
        problems: Receives rows that are the same step of one run, if a person said so.
        notes: Receives the runs, and rows that are part of none.
    """
    read = (_stated(i, row, problems) for i, row in enumerate(rows))
    stated = [member for member in read if member is not None]
    if asked.trajectory and asked.trajectory != NONE:
        taken = {member.place for member in stated}
        others = [(i, row) for i, row in enumerate(rows) if i not in taken]
        members = [*stated, *_by_pattern(others, asked.trajectory, problems)]
    else:
        members = list(stated)
        if not asked.trajectory and not stated:
            members = _by_name(rows, asked.board, notes)
    runs: dict[str, list[_Member]] = {}
    for member in members:
        runs.setdefault(member.run, []).append(member)
    _validate(runs, rows, problems)
    facts = {
        member.place: _facts(member)
        for run, of_run in runs.items()
        for member in of_run
        if member.sure or len({m.step for m in of_run if m.step is not None}) > 1
    }
    if facts:
        notes += _notes(runs, rows, facts, asked)
    named = _told_apart(rows, facts)
    return [replace(row, facts={**row.facts, **facts.get(i, {})}) for i, row in enumerate(named)]


def _stated(place: int, row: DraftRow, problems: Problems) -> _Member | None:
    """Return what the facts of a row say, such as those from the columns of a CSV file."""
    values, source = {}, ""
    for name in ("trajectory", "step"):
        if name not in row.facts:
            continue
        source = row.facts[name].source
        try:
            values[name] = fact_value(name, row.facts[name])
        except LeaderboardError as error:
            problems.add(row.where, str(error))
    if all(value is None for value in values.values()):
        return None
    run, step = values.get("trajectory"), values.get("step")
    name = row.model if run is None else str(run)
    return _Member(place, name, float(step) if isinstance(step, float) else None, source, sure=True)


def _by_pattern(
    rows: Iterable[tuple[int, DraftRow]], pattern: str, problems: Problems
) -> list[_Member]:
    """Return the rows in whose name or place a pattern finds a run and a step."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise LeaderboardError(
            f"--trajectory {pattern!r}: must be none or a regular expression ({error})"
        ) from error
    if not {"run", "step"} <= set(compiled.groupindex):
        raise LeaderboardError(
            f"--trajectory {pattern!r}: must have the groups run and step, as in"
            r" '(?P<run>.+)-at-(?P<step>\d+)'"
        )
    found = []
    for i, row in rows:
        match = compiled.search(row.model) or compiled.search(row.place)
        if match is None:
            continue
        run, step = (match["run"] or "").strip(), number_of(match["step"] or "")
        if not run or step is None:
            problems.add(
                row.where,
                f"--trajectory finds the run {match['run']!r} and the step {match['step']!r}: must"
                " be a name and a number such as 1000, 1,000 or 1k",
            )
            continue
        found.append(_Member(i, run, step, "--trajectory", sure=True))
    if not found:
        problems.add("", f"--trajectory {pattern!r} matches no row")
    return found


def _by_name(rows: Sequence[DraftRow], board: str, notes: list[str]) -> list[_Member]:
    """Return the rows whose name or revision says a step, and unnumbered rows of their runs."""
    found: list[_Member] = []
    for i, row in enumerate(rows):
        named, revision = step_in_name(row.model, board), step_in_name(row.revision, board)
        if named is not None:
            sure = revision is not None
            source = "revision" if sure else "name of the row"
            found.append(_Member(i, named.run, named.step, source, sure, named))
        elif revision is not None:
            found.append(_Member(i, row.model, revision.step, "revision", sure=True))
    found = _one_kind_each(_with_safe_names(found))
    runs = {member.run: member for member in found}
    taken = {member.place for member in found}
    for i, row in enumerate(rows):
        run = without_main(row.model)
        if i not in taken and run in runs:
            found.append(_Member(i, run, None, "name of the row", sure=False))
    return _without_twins(found, rows, notes)


def _with_safe_names(members: Sequence[_Member]) -> list[_Member]:
    """Keep in a run's name what does not grow with the step, such as a size behind it."""
    groups: dict[str, list[_Member]] = {}
    for member in members:
        groups.setdefault(member.run, []).append(member)
    safe: list[_Member] = []
    for of_run in groups.values():
        ordered = sorted(
            (m.named for m in of_run if m.named is not None), key=lambda each: each.step
        )
        follow = [each.follow for each in ordered]
        # Epochs may stay as they are for some steps; a size behind all steps is no tokens.
        grows = all(
            len(one) == len(two) and all(a <= b for a, b in zip(one, two, strict=True))
            for one, two in pairwise(follow)
        ) and (len(follow) < 2 or follow[0] != follow[-1] or not follow[0])
        safe += [m if grows or m.named is None else replace(m, run=m.named.strict) for m in of_run]
    return safe


def _one_kind_each(members: Sequence[_Member]) -> list[_Member]:
    """Tell runs in steps, epochs and tokens apart where one name has several."""
    kinds: dict[str, set[str]] = {}
    for member in members:
        kinds.setdefault(member.run, set()).add(_kind(member))
    return [
        replace(member, run=f"{member.run} by {_kind(member)}")
        if len(kinds[member.run]) > 1
        else member
        for member in members
    ]


def _kind(member: _Member) -> str:
    return "step" if member.named is None else member.named.kind


def _without_twins(
    members: Sequence[_Member], rows: Sequence[DraftRow], notes: list[str]
) -> list[_Member]:
    """Leave out runs of which two rows are one step, and say so: they would be mixed."""
    at: dict[tuple[str, float], list[_Member]] = {}
    for member in members:
        if member.step is not None:
            at.setdefault((member.run, member.step), []).append(member)
    mixed: dict[str, str] = {}
    for (run, step), same in at.items():
        if len(same) > 1:
            names = " and ".join(rows[m.place].model for m in same[:2])
            mixed.setdefault(run, f"{names} would both be step {step:.15g} of {run}")
    several = {m.run for m in members if len({o.step for o in members if o.run == m.run}) > 1}
    notes += [
        f"no trajectory is made of {run}: {why}; --trajectory PATTERN tells runs apart"
        for run, why in mixed.items()
        if run in several
    ]
    return [member for member in members if member.run not in mixed]


def _validate(
    runs: Mapping[str, Sequence[_Member]], rows: Sequence[DraftRow], problems: Problems
) -> None:
    """Report two rows that a person said to be one step of one run."""
    for run, members in runs.items():
        seen: dict[float, _Member] = {}
        for member in members:
            if member.step is None:
                continue
            other = seen.setdefault(member.step, member)
            if other is not member:
                problems.add(
                    rows[member.place].where,
                    f"is step {member.step:.15g} of {run}, as {rows[other.place].where}: what tells"
                    " the two apart (shots, settings) must be part of the run's name",
                )


def _facts(member: _Member) -> dict[str, Stated]:
    facts = {"trajectory": Stated(member.run, member.source)}
    if member.step is not None:
        facts["step"] = Stated(member.step, member.source)
    return facts


def _notes(
    runs: Mapping[str, Sequence[_Member]],
    rows: Sequence[DraftRow],
    facts: Mapping[int, Mapping[str, Stated]],
    asked: Asked,
) -> list[str]:
    """Say which runs there are, and which rows are part of no curve."""
    curves, alone = [], []
    for run, members in runs.items():
        steps = sorted(m.step for m in members if m.step is not None and m.place in facts)
        if len(steps) > 1:
            curves.append(f"{run} ({len(steps)} steps, {steps[0]:.15g} to {steps[-1]:.15g})")
        else:
            alone += [rows[m.place].model for m in members if m.place in facts]
    notes = []
    if curves:
        notes.append(f"{many(len(curves), 'training run')}: {asked.listed(curves)}")
    bases = {rows[i].base for i in facts} - {""}
    unknown = [
        row.model
        for i, row in enumerate(rows)
        if "step" not in facts.get(i, {}) and (i in facts or row.base in bases)
    ]
    if unknown and curves:
        notes.append(f"without a step, so part of no curve: {asked.listed(unknown)}")
    if alone:
        notes.append(
            f"the only step of its run, so no curve: {asked.listed(alone)}; --trajectory PATTERN"
            " says otherwise"
        )
    return notes


def _told_apart(
    rows: Sequence[DraftRow], facts: Mapping[int, Mapping[str, Stated]]
) -> list[DraftRow]:
    """Add the step to names that several steps share, as in a file with a column of steps."""
    step_of = {
        i: float(str(of_row["step"].value)) for i, of_row in facts.items() if "step" in of_row
    }
    steps: dict[str, set[float]] = {}
    for i, step in step_of.items():
        steps.setdefault(rows[i].model, set()).add(step)
    return [
        replace(row, model=f"{row.model} step{step_of[i]:.15g}", base=row.model)
        if i in step_of and len(steps[row.model]) > 1
        else row
        for i, row in enumerate(rows)
    ]
