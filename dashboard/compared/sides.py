"""Compare two checkpoints, or the states after two plan runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.forest import forest
from dashboard.compared.by_example import by_example
from dashboard.compared.shown import MOST, both_sides, summary, table
from dashboard.formatting import asked
from dashboard.language import nt, option_labels, sentences, t
from dashboard.moved import changes_in_words
from dashboard.queries import compare
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.signs import MARKS, sign

NUMBERS = (
    *("left_value", "left_low", "left_high", "right_value", "right_low", "right_high"),
    "difference",
)


def checkpoints(rows: pd.DataFrame, left: str, right: str) -> None:
    """Compare two checkpoints on the tasks that both were measured on.

    Args:
        rows: As `dashboard.queries.compare.sides` returns them.
        left: Label of the left checkpoint.
        right: Label of the right one.
    """
    chosen = _one_question(rows)
    task = chosen.groupby("task", as_index=False, sort=True).agg(
        dict.fromkeys(NUMBERS, "mean") | {"seed": "count"}
    )
    over = read(compare.paired, ("all",) * len(task), tuple(map(float, task.difference)))
    summary(over.iloc[0], task, left, right, _tasks)
    both_sides(task.assign(label=task.task), left, right)
    paired = by_example(_lines(chosen), _run_again)
    _seeds(chosen, paired)
    table(task.rename(columns={"seed": "seeds"}), left, right, ["task"])
    download(chosen, "compare-checkpoints")


def _tasks(count: int) -> str:
    return nt("{count:,} task", "{count:,} tasks", count)


def _scores(count: int) -> str:
    return nt("{count:,} score", "{count:,} scores", count)


def _one_question(rows: pd.DataFrame) -> pd.DataFrame:
    """Offer a choice of metric and parameters, and return the matching rows."""
    left, right = st.columns([1, 2])
    kinds = rows.groupby(["evaluator", "metric"], sort=False).task.nunique()
    named = [f"{evaluator}: {metric}" for evaluator, metric in kinds.index]
    first = max(range(len(named)), key=lambda i: (kinds.iloc[i], kinds.index[i][1] == "spearman"))
    place = left.selectbox(
        t("Metric"), range(len(named)), index=first, format_func=named.__getitem__, key="kind"
    )
    evaluator, metric = kinds.index[place]
    of_metric = rows[(rows.evaluator == evaluator) & (rows.metric == metric)]
    questions = of_metric.drop_duplicates(["asked", "variant", "dtype"])
    labels = asked(list(questions.asked), list(questions.variant))
    chosen = questions.iloc[
        right.selectbox(
            t("Parameters"),
            range(len(questions)),
            format_func=option_labels(
                range(len(questions)), lambda i: labels[i] or t("as the plan says")
            ),
            key=f"asked-{place}",
        )
    ]
    same = (of_metric.asked == chosen.asked) & (of_metric.variant == chosen.variant)
    same &= of_metric["dtype"] == chosen["dtype"]
    question: pd.DataFrame = of_metric[same]
    return question


def _lines(chosen: pd.DataFrame) -> pd.DataFrame:
    """Label each pair of runs by the task, and by the seed if a task has several."""
    several = chosen.groupby("task").task.transform("size") > 1
    seeds = [
        t("{task}, seed {seed}", task=row.task, seed=row.seed) if has_several else row.task
        for row, has_several in zip(records(chosen), several, strict=True)
    ]
    return chosen.assign(label=seeds)


def _run_again() -> None:
    safe_html.code("rankcheck run plans/nightly.yaml --rerun always")


def _seeds(chosen: pd.DataFrame, paired: bool) -> None:
    """Show each task's difference with its paired interval over seeds.

    Args:
        chosen: One row per task and seed.
        paired: Whether differences paired by example are shown above.
    """
    if chosen.groupby("task").size().max() < 2:
        said = t(
            "There is one score for each side and task. The interval in the tile is paired over"
            " tasks; the bars are each side's own intervals."
        )
        by_example = (
            t("Differences paired by example are in the section above.")
            if paired
            else t("Runs of this evaluator keep no answers to single examples.")
        )
        st.caption(sentences(said, by_example))
        return
    over = read(compare.paired, tuple(map(str, chosen.task)), tuple(map(float, chosen.difference)))
    points = pd.DataFrame(
        {
            "label": [
                f"{row.what} ({nt('{count:,} seed', '{count:,} seeds', int(row.pairs))})"
                for row in records(over)
            ],
            "value": over.difference,
            "low": over.ci_low,
            "high": over.ci_high,
            "kind": [sign(row.ci_low, row.ci_high) for row in records(over)],
        }
    )
    st.subheader(t("Seed by seed"))
    draw(
        forest(
            points.head(MOST),
            t("difference, paired by seed, 95% interval"),
            MARKS,
            against=0.0,
            against_label=t("no difference"),
        ),
        alternative=t("Differences paired by seed"),
    )


def nights(rows: pd.DataFrame, left: str, right: str) -> None:
    """Compare the states of the store after two plan runs.

    Args:
        rows: As `dashboard.queries.compare.nights` returns them.
        left: Label of the left plan run.
        right: Label of the right one.
    """
    paired_rows = rows[rows.left_value.notna() & rows.right_value.notna()]
    new = int(rows.left_value.isna().sum())
    gone = int(rows.right_value.isna().sum())
    beyond = int(_beyond(paired_rows).sum())
    safe_html.tiles(
        [
            (t("Measured again"), len(paired_rows), t("same parameters and task, another run")),
            (
                t("Outside the interval"),
                beyond,
                t("right score outside the left one's 95% interval"),
            ),
            (
                t("New"),
                new,
                t("only on the right; {gone} only on the left", gone=gone)
                if gone
                else t("only on the right"),
            ),
        ],
        ["info", "warning" if beyond else "good", "plain"],
    )
    if rows.empty:
        safe_html.note("good", t("Nothing differs: both sides have the same run for every job."))
        return
    if len(paired_rows):
        metrics = list(paired_rows.metric.value_counts().index)
        metric = st.selectbox(t("Metric"), metrics, key="night-metric")
        of_metric = paired_rows[paired_rows.metric == metric].reset_index(drop=True)
        over = read(
            compare.paired, ("all",) * len(of_metric), tuple(map(float, of_metric.difference))
        )
        summary(over.iloc[0], of_metric, left, right, _scores)
        details = asked(list(of_metric.asked), list(of_metric.variant))
        labels = [
            " · ".join(part for part in (row.task, row.checkpoint, detail) if part)
            for row, detail in zip(records(of_metric), details, strict=True)
        ]
        lines = of_metric.assign(label=labels)
        both_sides(lines, left, right)
        by_example(lines[~lines.changed.str.contains("dataset")], _nothing_fills)
    details = asked(list(rows.asked), list(rows.variant))
    both = rows.left_value.notna() & rows.right_value.notna()
    rows = rows.assign(asked=details, changed=changes_in_words(rows.changed).where(both))
    table(rows, left, right, ["task", "checkpoint", "metric"], ["asked", "changed"])
    download(rows, "compare-nights")


def _nothing_fills() -> None:
    st.caption(t("Answers of past plan runs cannot be added later; new plan runs store theirs."))


def _beyond(rows: pd.DataFrame) -> pd.Series:
    low, high = rows.left_low.astype(float), rows.left_high.astype(float)
    return (rows.right_value < low) | (rows.right_value > high)
