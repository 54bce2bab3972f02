"""Show which rows change places, and at which exponents."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.differences import lead
from dashboard.choosing import choose_row
from dashboard.language import nt, t
from dashboard.leaderboards.computed import (
    LEAST,
    MOST,
    STEP,
    among,
    chances,
    over_exponents,
    stands,
)
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.over_p import in_words, standing_of
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.view import Choice, View
from dashboard.tables import table
from evaluators.averaging.crossing import Crossing
from evaluators.errors import TreatmentError


def pairs(view: View, choice: Choice) -> None:
    """Compare one row with all others or one, and list overtakings among drawn rows."""
    st.header(t("One model over all exponents"))
    left, right = st.columns(2)
    with left:
        row = choose_row(view, t("Row"), key="row")
    with right:
        rival = (
            None if row is None else choose_row(view, t("Compared with"), key="rival", without=row)
        )
    if row is None:
        safe_html.note("info", t("This board has no ranked row to compare."))
        return
    standing_of(view, row)
    try:
        crossings = stands(view.board_id, view.treatment, row, view.board).crossings
    except TreatmentError:  # `standing_of` has said why
        crossings = ()
    if crossings and rival is None:
        _every_rival(view, row, crossings)
    elif crossings:
        _one_rival(view, next(pair for pair in crossings if pair.rival == rival))
    _overtakings(view, choice)


def _every_rival(view: View, row: int, crossings: tuple[Crossing, ...]) -> None:
    comparable = [pair for pair in crossings if pair.both]
    turning = [pair for pair in comparable if pair.exponents]
    between = [p for pair in comparable for p in pair.exponents if -1 <= p <= 1]
    safe_html.note(
        "info",
        safe_html.sentence(
            "{model} changes places with {turning} of {rivals} at some exponent, {times} between"
            " the arithmetic and the harmonic mean.",
            model=safe_html.name(view.labels[row]),
            turning=len(turning),
            rivals=nt("{count:,} rival", "{count:,} rivals", len(comparable)),
            times=nt("{count:,} time", "{count:,} times", len(between)),
        ),
    )
    probabilities = _chances(view, row)
    comparable.sort(key=lambda pair: min((abs(p) for p in pair.exponents), default=float("inf")))
    table(
        pd.DataFrame(
            {
                "rival": [view.labels[pair.rival] for pair in comparable],
                "turns": [_turns(pair.exponents) for pair in comparable],
                "above": [in_words(pair.above) for pair in comparable],
                "chance": [
                    None if pair.rival not in probabilities else 100 * probabilities[pair.rival]
                    for pair in comparable
                ],
            }
        ),
        hide_index=True,
        height=340 if len(comparable) > 8 else "auto",
        column_config={
            "turns": t("they change places at p"),
            "above": t("above the rival for p in"),
            "chance": st.column_config.NumberColumn(
                t("above in resamples of the tasks, %"),
                format="%.0f",
                help=t(
                    "Share of bootstrap resamples of the tasks with the row above the rival, under"
                    " the {mean}; ties count half.",
                    mean=mean_words(view.ranking.mean),
                ),
            ),
        },
        alt=t("One row compared with every other"),
    )


def _one_rival(view: View, pair: Crossing) -> None:
    name, other = view.labels[pair.row], view.labels[pair.rival]
    if not pair.both:
        safe_html.note(
            "warning", t("These two rows never both have a mean, so they cannot be compared.")
        )
        return
    sentences = [
        safe_html.sentence(
            "{model} is above for p in {where}.", model=safe_html.name(a), where=in_words(exponents)
        )
        for a, exponents in ((name, pair.above), (other, pair.below))
    ]
    if pair.touches:
        sentences.append(
            safe_html.sentence(
                "They tie without changing places at p = {exponents}.",
                exponents=_turns(pair.touches),
            )
        )
    probability = _chances(view, pair.row).get(pair.rival)
    if probability is not None:
        share = f"{probability:.0%}"
        sentences.append(
            safe_html.sentence(
                "{model} is above in {share} of resamples of the tasks, {mean}.",
                model=safe_html.name(name),
                share=share,
                mean=mean_words(view.ranking.mean),
            )
        )
    safe_html.note("info", *sentences)
    points = lead_points(view, pair.row, pair.rival)
    if len(points) > 1:
        turns = [p for p in pair.exponents if points.p.min() <= p <= points.p.max()]
        shown(
            lead(points, turns, t("Lead of {name}", name=name)),
            alternative=t(
                "Lead of {name} over {other} under every exponent", name=name, other=other
            ),
            said=f"{view.said.split(',')[0]}, treatment {view.treatment.name}: {name} over {other}",
            name=f"{view.file_name}-{name}-{other}",
        )


def _overtakings(view: View, choice: Choice) -> None:
    st.header(t("Overtakings among the rows in the charts"))
    turns = among(view.board_id, view.treatment, choice.positions, view.board)
    most, least = formatting.number(MOST, 0), formatting.number(LEAST, 0)
    caption = t(
        "As p falls from {most} to {least}, {overtakings} among {rows}. AM is p = 1, GM 0, HM"
        " \N{MINUS SIGN}1. A pair that changes places twice within a step of {step:g} is missed"
        " here; the comparison of two rows above is exact.",
        most=most,
        least=least,
        overtakings=nt("{count:,} overtaking", "{count:,} overtakings", len(turns)),
        rows=nt("{count:,} row", "{count:,} rows", len(choice.positions)),
        step=STEP,
    )
    safe_html.show(safe_html.tag("p", caption, css="rc-question"))
    if turns:
        table(
            pd.DataFrame(
                {
                    "p": [turn.p for turn in turns],
                    "overtakes": [view.labels[turn.row] for turn in turns],
                    "is overtaken": [view.labels[turn.rival] for turn in turns],
                }
            ),
            hide_index=True,
            height=340 if len(turns) > 8 else "auto",
            column_config={"p": st.column_config.NumberColumn(t("at p"), format="%.4f")},
            alt=t("Overtakings in order of the exponent"),
        )


def _chances(view: View, row: int) -> dict[int, float]:
    if all(ranked.position != row for ranked in view.ranking.ranked):
        return {}
    return chances(view.board_id, view.treatment, view.p, row, view.board)


def _turns(exponents: tuple[float, ...]) -> str:
    return ", ".join(f"{p:.4f}" for p in exponents).replace("-", "\N{MINUS SIGN}") or t("never")


def lead_points(view: View, first: int, second: int) -> pd.DataFrame:
    """Return by how much one row leads another under every exponent where both have a mean.

    Args:
        view: The board as it is shown.
        first: Position of the row that leads.
        second: Position of the other.
    """
    curves = over_exponents(view.board_id, view.treatment, view.board)
    lead = view.times * (curves.scores[:, first] - curves.scores[:, second])
    return pd.DataFrame({"p": curves.p, "lead": lead}).dropna()
