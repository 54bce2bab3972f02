"""Say of two models which is better: when only they are compared, and among all of their board."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting, safe_html
from dashboard.language import nt, t
from dashboard.leaderboards.tiers import Groups, why_none
from dashboard.leaderboards.view import View
from dashboard.safe_html import Html, name, tag
from evaluators.averaging.stability.pair import PairedModels
from evaluators.averaging.stability.tiers import MOST_AT_ONCE


def sentence(
    view: View, places: tuple[int, int], found: PairedModels, groups: Groups | None
) -> Html:
    """Return which of two models is better by how much, and how sure both ways of asking are.

    Args:
        view: The board as the two are compared.
        places: Positions of the two.
        found: The two compared with each other alone.
        groups: The tiers of the board; None where it ranks nobody.
    """
    sign = 1 if found.difference >= 0 else -1
    first, second = places[::sign]
    one, other = view.labels[first], view.labels[second]
    better, worse = tag("strong", name(one)), tag("strong", name(other))
    size = formatting.number(abs(found.difference) * view.times, 2)
    if found.low is None or found.high is None:
        said = safe_html.sentence(
            "{model} is higher than {other}: {size}.", model=better, other=worse, size=size
        )
        return tag("p", said, css="rc-answer")
    low, high = sorted((sign * found.low * view.times, sign * found.high * view.times))
    numbers = {
        "model": better,
        "other": worse,
        "tasks": nt("{count:,} task", "{count:,} tasks", len(found.tasks)),
        "size": size,
        "low": formatting.number(low, 2),
        "high": formatting.number(high, 2),
    }
    alone = (
        safe_html.sentence(
            "{model} scores higher than {other} by {size} (95%: {low} to {high}) over {tasks} when"
            " only these two are compared",
            **numbers,
        )
        if found.apart
        else safe_html.sentence(
            "{model} and {other} cannot be told apart over {tasks} when only these two are"
            " compared ({size}, 95%: {low} to {high})",
            **numbers,
        )
    )
    lead = safe_html.sentence("{alone}{among}.", alone=alone, among=_among(groups, first, second))
    ahead = found.ahead if sign > 0 else 1 - found.ahead
    how = safe_html.sentence(
        "{model} is ahead on {wins} of the tasks, and in {share} of 100 other draws of the tasks"
        " ({method}).",
        model=name(one),
        wins=int((sign * found.differences > 0).sum()),
        share=min(99, round(100 * ahead)) if ahead < 1 else 100,
        method=_method(found),
    )
    return tag("p", lead, " ", how, css="rc-answer")


def _method(found: PairedModels) -> str:
    """Return what the interval of a difference is, in words."""
    if found.method == "t":
        return t("Student's t over {tasks} paired differences", tasks=len(found.tasks))
    return t(
        "percentiles of {draws:,} resamples of the {tasks} tasks",
        draws=found.resamples,
        tasks=len(found.tasks),
    )


def _among(groups: Groups | None, first: int, second: int) -> str:
    """Return what the tiers of the board say of the two, after a semicolon; empty for nothing."""
    if groups is None or not groups.tiers:
        return ""
    apart, count = groups.apart(first, second), len(groups.tiers)
    models = (
        t("the first {count:,} models of the board", count=count)
        if count == MOST_AT_ONCE
        else t("all {count:,} ranked models of the board", count=count)
    )
    if apart is None:
        return t(
            "; one of them is not among {models}, so they have no tiers to compare", models=models
        )
    tiers = {"models": models, "one": groups.tiers[first], "other": groups.tiers[second]}
    same = tiers["one"] == tiers["other"]
    if apart and not same:
        return t("; among {models} they are told apart, in tiers {one} and {other}", **tiers)
    if apart:
        return t(
            "; among {models} they are told apart, though both are in tier {one}, from whose first"
            " model neither is",
            **tiers,
        )
    if same:
        return t("; among {models} they cannot be told apart and share tier {one}", **tiers)
    return t(
        "; among {models} they cannot be told apart from each other, though their tiers are {one}"
        " and {other}",
        **tiers,
    )


def why_two(view: View, groups: Groups, *, key: str) -> None:
    """Offer the reason why two models alone and all models of a board get different answers.

    Args:
        view: The board as the two are compared.
        groups: The tiers of the board.
        key: Tells one pair from another.
    """
    with st.popover(t("Why two answers?"), icon=":material/help:", key=f"why-{key}"):
        if groups.lacking is not None:
            st.caption(why_none(groups))
            return
        count = len(groups.tiers)
        words = (
            t(
                "Two models that were chosen beforehand are one question, whose interval is wrong"
                " in 5% of boards. A board asks {pairs:,} questions at once, one for each pair of"
                " its {count:,} models: with such intervals, about {false:,.0f} pairs of equally"
                " good models could look different. Tiers allow one such mistake anywhere in 5% of"
                " boards, so they need larger differences.",
                pairs=count * (count - 1) // 2,
                count=count,
                false=0.05 * count * (count - 1) / 2,
            ),
            t(
                "Go by the first answer if you had chosen the two before you saw the board, and by"
                " the second if you chose them for their ranks."
            ),
        )
        safe_html.show(*(tag("p", each, css="rc-words") for each in words))
        st.page_link(
            "screens/leaderboards.py",
            label=t("How the tiers of this board are found"),
            icon=":material/arrow_forward:",
            query_params={
                "board": view.board.name,
                "snapshot": view.board.snapshot,
                "view": "Behind the table",
            },
        )
