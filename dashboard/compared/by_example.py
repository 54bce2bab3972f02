"""Compare two runs example by example, from the files of their answers.

The files are data: one that is missing, damaged or of another kind becomes a message on the page.
Results are cached until a file changes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.charts.drawing import draw
from dashboard.charts.forest import forest
from dashboard.compared.shown import MOST
from dashboard.folded import folded
from dashboard.language import mark, nt, sentences, t
from dashboard.queries.frame import records
from dashboard.reading import store
from dashboard.sheet import download
from dashboard.signs import MARKS, sign
from db import run_files
from db.errors import StoreError
from evaluators.errors import EvaluatorError
from evaluators.paired import KEPT, Paired, paired
from evaluators.result import Table

DAMAGED = mark("{file} of run {run} is damaged")
OTHER_SCORE = mark("the stored answers do not give the score in the store")

SEED = 0
"""Seed of the bootstrap: the default of `rankcheck predictions compare`."""

_NEAR = 1e-4  # similarities are kept in float32: the sixth digit may differ from the store's


class Side(NamedTuple):
    """A run and its score in the store."""

    run_id: str
    value: float


class PairOfRuns(NamedTuple):
    """The comparison of two runs, or the reason why there is none.

    Attributes:
        found: Their difference, paired by example; None if it is unavailable.
        why: Why it is unavailable, marked; empty if a run has no stored answers.
        file: Which file is damaged.
        run_id: Whose file it is.
    """

    found: Paired | None
    why: str = ""
    file: str = ""
    run_id: str = ""

    @property
    def reason(self) -> str:
        """Why it is unavailable, in the reader's language; an error of an evaluator as it is."""
        return t(self.why, file=self.file, run=self.run_id) if self.file else t(self.why)


def pair(evaluator: str, metric: str, left: Side, right: Side) -> PairOfRuns:
    """Return right minus left, paired by example, or the reason for none.

    Args:
        evaluator: One of `evaluators.paired.KEPT`.
        metric: The metric.
        left: The run on the left.
        right: The run on the right.
    """
    root = run_files.folder(store().url)
    stamps = tuple(run_files.stamp(root, side.run_id, KEPT[evaluator]) for side in (left, right))
    if None in stamps:
        return PairOfRuns(None)
    return _paired(root, KEPT[evaluator], metric, left, right, stamps)


@st.cache_data(max_entries=512, show_spinner=False)
def _paired(
    root: Path,
    name: str,
    metric: str,
    left: Side,
    right: Side,
    stamps: tuple[object, ...],  # part of the cache key, so that a changed file is read again
) -> PairOfRuns:
    tables = []
    for side in (right, left):
        try:
            rows = run_files.read(root, side.run_id, name)
        except StoreError:  # its message contains a folder of this machine
            return PairOfRuns(None, DAMAGED, f"{name}.parquet", side.run_id)
        tables.append(Table(name, rows.columns, rows.about))
    try:
        comparison = paired(*tables, seed=SEED, metric=metric)
    except EvaluatorError as error:
        return PairOfRuns(None, str(error))
    metric_pair = comparison.metrics[0]
    if abs(metric_pair.arm - right.value) > _NEAR or abs(metric_pair.base - left.value) > _NEAR:
        return PairOfRuns(None, OTHER_SCORE)
    return PairOfRuns(comparison)


def by_example(rows: pd.DataFrame, fill: Callable[[], object]) -> bool:
    """Offer the differences paired by example, computed when they are opened.

    Args:
        rows: `label, evaluator, metric, left_run, left_value, right_run, right_value`, one row for
            each line of the chart of both sides.
        fill: Shows how to get answers for a run that has none.

    Returns:
        Whether runs of these evaluators store answers to single examples.
    """
    with_answers = rows[rows.evaluator.isin(list(KEPT))].reset_index(drop=True)
    if with_answers.empty:
        return False
    folded(
        t("Example by example: each difference with its paired interval"),
        lambda: _show(with_answers, fill),
        key="by-example",
    )
    return True


def _show(rows: pd.DataFrame, fill: Callable[[], object]) -> None:
    drawn = rows.head(MOST)
    with st.spinner(t("Pairing example by example …")):
        pairs = [
            pair(
                row.evaluator,
                row.metric,
                Side(str(row.left_run), float(row.left_value)),
                Side(str(row.right_run), float(row.right_value)),
            )
            for row in records(drawn)
        ]
    table = _table(drawn, pairs)
    if len(table):
        _chart(table)
        _words(table, pairs)
        _sheet(table)
    _left_out(drawn, pairs, fill)
    if len(rows) > MOST:
        st.caption(
            t(
                "Only the first {most} of {count} are paired here. Use rankcheck predictions"
                " compare RUN RUN for the others.",
                most=MOST,
                count=len(rows),
            )
        )


def _table(rows: pd.DataFrame, pairs: list[PairOfRuns]) -> pd.DataFrame:
    table_rows = []
    for row, (comparison, *_) in zip(records(rows), pairs, strict=True):
        if comparison is None:
            continue
        metric, test = comparison.metrics[0], comparison.mcnemar
        table_rows.append(
            {
                "what": row.label,
                "difference": metric.value,
                "ci_low": metric.low,
                "ci_high": metric.high,
                "examples": comparison.n,
                "gained": None if test is None else test.gained,
                "lost": None if test is None else test.lost,
                "mcnemar_p": None if test is None else test.p_value,
                "left_run": row.left_run,
                "right_run": row.right_run,
            }
        )
    return pd.DataFrame(table_rows)


def _chart(table: pd.DataFrame) -> None:
    points = pd.DataFrame(
        {
            "label": [
                f"{row.what} ({nt('{count:,} example', '{count:,} examples', int(row.examples))})"
                for row in records(table)
            ],
            "value": table.difference,
            "low": table.ci_low,
            "high": table.ci_high,
            "kind": [sign(row.ci_low, row.ci_high) for row in records(table)],
        }
    )
    draw(
        forest(
            points,
            t("right minus left, paired by example, 95% interval"),
            MARKS,
            against=0.0,
            against_label=t("no difference"),
        ),
        alternative=t("Differences paired by example"),
    )


def _words(table: pd.DataFrame, pairs: list[PairOfRuns]) -> None:
    resamples = next(comparison.resamples for comparison, *_ in pairs if comparison is not None)
    caption = t(
        "Each interval is over the examples of one task, or over its contexts where"
        " several questions share one: {resamples:,} bootstrap samples, the same for"
        " both sides. It does not cover other seeds or other tasks.",
        resamples=resamples,
    )
    said = list(dict.fromkeys(pair.found.note for pair in pairs if pair.found))
    if table.mcnemar_p.notna().any():
        said.append(
            t(
                "Gained: examples that only the right side answers correctly; lost: only the left"
                " side; p: McNemar's exact test of these two counts."
            )
        )
    st.caption(sentences(caption, *said))


def _sheet(table: pd.DataFrame) -> None:
    columns = table.drop(columns=["left_run", "right_run"])
    if not table.mcnemar_p.notna().any():
        columns = columns.drop(columns=["gained", "lost", "mcnemar_p"])
    number = st.column_config.NumberColumn
    tables.table(
        columns,
        hide_index=True,
        height=min(320, 38 + 35 * len(columns)),
        column_config={
            "difference": number(t("right minus left"), format="%+.4g"),
            "ci_low": number(t("95% from"), format="%+.4g"),
            "ci_high": number(t("to"), format="%+.4g"),
            "mcnemar_p": number(t("McNemar's p"), format="%.3g"),
        },
        alt=t("Differences paired by example"),
    )
    download(table, "compare-examples")


def _left_out(rows: pd.DataFrame, pairs: list[PairOfRuns], fill: Callable[[], object]) -> None:
    """Show the rows without an interval, grouped by the reason."""
    reasons: dict[str, list[str]] = {}
    for label, pairing in zip(rows.label, pairs, strict=True):
        if pairing.found is None:
            reason = pairing.reason if pairing.why else ""
            reasons.setdefault(reason, []).append(str(label))
    without_answers = reasons.pop("", [])
    for reason, labels in reasons.items():
        safe_html.note("warning", t("{labels}: {reason}.", labels=_few(labels), reason=reason))
    if without_answers:
        safe_html.note(
            "info",
            t(
                "{labels}: a run has no stored answers to single examples. It is from before"
                " answers were stored, or its files are on another machine.",
                labels=_few(without_answers),
            ),
        )
        fill()


def _few(labels: list[str], limit: int = 6) -> str:
    rest = len(labels) - limit
    names = t(", ").join(labels[:limit])
    return t("{names} and {rest} more", names=names, rest=rest) if rest > 0 else names
