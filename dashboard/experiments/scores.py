"""Arms by setting: lines over a swept number, points for settings that stand alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import SERIES, draw, spreads
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.lines import SHAPES, lines
from dashboard.experiments.settings import Place, parts, places, short, sweeps
from dashboard.experiments.tables import query, table
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.queries import experiments
from dashboard.queries.frame import records

MOST_ARMS = 6
"""Most arms in one chart: more colours cannot be told apart."""

MOST_PANELS = 6


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a column `place`: task, checkpoint and data where they differ, and setting.

    Args:
        rows: With the columns `task, setting, checkpoint, trained_on`.
    """
    naming = ("task", "checkpoint", "trained_on")
    differing = [name for name in naming if rows[name].nunique(dropna=False) > 1]
    named = [
        ", ".join(
            str(part)
            for part in (*(getattr(row, name) for name in differing), row.setting)
            if not formatting.is_missing(part) and part != ""
        )
        for row in records(rows)
    ]
    return rows.assign(place=named)


def scores(rows: pd.DataFrame, evaluator: str, metric: str) -> None:
    """Draw every arm in every setting, and offer the numbers and their query.

    Args:
        rows: As `queries.experiments.means` returns them; at least one.
        evaluator: Whose they are.
        metric: The metric.
    """
    rows = placed(rows)
    times = formatting.times(metric)
    unit = f"{metric} ×100" if times == 100 else metric
    scaled = rows.assign(
        **{name: rows[name].astype(float) * times for name in ("value", "ci_low", "ci_high")}
    )
    arms = list(dict.fromkeys(rows.arm))
    if len(arms) > MOST_ARMS:
        arms = st.multiselect(
            t("Arms"), arms, default=arms[:MOST_ARMS], max_selections=MOST_ARMS, key="arms"
        )
    kept = scaled[scaled.arm.isin(arms)]
    if kept.empty:
        safe_html.note("info", t("Choose an arm."))
        return
    settings = list(dict.fromkeys(kept.place))
    swept = sweeps(settings)
    along = ""
    if len(swept) > 1:
        along = str(st.selectbox(t("Along"), swept, key="along"))
    elif swept:
        along = swept[0]
    where = places(settings, along) if along else {}
    _panels(kept[kept.place.isin(list(where))], where, along, unit, arms)
    _points(kept[~kept.place.isin(list(where))], unit, arms)
    st.caption(
        t(
            "Means over seeds with their 95% intervals (Student's t); one seed has no"
            " interval. Other arms of the same seed have the same data, so differences can"
            " be surer than these intervals look: see the next tab."
        )
    )
    folded(
        t("The numbers of every arm and setting"),
        lambda: table(
            scaled.drop(columns=["place"]),
            {"value": unit, "ci_low": t("95% from"), "ci_high": t("95% to")},
            t("{metric} of every arm and setting", metric=metric),
            "experiment-scores",
        ),
        key="scores",
    )
    query(experiments.MEANS, "scores", evaluator=evaluator, metric=metric)


def _panels(
    rows: pd.DataFrame, where: dict[str, Place], along: str, unit: str, arms: list[str]
) -> None:
    """Draw one chart for each setting but for the swept number."""
    panels = list(dict.fromkeys(place.panel for place in where.values()))
    if not panels:
        return
    shared, rests = short(panels)
    names = dict(zip(panels, rests, strict=True))
    chosen: Sequence[str] = panels
    if len(panels) > MOST_PANELS:
        chosen = st.multiselect(
            t("Panels"),
            panels,
            default=panels[:MOST_PANELS],
            max_selections=MOST_PANELS,
            format_func=names.__getitem__,
            key="panels",
        )
    _shared(", ".join(part for part in parts(shared) if "#" not in part))
    for panel in chosen:
        inside = rows[[where[place].panel == panel for place in rows.place]]
        inside = inside.assign(
            size=[where[place].value for place in inside.place],
            order=[arms.index(arm) for arm in inside.arm],
        ).sort_values(["order", "size"])
        if names[panel]:
            words = names[panel].replace("#", "…")
            safe_html.show(safe_html.tag("p", words, css="rc-sentence"))
        points = pd.DataFrame(
            {
                "series": inside.arm,
                "size": inside["size"],
                "value": inside["value"],
                "low": inside.ci_low,
                "high": inside.ci_high,
            }
        )
        draw(
            lines(
                points,
                x=along,
                y=t("{unit}, 95% interval", unit=unit),
                base=_base(list(inside["size"])),
                log_y=spreads(points["value"]),
                format_x=",.6~g",
            ),
            alternative=t("{unit} of each arm along {along}", unit=unit, along=along),
        )


def _points(rows: pd.DataFrame, unit: str, arms: list[str]) -> None:
    """Draw settings that stand alone: one line for each arm and setting."""
    if rows.empty:
        return
    settings = list(dict.fromkeys(rows.place))
    shared, rests = short(settings)
    names = dict(zip(settings, rests, strict=True))
    _shared(shared)
    drawn = rows.head(MOST)
    points = pd.DataFrame(
        {
            "label": [
                " · ".join(part for part in (str(row.arm), names[row.place]) if part)
                + f" ({nt('{count:,} seed', '{count:,} seeds', int(row.seeds))})"
                for row in records(drawn)
            ],
            "value": drawn.value,
            "low": drawn.ci_low,
            "high": drawn.ci_high,
            "kind": drawn.arm,
        }
    )
    marks = {arm: Mark(SERIES[i], SHAPES[i]) for i, arm in enumerate(arms)}
    log = spreads(drawn.value)
    draw(
        forest(points, t("{unit}, 95% interval", unit=unit), marks, log=log),
        alternative=t("{unit} of each arm and setting", unit=unit),
    )
    if len(rows) > MOST:
        st.caption(t("The first {most} of {count}; the table has all.", most=MOST, count=len(rows)))


def _shared(words: str) -> None:
    if words:
        safe_html.show(safe_html.tag("p", t("All here: {words}.", words=words), css="rc-words"))


def _base(sizes: Sequence[float]) -> int | None:
    """Return the base of a logarithmic axis, or None for a linear one."""
    low, high = min(sizes), max(sizes)
    if low <= 0 or high < 10 * low:
        return None
    powers = all(math.log2(size).is_integer() for size in sizes)
    return 2 if powers else 10
