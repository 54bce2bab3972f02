"""Compare two or three models of a board: a sentence, then task by task, then all means."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import links, safe_html
from dashboard.as_sql import open_board_sql
from dashboard.charts.differences import lead
from dashboard.charts.drawing import draw
from dashboard.charts.paired_tasks import both_models, cut_names, paired_tasks
from dashboard.choosing import choose_mean
from dashboard.claims.reasons import translated
from dashboard.compared.pair_words import sentence, why_two
from dashboard.folded import funnel
from dashboard.language import t
from dashboard.leaderboards.board_sql import columns_of, pair_sql
from dashboard.leaderboards.computed import paired
from dashboard.leaderboards.models import matching
from dashboard.leaderboards.over_p import in_words
from dashboard.leaderboards.pairs import lead_points
from dashboard.leaderboards.rank_words import mean_words
from dashboard.leaderboards.ranks import COMPARED
from dashboard.leaderboards.task_choice import CHOICES, choose_tasks
from dashboard.leaderboards.tiers import Groups, groups_of
from dashboard.leaderboards.view import View, view_of
from dashboard.one_model.door import door
from dashboard.queries import boards as queries
from dashboard.reading import read
from dashboard.safe_html import name, tag
from dashboard.sheet import download
from evaluators.averaging import Board, Treatment
from evaluators.averaging.crossing import crossings
from evaluators.averaging.selection import Selection, select
from evaluators.averaging.stability.pair import PairedModels
from evaluators.errors import TreatmentError
from evaluators.model_facts.matching import Matches

_TREATMENT = Treatment(missing="available-only")
"""A pair is compared over the tasks that both have, so a gap need not leave a model out."""


def models_of_board() -> None:
    """Offer a board and two or three of its models, and compare each pair."""
    listed = read(queries.boards)
    if listed.empty:
        safe_html.note("info", t("The store has no leaderboard yet. Any plan run imports some:"))
        safe_html.code("rankcheck run plans/quickstart.yaml")
        return
    names = list(dict.fromkeys(listed.board))
    links.expect("board", names, t("the board"))
    first = "superglue" if "superglue" in names else names[0]
    links.forget("board", names, first)
    left, right, wide = st.columns([2, 1, 4])
    board_name = left.selectbox(
        t("Board"),
        names,
        index=names.index(first),
        key="board",
        bind="query-params",
    )
    of_board = listed[listed.board == board_name]
    snapshots = list(of_board.snapshot)
    links.expect("snapshot", snapshots, t("the snapshot"))
    links.forget("snapshot", snapshots, snapshots[0])
    snapshot = right.selectbox(t("Snapshot"), snapshots, key="snapshot", bind="query-params")
    chosen = of_board[of_board.snapshot == snapshot].iloc[0]
    board_id = str(chosen.board_id)
    whole = read(queries.board, str(board_name), str(snapshot))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        p = choose_mean()
        with st.popover(t("Tasks"), key="drawer-tasks", icon=funnel(CHOICES)):
            selection = choose_tasks(whole, board_id)
    matches = matching(whole, board_id, selection.where) if selection.where else None
    board, treatment = select(whole, _TREATMENT, selection, matches)
    view = view_of(board, board_id, treatment, p, selection.where)
    picked = _pick(view, wide)
    links.complain(t("Shown is {board}, snapshot {snapshot}.", board=board_name, snapshot=snapshot))
    if len(picked) < COMPARED[0]:
        safe_html.note("info", t("Choose two or three models."))
        return
    groups = _groups(board_id, whole, selection, matches, p)
    pairs = list(itertools.combinations(picked, 2))
    for first, second in pairs:
        try:
            found = paired(board_id, treatment, p, first, second, board)
        except TreatmentError as error:
            safe_html.note("warning", translated(str(error)))
            continue
        _pair(view, first, second, found, groups, alone=len(pairs) == 1)


def _groups(
    board_id: str, whole: Board, selection: Selection, matches: Matches | None, p: float
) -> Groups | None:
    """Return the tiers that the board's own page shows; None where it ranks nobody."""
    try:
        board, treatment = select(whole, Treatment(), selection, matches)
        return groups_of(board_id, treatment, p, board)
    except TreatmentError:
        return None


def _pick(view: View, place: st.delta_generator.DeltaGenerator) -> list[int]:
    """Offer the ranked models; the first two of the board at first."""
    able = {view.labels[row.position]: row.position for row in view.ranking.ranked}
    links.expect("model", list(able), t("the model"))
    if "model" in st.session_state:  # chosen on another board
        st.session_state["model"] = [n for n in st.session_state["model"] if n in able]
    else:
        named = [n for n in st.query_params.get_all("model") if n in able]
        st.session_state["model"] = (named or list(able)[: COMPARED[0]])[: COMPARED[1]]
    chosen = place.multiselect(
        t("Models"),
        list(able),
        key="model",
        bind="query-params",
        max_selections=COMPARED[1],
    )
    return [able[n] for n in chosen]


def _pair(
    view: View,
    first: int,
    second: int,
    found: PairedModels,
    groups: Groups | None,
    *,
    alone: bool,
) -> None:
    """Show one pair: a sentence, the paired differences, the scatter, and all means."""
    a, b = view.labels[first], view.labels[second]
    if not alone:
        st.header(" ".join(t("{first} and {second}", first=_plain(a), second=_plain(b)).split()))
    safe_html.show(sentence(view, (first, second), found, groups))
    with st.container(horizontal=True, vertical_alignment="center"):
        if groups is not None and found.low is not None:
            why_two(view, groups, key=f"{first}-{second}")
        for i in (first, second):
            door(view.board.models[i])
    rows = _rows(view, found)
    unit = t("points") if view.times == 100 or view.board.unit == 100 else t("board's unit")
    left, right = st.columns([3, 2])
    with left:
        draw(
            paired_tasks(
                rows,
                [t("first minus second, {unit}", unit=unit), t("95% interval of the mean")],
            ),
            alternative=t(
                "Differences of {first} and {second} by task, sorted, the mean on top",
                first=a,
                second=b,
            ),
        )
        safe_html.names_in_full(cut_names(rows))
    with right:
        draw(
            both_models(rows[1:], a, b),
            alternative=t("Score of {first} against {second} on each task", first=a, second=b),
        )
        _all_means(view, first, second)
    # Over the tasks that both have, as the treatment of this page is for two without gaps.
    columns = columns_of(view, found.tasks)
    whole = replace(view, treatment=replace(view.treatment, missing="unranked"))
    open_board_sql(pair_sql(whole, columns, first, second))
    download(rows.assign(first_model=a, second_model=b), f"{view.file_name}-{a}-{b}")


def _rows(view: View, found: PairedModels) -> pd.DataFrame:
    """Return the mean, then the tasks from the first model's best to its worst."""
    by_task = pd.DataFrame(
        {
            "task": found.tasks,
            "difference": view.times * found.differences,
            "low": float("nan"),
            "high": float("nan"),
            "first": view.times * found.first,
            "second": view.times * found.second,
        }
    ).sort_values("difference", ascending=False, kind="stable")
    mean = {
        "task": mean_words(view.ranking.mean),
        "difference": view.times * found.difference,
        "low": float("nan") if found.low is None else view.times * found.low,
        "high": float("nan") if found.high is None else view.times * found.high,
        "first": float("nan"),
        "second": float("nan"),
    }
    return pd.concat([pd.DataFrame([mean]), by_task], ignore_index=True)


def _all_means(view: View, first: int, second: int) -> None:
    """Say under which exponents each is above, and draw the lead if it turns."""
    try:
        (crossing,) = crossings(view.board, view.treatment, first, [second])
    except TreatmentError as error:
        safe_html.note("info", translated(str(error)))
        return
    a, b = view.labels[first], view.labels[second]
    if not crossing.exponents:
        above = a if crossing.above else b
        safe_html.show(
            tag(
                "p",
                safe_html.sentence("{model} is ahead under every power mean.", model=name(above)),
                css="rc-words",
            )
        )
        return
    safe_html.show(
        tag(
            "p",
            safe_html.sentence(
                "{first} is ahead for p in {above}, {second} for p in {below} (1 is the arithmetic"
                " mean).",
                first=name(a),
                above=in_words(crossing.above),
                second=name(b),
                below=in_words(crossing.below),
            ),
            css="rc-words",
        )
    )
    points = lead_points(view, first, second)
    if len(points) > 1:
        turns = [p for p in crossing.exponents if points.p.min() <= p <= points.p.max()]
        draw(
            lead(points, turns, t("Lead of {name}", name=a)),
            alternative=t("Lead of {name} over {other} under every exponent", name=a, other=b),
        )


def _plain(label: str) -> str:
    """Return a name for a heading, which reads Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:" else c for c in label)
