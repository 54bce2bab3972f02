"""Write out an audit of the published tables: averages, repeated numbers, proportions."""

from __future__ import annotations

from collections import Counter
from textwrap import shorten
from typing import Any

from evaluators.published_tables import Proportion, PublishedScore, RecomputedMean, Repeat
from flows.boards.published_audit import PublishedAudit
from flows.reports.sheet import Section, Sheet, write

_TOLD = ("differ", "rounding", "other pooling")
_NOTE = 40
_OUTCOMES = ("equal", *_TOLD)


def format_published_audit(audit: PublishedAudit, form: str = "table", *, top: int = 10) -> str:
    """Return an audit of published tables as text, without a final line end.

    Args:
        audit: The audit.
        form: One of `FORMATS`. CSV and JSON contain everything, distinguished by `section`.
        top: How many findings of each section the formats for people show.
    """
    records = [
        *({"section": "average", **_mean(mean)} for mean in audit.means),
        *({"section": "repeated", **_repeat(repeat)} for repeat in audit.repeats),
        *({"section": "proportion", **_proportion(found)} for found in audit.proportions),
    ]
    return write(
        _sheet(audit, top),
        form,
        records=records,
        document={"cells": audit.cells, "findings": records},
    )


def _sheet(audit: PublishedAudit, top: int) -> Sheet:
    facts = (
        ("published scores", f"{sum(audit.cells.values()):,} in {len(audit.cells)} lists"),
        ("averages", _counted(mean.outcome for mean in audit.means)),
        ("cells printed twice", _counted(repeat.outcome for repeat in audit.repeats)),
        ("proportions", _counted(found.outcome for found in audit.proportions)),
    )
    return Sheet(
        facts=facts,
        notes=(),
        sections=(
            _averages(audit.means, top),
            _pairs(audit.repeats),
            _differences(audit.repeats, top),
            _impossible(audit.proportions, top),
        ),
    )


def _counted(outcomes: Any) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in Counter(outcomes).most_common()) or "none"


def _averages(means: tuple[RecomputedMean, ...], top: int) -> Section:
    off = [mean for mean in means if mean.outcome != "agrees"]
    rows = [
        (
            found["collection"],
            found["model"],
            found["method"] or "",
            f"{found['published']:g}",
            "" if found["recomputed"] is None else f"{found['recomputed']:.3f}",
            found["outcome"],
        )
        for found in map(_mean, off[:top])
    ]
    return Section(
        title="Averages that their cells do not give",
        header=("list", "model", "method", "published", "recomputed", "outcome"),
        numeric=(False, False, False, True, True, False),
        rows=tuple(rows),
        note=f"{len(means) - len(off)} of {len(means)} agree within rounding" + _rest(off, top),
    )


def _pairs(repeats: tuple[Repeat, ...]) -> Section:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for repeat in repeats:
        lists = (repeat.first.collection, repeat.second.collection)
        counts.setdefault(lists, Counter())[repeat.outcome] += 1
    rows = tuple(
        (first, second, *(str(found[outcome]) for outcome in _OUTCOMES))
        for (first, second), found in sorted(counts.items())
    )
    return Section(
        title="Cells that state the same quantity, by list",
        header=("list", "and list", *_OUTCOMES),
        numeric=(False, False, *(True for _ in _OUTCOMES)),
        rows=rows,
        note="rounding: the printed digits explain the difference; other pooling: one number,"
        " two names of what was pooled",
    )


def _differences(repeats: tuple[Repeat, ...], top: int) -> Section:
    told = [repeat for kind in _TOLD for repeat in repeats if repeat.outcome == kind]
    shown = [r for kind in _TOLD for r in [r for r in told if r.outcome == kind][:top]]
    rows = tuple(
        (
            repeat.outcome,
            f"{repeat.first.collection} / {repeat.second.collection}",
            repeat.first.model,
            repeat.first.task,
            _setting(repeat),
            f"{repeat.first.printed:g} / {repeat.second.printed:g}",
            f"{100 * repeat.difference:+.2f}",
            _own_note(repeat.first, repeat.second),
            _own_note(repeat.second, repeat.first),
        )
        for repeat in shown
    )
    return Section(
        title="Cells that state the same quantity and are not equal",
        header=(
            "outcome",
            "lists",
            "model",
            "task",
            "setting",
            "printed",
            "×100",
            "first",
            "second",
        ),
        numeric=(False, False, False, False, False, True, True, False, False),
        rows=rows,
        note=f"{len(told)} pairs" + _rest(told, len(shown)),
    )


def _own_note(score: PublishedScore, other: PublishedScore) -> str:
    """Return the beginning of what the notes on one cell say and those on the other do not."""
    own = [part for part in score.notes.split("; ") if part not in other.notes.split("; ")]
    return shorten(own[0], _NOTE, placeholder=" …") if own else ""


def _setting(repeat: Repeat) -> str:
    first, second = repeat.first, repeat.second
    if first.method:
        return first.method
    poolings = " / ".join(dict.fromkeys((first.pooling, second.pooling)))
    return ", ".join((poolings, first.whitening, *([f"k={first.k}"] if first.k else [])))


def _impossible(proportions: tuple[Proportion, ...], top: int) -> Section:
    bad = [found for found in proportions if found.outcome in ("impossible", "cut off")]
    rows = tuple(
        (
            found.outcome,
            found.score.collection,
            found.score.model,
            f"{found.score.task}/{found.score.split}",
            found.score.method or "",
            f"{found.score.printed:.{found.score.decimals}f}",
            " or ".join(f"{n:,}" for n in found.examples),
            f"{100 * found.passing:.0f}%",
        )
        for found in bad[:top]
    )
    testable = sum(found.outcome != "not testable" for found in proportions)
    return Section(
        title="Proportions that no number of examples gives",
        header=("outcome", "list", "model", "task", "method", "printed", "examples", "would pass"),
        numeric=(False, False, False, False, False, True, True, True),
        rows=rows,
        note=f"{len(bad)} of {testable} that can be tested; would pass: share of all printable"
        " numbers that some count gives; a mean over runs may fail and be right" + _rest(bad, top),
    )


def _rest(found: list[Any], shown: int) -> str:
    more = len(found) - shown
    return f"; {more} more: --top" if more > 0 else ""


def _mean(found: RecomputedMean) -> dict[str, Any]:
    mean = found.mean
    return {
        "collection": mean.collection,
        "model": mean.model,
        "method": mean.method,
        "metric": mean.metric,
        "outcome": found.outcome,
        "published": mean.printed,
        "recomputed": found.recomputed,
        "allowed": found.allowed,
        "missing": " ".join(found.missing),
    }


def _cell(score: PublishedScore) -> dict[str, Any]:
    return {
        "collection": score.collection,
        "model": score.model,
        "method": score.method,
        "metric": score.metric,
        "task": score.task,
        "split": score.split,
        "pooling": score.pooling,
        "whitening": score.whitening,
        "k": score.k,
        "published": score.printed,
    }


def _repeat(repeat: Repeat) -> dict[str, Any]:
    second = repeat.second
    return {
        **_cell(repeat.first),
        "outcome": repeat.outcome,
        "notes": repeat.first.notes,
        "second_collection": second.collection,
        "second_model": second.model,
        "second_pooling": second.pooling,
        "second_published": second.printed,
        "second_notes": second.notes,
        "difference": repeat.difference,
    }


def _proportion(found: Proportion) -> dict[str, Any]:
    return {
        **_cell(found.score),
        "outcome": found.outcome,
        "examples": " ".join(map(str, found.examples)),
        "passing": found.passing,
    }
