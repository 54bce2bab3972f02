"""Write out the Pareto front of a board: size against score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from evaluators.averaging.records import about
from evaluators.model_facts.facts import short_number
from flows.reports.rank import ranking_facts
from flows.reports.sheet import Section, Sheet, write

if TYPE_CHECKING:
    from evaluators.averaging.pareto import Front, FrontRow

_NEARLY = 5


def format_pareto(front: Front, form: str = "table", *, seed: int) -> str:
    """Return a front as text in one of `FORMATS`.

    CSV has a line for each ranked model of known size, with whether it is on the front.

    Args:
        front: The front.
        form: The format.
        seed: Seed of the resamples, to be shown.
    """
    ranking = front.contest.ranking
    steps = {row.row: row for row in front.rows}
    order = [row.row for row in front.rows]
    others = (i for i in range(len(front.sizes)) if front.known[i] and i not in steps)
    order += sorted(others, key=lambda i: (front.sizes[i], front.contest.ranks[i]))
    shared = {
        **about(ranking),
        "by": front.fact,
        "resamples": front.resamples,
        "seed": seed,
        "confidence": front.confidence,
    }
    records = [{**shared, **_record(front, i, steps.get(i))} for i in order]
    document = {
        **shared,
        "choices": ranking.treatment.choices(),
        "headline": front.headline,
        "rows": [_record(front, i, steps.get(i)) for i in order],
        "left_out": [{"model": model, "why": why} for model, why in _left_out(front)],
    }
    return write(_sheet(front, seed), form, records=records, document=document)


def _record(front: Front, i: int, step: FrontRow | None) -> dict[str, Any]:
    """Return one model as plain values; off the front it has no gain."""
    return {
        "model": front.contest.models[i],
        "size": float(front.sizes[i]),
        "score": float(front.contest.scores[i]),
        "rank": int(front.contest.ranks[i]),
        "on_front": bool(front.on_front[i]),
        "share_on_front": float(front.share[i]),
        "gain": None if step is None else step.gain,
        "gain_low": None if step is None else step.gain_low,
        "gain_high": None if step is None else step.gain_high,
        "told_apart": None if step is None else step.told,
    }


def _left_out(front: Front) -> tuple[tuple[str, str], ...]:
    unranked = ((row.model, row.left_out or "") for row in front.contest.ranking.left_out)
    unknown = (
        (model, f"{front.fact} unknown")
        for model, known in zip(front.contest.models, front.known, strict=True)
        if not known
    )
    return (*unranked, *unknown)


def _sheet(front: Front, seed: int) -> Sheet:
    ranking = front.contest.ranking
    told = any(row.told is not None for row in front.rows)
    digits = 4 if (abs(front.contest.scores) <= 1).all() else 2
    header = (front.fact, "model", "score", "rank", "on front", "gain", "interval", "told apart")
    width = len(header) if told else len(header) - 1
    rows = tuple(
        (
            short_number(row.size),
            front.contest.models[row.row],
            f"{front.contest.scores[row.row]:.{digits}f}",
            str(front.contest.ranks[row.row]),
            f"{front.share[row.row]:.0%}",
            *_gain(row, digits),
            {None: "", True: "yes", False: "no"}[row.told],
        )[:width]
        for row in front.rows
    )
    sections = [
        Section(
            "",
            header[:width],
            (True, False, True, True, True, True, False, False)[:width],
            rows,
            _note(front, told=told),
        )
    ]
    nearly = front.nearly[:_NEARLY]
    if nearly:
        sections.append(
            Section(
                "off the front, but on it in some resamples",
                (front.fact, "model", "score", "rank", "on front"),
                (True, False, True, True, True),
                tuple(
                    (
                        short_number(front.sizes[i]),
                        front.contest.models[i],
                        f"{front.contest.scores[i]:.{digits}f}",
                        str(front.contest.ranks[i]),
                        f"{front.share[i]:.0%}",
                    )
                    for i in nearly
                ),
                ""
                if len(nearly) == len(front.nearly)
                else f"{len(nearly)} of {len(front.nearly)} such models.",
            )
        )
    return Sheet(
        facts=(
            *ranking_facts([ranking]),
            ("resampled", f"{front.resamples:,} draws of the tasks, seed {seed}"),
            ("found", front.headline),
        ),
        notes=ranking.notes,
        sections=tuple(sections),
        left_out=_left_out(front),
    )


def _gain(row: FrontRow, digits: int) -> tuple[str, str]:
    if row.gain is None:
        return "", ""
    if row.gain_low is None or row.gain_high is None or not math.isfinite(row.gain_low):
        return f"{row.gain:+.{digits}f}", ""
    return (
        f"{row.gain:+.{digits}f}",
        f"{row.gain_low:+.{digits}f} … {row.gain_high:+.{digits}f}",
    )


def _note(front: Front, *, told: bool) -> str:
    from evaluators.model_facts.facts import SIZES

    more = SIZES[front.fact]
    sentences = [
        "On the front: no other ranked model is both at "
        f"{'least' if more else 'most'} as large and better.",
        "On front, %: the share of resamples of the tasks in which it is.",
        f"Gain: the score less that of the front's next {'larger' if more else 'smaller'} model,"
        f" with its {front.confidence:.0%} interval over the resamples.",
    ]
    if told:
        sentences.append("Told apart: over all pairs of the board at once, as --tiers of rank.")
    return " ".join(sentences)
