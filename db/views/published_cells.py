"""Views of which published cells are confirmed, missed, not measured or not testable here."""

from __future__ import annotations

from db.tables import published_scores
from db.views.published import CURRENT_PUBLISHED
from db.views.runs import described
from evaluators.sql_view import View

SIMILARITY_TOLERANCE = 0.0005
"""What libraries, hardware and dtype may change in a score of sentence pairs: 0.05 points."""

LEAST_SEEDS = 3
WIDEST_SPREAD = 0.01
"""A method whose seeds lie further apart than a point would confirm any number."""

TASKS_WITHOUT_DATA = (
    "cmeee",
    "csl-title",
    "people-daily",
    "sentiment-1-percent",
    "sentiment-200-labels",
)
"""Published tasks that are no tasks here."""

_MODELS = (
    ("%-flow(%", "BERT-flow, which is no method here"),
    ("InferSent-Glove", "no checkpoint that transformers reads"),
    ("USE", "no checkpoint that transformers reads"),
    ("openai/%", "an API without weights"),
    ("GPT", "the source names no checkpoint"),
    ("%+SimCSE", "weights that the source trained and did not publish"),
    ("%+CoSENT (%", "weights that the source trained and did not publish"),
    ("Sentence-BERT (%", "weights that the source trained and did not publish"),
    ("Sentence-RoBERTa (%", "weights that the source trained and did not publish"),
)
"""Patterns of names of models, and why nobody can measure them here."""


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_REASON = "\n".join(
    [
        "CASE",
        f"WHEN c.task IN ({', '.join(map(_text, TASKS_WITHOUT_DATA))})"
        " THEN 'the task is none of ours'",
        *(f"WHEN c.model LIKE {_text(like)} THEN {_text(why)}" for like, why in _MODELS),
        "WHEN c.whitening = 'NLI' THEN 'fitted on SNLI and MNLI, which are no corpus here'",
        "WHEN c.method IS NOT NULL AND c.task IN ('ATEC', 'BQ', 'LCQMC', 'PAWSX')"
        " THEN 'no evaluator gives this metric of a trained model on this task'",
        "END",
    ]
)

_SAME = " AND ".join(
    f"v.{name} IS NOT DISTINCT FROM c.{name}"
    for name in (
        *("collection", "model", "task", "split", "metric", "k", "aggregate", "source", "notes"),
        *("method", "unit_max", "pooling", "whitening", "published", "revision"),
    )
)

PUBLISHED_CELLS = View(
    "published_cells",
    "Every published score of the lists in data/published, with whether a measurement here"
    " confirms it.",
    {
        **described(published_scores, "collection", "model", "task", "split", "metric"),
        **described(published_scores, "pooling", "whitening", "k", "aggregate", "method"),
        "published": "The number as published.",
        "measured": "The nearest of our numbers, in the unit of the published one; NULL where"
        " none is comparable.",
        "difference": "Measured less published.",
        "verdict": "confirmed: one of our comparable numbers lies within rounding and tolerance."
        " missed: none of them does. not measured: there is none. not testable: there is none,"
        " and nobody can measure one here.",
        "reason": "Why a cell is not testable, or why what was measured is not comparable.",
        "rounding": "Half a unit of the last digit that the source prints.",
        "tolerance": "What else may lie between: 0.05 points for sentence pairs, seed_spread for a"
        " method.",
        "comparable": "How many of our numbers are comparable: settings may differ in prompt,"
        " length and dtype.",
        "agreeing": "How many of them agree.",
        **described(published_scores, "unit_max", "source", "notes", "revision"),
    },
    f"""
    WITH {CURRENT_PUBLISHED}, cells AS (
        SELECT collection, model, task, split, metric, pooling, whitening, k, aggregate, method,
            revision, value AS published, unit_max, source, notes, 0.5 * power(10, -max(
                CASE WHEN value = round(value) THEN 0
                ELSE length(split_part(CAST(value AS VARCHAR), '.', 2)) END
            ) OVER (PARTITION BY collection, source)) AS rounding
        FROM published
    ), compared AS (
        SELECT collection, model, task, split, metric, k, source, notes, method,
            unit_max, published, measured, difference, matched_by, seeds, trained_on,
            published_revision AS revision,
            CASE WHEN method IS NULL THEN aggregate ELSE 'all' END AS aggregate,
            CASE WHEN method IS NULL THEN pooling ELSE 'native' END AS pooling,
            CASE WHEN method IS NULL THEN whitening ELSE 'none' END AS whitening,
            CASE WHEN method IS NULL THEN {SIMILARITY_TOLERANCE} * unit_max
                ELSE seed_spread END AS tolerance
        FROM published_vs_measured WHERE collection IS NOT NULL
    ), beside AS (
        SELECT c.*, v.measured, v.difference, v.tolerance,
            coalesce(abs(v.difference) <= c.rounding + v.tolerance + 1e-9, false) AS agrees,
            CASE
                WHEN v.matched_by IS NULL THEN NULL
                WHEN v.matched_by = 'other revision' THEN 'only another revision was measured'
                WHEN c.method IS NULL THEN NULL
                WHEN v.trained_on <> c.task || '/train' THEN 'trained on another set'
                WHEN v.seeds < {LEAST_SEEDS} THEN 'fewer than {LEAST_SEEDS} seeds'
                WHEN v.tolerance > {WIDEST_SPREAD} * c.unit_max
                    AND abs(v.difference) <= c.rounding + v.tolerance
                    THEN 'our seeds lie too far apart to tell'
            END AS obstacle,
            v.matched_by IS NOT NULL AS has_any
        FROM cells AS c LEFT JOIN compared AS v ON {_SAME}
    ), judged AS (
        SELECT collection, model, task, split, metric, pooling, whitening, k, aggregate, method,
            revision, published, unit_max, source, notes, rounding,
            CAST(count(*) FILTER (WHERE has_any AND obstacle IS NULL) AS INTEGER) AS comparable,
            CAST(count(*) FILTER (WHERE has_any AND obstacle IS NULL AND agrees) AS INTEGER)
                AS agreeing,
            arg_min(measured, abs(difference)) FILTER (WHERE obstacle IS NULL) AS measured,
            arg_min(difference, abs(difference)) FILTER (WHERE obstacle IS NULL) AS difference,
            arg_min(tolerance, abs(difference)) FILTER (WHERE obstacle IS NULL) AS tolerance,
            min(obstacle) AS obstacle
        FROM beside GROUP BY ALL
    )
    SELECT c.collection, c.model, c.task, c.split, c.metric, c.pooling, c.whitening, c.k,
        c.aggregate, c.method, c.published, c.measured, c.difference,
        CASE
            WHEN c.agreeing > 0 THEN 'confirmed'
            WHEN c.comparable > 0 THEN 'missed'
            WHEN {_REASON} IS NOT NULL THEN 'not testable'
            ELSE 'not measured'
        END AS verdict,
        CASE WHEN c.comparable = 0 THEN coalesce({_REASON}, c.obstacle) END AS reason,
        c.rounding, c.tolerance, c.comparable, c.agreeing, c.unit_max, c.source, c.notes,
        c.revision
    FROM judged AS c
    """,  # noqa: S608 - no input goes in
)

PUBLISHED_COUNTS = View(
    "published_counts",
    "How many cells of a list of published scores are confirmed, missed, not measured and not"
    " testable here.",
    {
        **described(published_scores, "collection"),
        "cells": "Number of cells.",
        "confirmed": "Number of those that a measurement here confirms.",
        "missed": "Number of those that are measured and not confirmed.",
        "not_measured": "Number of those that could be measured, and are not.",
        "not_testable": "Number of those that nobody can measure here.",
    },
    """
    SELECT collection, CAST(count(*) AS INTEGER) AS cells,
        CAST(count(*) FILTER (WHERE verdict = 'confirmed') AS INTEGER) AS confirmed,
        CAST(count(*) FILTER (WHERE verdict = 'missed') AS INTEGER) AS missed,
        CAST(count(*) FILTER (WHERE verdict = 'not measured') AS INTEGER) AS not_measured,
        CAST(count(*) FILTER (WHERE verdict = 'not testable') AS INTEGER) AS not_testable
    FROM published_cells GROUP BY collection
    """,
)

VIEWS = (PUBLISHED_CELLS, PUBLISHED_COUNTS)
