"""Training curves of the arms, and which arms still improve when training ends."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.charts.drawing import draw, spreads
from dashboard.charts.lines import lines
from dashboard.experiments.scores import MOST_ARMS, placed
from dashboard.experiments.settings import short
from dashboard.experiments.tables import query, table
from dashboard.folded import folded
from dashboard.language import t
from dashboard.queries import experiments


def training(rows: pd.DataFrame, evaluator: str) -> None:
    """Draw the mean loss of every arm in one setting, by percent of training.

    Args:
        rows: As `queries.experiments.curves` returns them.
        evaluator: Whose they are.
    """
    if rows.empty:
        safe_html.note("info", t("Nothing is trained in this experiment, or no curve was kept."))
        return
    rows = placed(rows)
    settings = list(dict.fromkeys(rows.place))
    names = dict(zip(settings, short(settings)[1], strict=True))
    setting = settings[0]
    if len(settings) > 1:
        setting = str(
            st.selectbox(
                t("Setting"),
                settings,
                format_func=lambda each: names[each] or each,
                key="of-setting",
            )
        )
    own = rows[rows.place == setting]
    arms = list(dict.fromkeys(own.arm))
    if len(arms) > MOST_ARMS:
        arms = st.multiselect(
            t("Arms"), arms, default=arms[:MOST_ARMS], max_selections=MOST_ARMS, key="trained-arms"
        )
    own = own[own.arm.isin(arms)]
    if own.empty:
        safe_html.note("info", t("Choose an arm."))
        return
    points = pd.DataFrame(
        {
            "series": own.arm,
            "size": own.share,
            "value": own.loss,
            "low": own.ci_low,
            "high": own.ci_high,
        }
    )
    draw(
        lines(
            points,
            x=t("% of training"),
            y=t("training loss, 95% interval"),
            base=None,
            log_y=spreads(own.loss),
            format_x=",.6~g",
        ),
        alternative=t("Training loss of each arm"),
    )
    st.caption(
        t(
            "The first step, then means over tenths of training; over seeds, with 95%"
            " intervals. Arms may minimise different losses: compare each with itself. A"
            " claim is not judged on an arm whose loss still falls when training ends."
        )
    )
    labels = {"share": t("% of training"), "ci_low": t("95% from"), "ci_high": t("95% to")}
    folded(
        t("The numbers of every curve"),
        lambda: table(
            rows.drop(columns=["place"]), labels, t("Training losses"), "experiment-curves"
        ),
        key="curves",
    )
    query(experiments.CURVES, "curves", evaluator=evaluator)
