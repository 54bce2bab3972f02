"""Write out a stability report, for people and programs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evaluators.averaging import MEANS, mean_name
from evaluators.averaging.records import about
from evaluators.averaging.stability import WeightChange
from evaluators.averaging.stability.report import Question, StabilityReport
from flows.reports.sheet import Section, Sheet, size_of, write


def format_stability(
    report: StabilityReport, form: str = "table", *, top: int | None = None
) -> str:
    """Return a report as text in one of the formats, without a final line end.

    CSV has one line for each row and mean (`kind` interval), each task left out (without), each
    pair of means (agreement), each question (weights) and each mean that ranks no row (undefined).
    """
    parts = {
        "intervals": [r for mean in report.bootstraps for r in _intervals(report, mean)],
        "without": [r for mean in report.without for r in _without(report, mean)],
        "agreements": _agreements(report),
        "weights": [_weights(report, question) for question in report.questions],
        "undefined": [_undefined(report, mean) for mean in report.undefined],
    }
    kinds = {"intervals": "interval", "without": "without", "agreements": "agreement"}
    flat = [
        {"kind": kinds.get(part, part), **_flat(record)}
        for part, records in parts.items()
        for record in records
    ]
    document = {
        "rankings": [about(boot.contest.ranking) for boot in report.bootstraps.values()],
        "choices": report.treatment.choices(),
        "resamples": next(iter(report.bootstraps.values())).resamples,
        "seed": report.seed,
        "over": report.over,
        "confidence": report.confidence,
        "focus": report.board.models[report.focus],
        "notes": report.notes,
        **parts,
        "headlines": headlines(report),
        "left_out": [{"model": model, "why": why} for model, why in left_out(report)],
    }
    return write(stability_sheet(report, top=top), form, records=flat, document=document)


def _about(report: StabilityReport, mean: str) -> dict[str, Any]:
    return about(report.contest(mean).ranking)


def _intervals(report: StabilityReport, mean: str) -> list[dict[str, Any]]:
    boot, focus = report.bootstraps[mean], report.focus_row(mean)
    contest = boot.contest
    ranks, scores = boot.rank_intervals(report.confidence), boot.score_intervals(report.confidence)
    means, first = boot.mean_ranks(), boot.first()
    above = None if focus is None else 1 - boot.above_all(focus)
    return [
        {
            **_about(report, mean),
            "resamples": boot.resamples,
            "seed": report.seed,
            "over": report.over,
            "confidence": report.confidence,
            "model": contest.models[i],
            "is_human": report.board.is_human[contest.positions[i]],
            "rank": int(contest.ranks[i]),
            "rank_low": int(ranks[i][0]) or None,
            "rank_high": int(ranks[i][1]) or None,
            "mean_rank": _plain(means[i]),
            "score": float(contest.scores[i]),
            "score_low": _plain(scores[i][0]),
            "score_high": _plain(scores[i][1]),
            "p_first": float(first[i]),
            "focus": report.board.models[report.focus],
            "p_above_focus": None if above is None or i == focus else _plain(above[i]),
        }
        for i in contest.ranks.argsort(kind="stable").tolist()
    ]


def _without(report: StabilityReport, mean: str) -> list[dict[str, Any]]:
    without, row = report.without[mean], report.focus_row(mean)
    if row is None:
        return []
    return [
        {
            **_about(report, mean),
            "model": report.board.models[report.focus],
            "task": task,
            "rank": int(without.ranks[k, row]) or None,
            "rank_with_all": int(without.contest.ranks[row]),
            "score": _plain(without.scores[k, row]),
        }
        for k, task in enumerate(without.contest.tasks)
    ]


def _agreements(report: StabilityReport) -> list[dict[str, Any]]:
    return [
        {
            **_about(report, first),
            "with_mean": second,
            "with_p": report.contest(second).p,
            "n_models": agreement.n,
            "kendall": agreement.kendall,
            "spearman": agreement.spearman,
            "k": agreement.k,
            "overlap": agreement.overlap,
            "max_move": agreement.max_move,
            "mover": agreement.mover,
        }
        for (first, second), agreement in report.agreements.items()
    ]


def _weights(report: StabilityReport, question: Question) -> dict[str, Any]:
    answer, tasks = question.answer, report.contest(question.mean).tasks
    possible = answer is not None and answer.possible
    after = dict(zip(tasks, answer.after.tolist(), strict=True)) if answer and possible else {}
    return {
        **_about(report, question.mean),
        "question": question.asked,
        "possible": possible,
        "l1_change": _plain(answer.change) if answer else None,
        "weights": after,
        "rank_then": int(answer.ranks[question.row]) if answer and possible else None,
        "why_not": answer.why_not if answer else question.why_not,
    }


def _undefined(report: StabilityReport, mean: str) -> dict[str, Any]:
    p, first = report.exponents[mean], next(iter(report.bootstraps))
    return {
        **_about(report, first),
        "mean": mean,
        "p": p,
        "n_models": 0,
        "n_columns": None,
        "why_not": report.undefined[mean],
    }


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with its weights as one text, for a line of CSV."""
    if "weights" not in record:
        return record
    weights = "; ".join(f"{task}={weight:.6g}" for task, weight in record["weights"].items())
    return {**record, "weights": weights}


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


_MOVED = 0.0005  # smallest change that is shown, as a share of all weight


def stability_sheet(report: StabilityReport, *, top: int | None = None) -> Sheet:
    """Return the tables: intervals by mean, tasks left out, agreement, weights.

    Args:
        report: The report.
        top: Show only the first rows of the intervals, and the focused row; None for all.
    """
    board, first = report.board, next(iter(report.bootstraps.values()))
    ps = tuple(boot.contest.p for boot in report.bootstraps.values())
    sizes = dict.fromkeys(
        size_of(len(b.contest.models), len(board.models), b.contest.values.shape[1])
        for b in report.bootstraps.values()
    )
    also = " and of the models" if report.over == "tasks+models" else ""
    k = len(first.contest.tasks)
    tasks = f"{k} task{'s' * (k != 1)}"
    resampled = f"{first.resamples:,} draws of {tasks}{also}, seed {report.seed}"
    return Sheet(
        facts=(
            ("board", board.title or board.name),
            ("snapshot", board.snapshot),
            ("treatment", report.treatment.name),
            ("mean", ", ".join(mean_name(p) for p in ps)),
            ("p", ", ".join(f"{p:g}" for p in ps)),
            ("n", "; ".join(sizes)),
            ("resampled", resampled),
            ("confidence", f"{report.confidence:g}"),
            ("looked at", board.models[report.focus]),
        ),
        notes=report.notes,
        sections=(
            *(_intervals_section(report, mean, top) for mean in report.bootstraps),
            *([_without_section(report)] if report.without else []),
            *([_agreements_section(report)] if report.agreements else []),
            *([_weights_section(report)] if report.questions else []),
        ),
        left_out=left_out(report),
    )


def left_out(report: StabilityReport) -> tuple[tuple[str, str], ...]:
    """Return (model, reason) of each row that some mean leaves out."""
    reasons: dict[tuple[str, int, str], list[str]] = {}
    for mean, boot in report.bootstraps.items():
        for row in boot.contest.ranking.left_out:
            reasons.setdefault((row.model, row.position, row.left_out or ""), []).append(mean)
    return tuple(
        (model, why if len(means) == len(report.bootstraps) else f"{', '.join(means)}: {why}")
        for (model, _, why), means in reasons.items()
    )


def headlines(report: StabilityReport) -> tuple[str, ...]:
    """Return sentences on the tasks that first place depends on."""
    name = report.board.models[report.focus]
    groups: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for mean, without in report.without.items():
        row = report.focus_row(mean)
        if row is not None:
            key = (bool(without.contest.ranks[row] == 1), without.first_rests_on(row))
            groups.setdefault(key, []).append(mean)
    sentences = []
    for (is_first, tasks), means in groups.items():
        under = f"Under the {' and '.join(means)} mean {name} is {'' if is_first else 'not '}first"
        if not tasks:
            sentences.append(f"{under}, whichever one task is left out.")
            continue
        named_tasks = f"{tasks[0]} alone" if len(tasks) == 1 else f"each of {', '.join(tasks)}"
        consequence = "it is not" if is_first else "it is first"
        sentences.append(f"{under}; this depends on {named_tasks}, without which {consequence}.")
    return tuple(sentences)


def _intervals_section(report: StabilityReport, mean: str, top: int | None) -> Section:
    """Return the rank intervals under one mean."""
    boot, focus = report.bootstraps[mean], report.focus_row(mean)
    contest = boot.contest
    ranks, scores = boot.rank_intervals(report.confidence), boot.score_intervals(report.confidence)
    digits = 4 if (np.abs(contest.scores) <= 1).all() else 2  # proportions, or per cent
    mean_ranks, first = boot.mean_ranks(), boot.first()
    above = boot.above_all(focus).tolist() if focus is not None else None
    order = np.argsort(contest.ranks, kind="stable")
    rows_shown = [i for place, i in enumerate(order) if top is None or place < top or i == focus]
    rows = [
        (
            str(contest.ranks[i]),
            contest.models[i],
            "human" if report.board.is_human[contest.positions[i]] else "",
            f"{ranks[i][0]}–{ranks[i][1]}",
            _number(mean_ranks[i], 1),
            _number(contest.scores[i], digits),
            f"{_number(scores[i][0], digits)}–{_number(scores[i][1], digits)}",
            _number(first[i], 3),
            *([] if above is None else ["" if i == focus else _number(1 - above[i], 3)]),
        )
        for i in rows_shown
    ]
    header: tuple[str, ...]
    header = ("rank", "model", "human", "rank interval", "mean rank", "score", "score interval")
    header += ("P(first)",) + (() if above is None else ("P(above)",))
    note = (
        ""
        if len(rows_shown) == len(order)
        else f"{len(rows_shown)} of {len(order)} rows are shown. "
    )
    if above is not None:
        note += (
            f"P(above): probability of ranking above {report.board.models[report.focus]},"
            " ties counted as half."
        )
    return Section(
        title=f"{mean if mean in MEANS else 'power'} mean, p = {contest.p:g}",
        header=header,
        numeric=(True, False, False, True, True, True, True, True, True)[: len(header)],
        rows=tuple(rows),
        note=note.strip(),
    )


def _without_section(report: StabilityReport) -> Section:
    """Return the rank of the focused row without each task."""
    means = list(report.without)
    tasks = list(dict.fromkeys(t for w in report.without.values() for t in w.contest.tasks))
    rows = [("none", *(_place(report, mean, None) for mean in means))]
    rows += [(task, *(_place(report, mean, task) for mean in means)) for task in tasks]
    return Section(
        title=f"rank of {report.board.models[report.focus]} without one task",
        header=("task left out", *means),
        numeric=(False, *(True for _ in means)),
        rows=tuple(rows),
        note=" ".join(headlines(report)),
    )


def _place(report: StabilityReport, mean: str, task: str | None) -> str:
    row, without = report.focus_row(mean), report.without[mean]
    if row is None or (task is not None and task not in without.contest.tasks):
        return "-"
    full = int(without.contest.ranks[row])
    if task is None:
        return str(full)
    rank = int(without.ranks[without.contest.tasks.index(task), row])
    if rank == 0:
        return "-"
    return f"{rank} ({full - rank:+d})" if rank != full else str(rank)


def _agreements_section(report: StabilityReport) -> Section:
    """Return the agreement of each two means."""
    rows = [
        (
            f"{a}, {b}",
            str(agreement.n),
            _number(agreement.kendall, 3),
            _number(agreement.spearman, 3),
            f"{agreement.overlap}",
            f"{agreement.max_move}",
            agreement.mover,
        )
        for (a, b), agreement in report.agreements.items()
    ]
    return Section(
        title="agreement of the rankings",
        header=("means", "n", "Kendall", "Spearman", "first 10 shared", "largest move", "by"),
        numeric=(False, True, True, True, True, True, False),
        rows=tuple(rows),
    )


def _weights_section(report: StabilityReport) -> Section:
    """Return the smallest changes of weight that would change the order."""
    return Section(
        title="smallest change of the tasks' weights",
        header=("mean", "to put", "weight moved", "how", "rank then"),
        numeric=(False, False, True, False, True),
        rows=tuple(_weights_row(report, question) for question in report.questions),
        note="Weight moved is half the L1 distance: the share of all weight that changes task.",
    )


def _weights_row(report: StabilityReport, question: Question) -> tuple[str, ...]:
    answer = question.answer
    if answer is None or not answer.possible:
        reason = question.why_not if answer is None else answer.why_not
        return (question.mean, question.asked, "-", reason, "-")
    tasks = report.contest(question.mean).tasks
    return (
        question.mean,
        question.asked,
        f"{answer.change / 2:.1%}",
        _how(answer, tasks),
        str(answer.ranks[question.row]),
    )


def _how(answer: WeightChange, tasks: tuple[str, ...]) -> str:
    moved = np.abs(answer.after - answer.before)
    order = [i for i in np.argsort(-moved, kind="stable") if moved[i] > _MOVED]
    changes = [f"{tasks[i]} {answer.before[i]:.1%} → {answer.after[i]:.1%}" for i in order[:6]]
    rest = len(order) - 6
    return ", ".join(changes) + (f" and {rest} more" if rest > 0 else "") or "as it is"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None or np.isnan(value) else f"{value:.{digits}f}"
