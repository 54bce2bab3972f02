"""A stability report written out, and its records for programs."""

from __future__ import annotations

import math
from typing import Any

from evaluators.averaging.stability.report import Question, StabilityReport
from flows.reports.rank import about
from flows.reports.sheet import write
from flows.reports.stability_sheet import headlines, left_out, stability_sheet


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
    field = boot.contest
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
            "model": field.models[i],
            "is_human": report.board.is_human[field.positions[i]],
            "rank": int(field.ranks[i]),
            "rank_low": int(ranks[i][0]) or None,
            "rank_high": int(ranks[i][1]) or None,
            "mean_rank": _plain(means[i]),
            "score": float(field.scores[i]),
            "score_low": _plain(scores[i][0]),
            "score_high": _plain(scores[i][1]),
            "p_first": float(first[i]),
            "focus": report.board.models[report.focus],
            "p_above_focus": None if above is None or i == focus else _plain(above[i]),
        }
        for i in field.ranks.argsort(kind="stable").tolist()
    ]


def _without(report: StabilityReport, mean: str) -> list[dict[str, Any]]:
    found, row = report.without[mean], report.focus_row(mean)
    if row is None:
        return []
    return [
        {
            **_about(report, mean),
            "model": report.board.models[report.focus],
            "task": task,
            "rank": int(found.ranks[k, row]) or None,
            "rank_with_all": int(found.contest.ranks[row]),
            "score": _plain(found.scores[k, row]),
        }
        for k, task in enumerate(found.contest.tasks)
    ]


def _agreements(report: StabilityReport) -> list[dict[str, Any]]:
    return [
        {
            **_about(report, first),
            "with_mean": second,
            "with_p": report.contest(second).p,
            "n_models": found.n,
            "kendall": found.kendall,
            "spearman": found.spearman,
            "k": found.k,
            "overlap": found.overlap,
            "max_move": found.max_move,
            "mover": found.mover,
        }
        for (first, second), found in report.agreements.items()
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
    """Return a record whose weights are one text, for a line of CSV."""
    if "weights" not in record:
        return record
    said = "; ".join(f"{task}={weight:.6g}" for task, weight in record["weights"].items())
    return {**record, "weights": said}


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
