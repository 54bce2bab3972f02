"""Show the tab "Size": score against size, and the models on the Pareto front."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.charts.drawing import ink
from dashboard.charts.front import front_chart, front_points
from dashboard.claims.reasons import translated
from dashboard.folded import in_address
from dashboard.language import sentences, t
from dashboard.leaderboards.computed import DRAWS, front_over
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.rank_words import fact_words
from dashboard.leaderboards.view import Choice, View
from dashboard.sheet import download
from evaluators.averaging.pareto import Front
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import SIZES

_SHOWN = 20  # rows of the table that are not scrolled


def size(view: View, choice: Choice) -> None:
    """Draw score against size, and list the models that none at most as large is better than."""
    st.header(t("Size against score"))
    ranked = [row.position for row in view.ranking.ranked]
    known = [fact for fact in SIZES if any(fact in view.board.facts[i] for i in ranked)]
    if not known:
        _nothing_known()
        return
    if st.session_state.get("by") not in (None, *known):  # chosen on another board
        del st.session_state["by"]
    fact = st.selectbox(t("Size"), known, **in_address("by", known, known[0], fact_words))
    try:
        front = front_over(view.board_id, view.treatment, view.p, fact, view.board)
    except TreatmentError as error:
        safe_html.note("info", translated(str(error)))
        return
    words = fact_words(fact)
    sure = sum(front.share[row.row] >= front.confidence for row in front.rows)
    safe_html.note(
        "info",
        t("{sentence}.", sentence=front.headline),
        t(
            "{sure} of these {rows} stay there in at least {confidence:.0%} of {draws:,}"
            " resamples of the tasks.",
            sure=sure,
            rows=len(front.rows),
            confidence=front.confidence,
            draws=DRAWS,
        ),
    )
    points = front_points(front, view.labels, choice.marked, view.times)
    shown(
        front_chart(points, fact, ink(), view.times),
        paper=lambda: front_chart(points, fact, times=view.times),
        alternative=t("Score against {words}, with the front as a line of steps", words=words),
        said=view.said,
        name=f"{view.file_name}-{fact}",
    )
    _table(view, front)


def _table(view: View, front: Front) -> None:
    st.subheader(t("On the front"))
    digits = 2
    words = fact_words(front.fact)
    rows = pd.DataFrame(
        {
            words: row.size,
            "model": view.labels[int(front.contest.positions[row.row])],
            "score": view.times * float(front.contest.scores[row.row]),
            "rank": int(front.contest.ranks[row.row]),
            "on front": 100 * float(front.share[row.row]),
            "gain": _scaled(row.gain, view.times),
            "gain_low": _scaled(row.gain_low, view.times),
            "gain_high": _scaled(row.gain_high, view.times),
        }
        for row in front.rows
    )
    table = rows.assign(
        gain=[formatting.signed(gain, digits) for gain in rows.gain],
        interval=[
            formatting.interval(low, high, digits)
            for low, high in zip(rows.gain_low, rows.gain_high, strict=True)
        ],
    )
    tables.table(
        table,
        hide_index=True,
        height="content" if len(table) <= _SHOWN else "auto",
        column_order=[words, "model", "score", "rank", "on front", "gain", "interval"],
        column_config={
            words: st.column_config.NumberColumn(words, format="compact"),
            "score": st.column_config.NumberColumn(
                formatting.score_head(view.times), format=f"%.{digits}f"
            ),
            "on front": st.column_config.NumberColumn(t("on front, %"), format="%.0f"),
            "interval": t("95% interval"),
        },
        alt=t("Models on the front, from the smallest"),
    )
    more = SIZES[front.fact]
    said = [
        t("On the front: no other ranked model is both at least as large and better.")
        if more
        else t("On the front: no other ranked model is both at most as large and better."),
        t("On front, %: of resamples of the tasks."),
        t(
            "Gain: the score less that of the front's next larger model; where its interval reaches"
            " below 0, the larger one may be as good."
        )
        if more
        else t(
            "Gain: the score less that of the front's next smaller model; where its interval"
            " reaches below 0, the smaller one may be as good."
        ),
    ]
    if (rows[words] == 0).any():
        said.append(t("A size of 0 is drawn where half the smallest other one is."))
    safe_html.show(safe_html.tag("p", sentences(*said), css="rc-words"))
    download(rows, f"{view.file_name}-front")


def _scaled(value: float | None, times: float) -> float | None:
    return None if value is None else times * value


def _nothing_known() -> None:
    safe_html.note(
        "info",
        t(
            "No ranked model of this board has a known size. Sizes come with the import:"
            " from model_meta.json of MTEB's results, from model cards, or from columns such"
            " as fact.parameters of a CSV file:"
        ),
    )
    safe_html.code("rankcheck import csv scores.csv --board NAME --snapshot DATE")
