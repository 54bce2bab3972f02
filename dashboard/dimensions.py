"""Show the parts of the dimension page: needed dimensions, and one setting."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.charts.drawing import draw
from dashboard.charts.lines import AT_MOST, lines
from dashboard.language import t
from dashboard.queries import dimension
from dashboard.reading import read
from dashboard.sheet import download


def series_names(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return a label for each row from the columns that differ between rows."""
    telling = [name for name in columns if rows[name].nunique(dropna=False) > 1] or list(
        columns[:1]
    )
    return [
        " · ".join(str(part) for part in parts if not formatting.is_missing(part) and part != "")
        or t("as it is")
        for parts in zip(*(rows[name] for name in telling), strict=True)
    ]


def one_setting(rows: pd.DataFrame) -> None:
    """Show the results at each number of dimensions in one setting."""
    st.header(t("Results by number of dimensions"))
    settings = rows.drop_duplicates(["experiment", "subject", "task", "setting"])
    names = series_names(settings, ("subject", "task", "setting"))
    left, right = st.columns([2, 1])
    place = left.selectbox(
        t("Setting"), range(len(settings)), format_func=names.__getitem__, key="setting"
    )
    chosen = settings.iloc[place]
    keys = [str(chosen[name]) for name in ("experiment", "subject", "task", "setting")]
    curves = read(dimension.curves, *keys)
    if curves.empty:
        safe_html.note(
            "info", t("No curve is stored for this setting. Its numbers are in the table.")
        )
        return
    metrics = list(dict.fromkeys(curves.metric))
    metric = right.selectbox(t("Metric"), metrics, key="curve-metric")
    of_metric = curves[curves.metric == metric]
    labels = series_names(
        of_metric.assign(variant=of_metric.variant.replace("{}", "")), ("variant", "seed")
    )
    counted = ["" if formatting.is_missing(n) else f"N = {int(n):,}" for n in of_metric["items"]]
    several = of_metric.groupby(["items", "n"], dropna=False).size().max() > 1
    names_of = [
        " · ".join(part for part in (n, t if several else "") if part) or str(metric)
        for n, t in zip(counted, labels, strict=True)
    ]
    points = pd.DataFrame(
        {
            "series": names_of,
            "size": of_metric.n,
            "value": of_metric.value,
            "low": None,
            "high": None,
        }
    )
    drawn = points[points.series.isin(list(dict.fromkeys(points.series))[:AT_MOST])]
    draw(
        lines(drawn, x=t("dimensions (log scale)"), y=str(metric)),
        alternative=t("Results at each number of dimensions"),
    )


def tiles(rows: pd.DataFrame) -> None:
    """Show tiles that compare the needed dimensions with the rule 8.33 ln N."""
    needed = rows[rows.n_star.notna() & rows.per_log.notna()]
    beyond = int((rows.n_star.isna() & rows.beyond.notna()).sum())
    if needed.empty:
        safe_html.tiles(
            [(t("Cells"), len(rows), t("none has a sufficient number of dimensions"))], ["plain"]
        )
        return
    less = int((needed.n_star <= needed.rule).sum())
    low, high = needed.per_log.min(), needed.per_log.max()
    safe_html.tiles(
        [
            (t("Needed dimensions / ln N"), f"{low:.2f} … {high:.2f}", t("the rule predicts 8.33")),
            (
                t("The rule suffices in"),
                t("{agree:,} of {compared:,}", agree=less, compared=len(needed)),
                t("cells need 8.33 ln N dimensions or fewer"),
            ),
            (
                t("Cells"),
                len(rows),
                t("{count} need more dimensions than were tried", count=beyond)
                if beyond
                else t("one for each N and criterion"),
            ),
        ],
        ["info", "good" if less == len(needed) else "warning", "plain"],
    )


def needed(rows: pd.DataFrame) -> None:
    """Draw the needed dimensions against N, with the rule."""
    with_result = rows[rows.n_star.notna() & (rows["items"] > 1)]
    if with_result.empty:
        safe_html.note("info", t("No selected cell has a sufficient number of dimensions."))
        return
    series = series_names(with_result, ("subject", "task", "setting", "criterion"))
    # A subject measured at several N is a line; several seeds of a cell are averaged.
    points = (
        pd.DataFrame(
            {
                "series": series,
                "size": with_result["items"].astype(float),
                "value": with_result.n_star,
                "low": with_result.ci_low,
                "high": with_result.ci_high,
            }
        )
        .groupby(["series", "size"], as_index=False, sort=False)
        .agg({"value": "mean", "low": "min", "high": "max"})
    )
    names = list(dict.fromkeys(points.series))
    drawn = points[points.series.isin(names[:AT_MOST])]
    sizes = sorted(set(drawn["size"]))
    span = [sizes[0], *sizes[1:]] if len(sizes) > 1 else [sizes[0] / 2, sizes[0] * 2]
    rule = with_result.drop_duplicates("items").set_index("items").rule
    rule_line = pd.DataFrame(
        {
            "size": span,
            "value": [float(rule.get(size, rule_of(size))) for size in span],
            "what": "8.33 ln N",
        }
    )
    draw(
        lines(
            drawn,
            x=t("N items (log scale)"),
            y=t("dimensions needed"),
            base=10,
            rule=rule_line,
        ),
        alternative=t("Needed dimensions against the number of items"),
    )
    cut = (
        " "
        + t("The chart shows the first {most} of {count} settings.", most=AT_MOST, count=len(names))
        if len(names) > AT_MOST
        else ""
    )
    st.caption(t("Dashed: 8.33 ln N. Bars are 95% intervals, where available.") + cut)


def table(rows: pd.DataFrame) -> None:
    """Show every cell in a table, with a download."""
    columns = ["subject", "task", "setting", "criterion", "items", "n_star", "ci_low", "ci_high"]
    columns += ["predicted", "rule", "per_log", "beyond", "trials", "run_id"]
    tables.table(
        rows[columns],
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        column_config={
            "items": st.column_config.NumberColumn("N"),
            "criterion": t("criterion reached"),
            **{
                name: st.column_config.NumberColumn(label, format=form)
                for name, label, form in (
                    ("n_star", t("dimensions needed"), "%.1f"),
                    ("ci_low", t("95% from"), "%.1f"),
                    ("ci_high", t("95% to"), "%.1f"),
                    ("predicted", t("predicted"), "%.1f"),
                    ("rule", "8.33 ln N", "%.1f"),
                    ("per_log", t("needed / ln N"), "%.2f"),
                    ("beyond", t("needs more than"), "%.0f"),
                )
            },
            "run_id": t("run"),
        },
        alt=t("Needed dimensions of every cell"),
    )
    download(rows, "dimension-law")


def rule_of(items: float) -> float:
    """Return 8.33 ln N."""
    return 8.33 * math.log(items) if items > 1 else 0.0
