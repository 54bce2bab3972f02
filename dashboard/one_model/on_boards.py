"""Show where a model stands on every board, and its tasks on one beside the best and the median."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.as_sql import open_board_sql, sql_of
from dashboard.charts.beside_best import beside_best, cut_names
from dashboard.charts.drawing import draw
from dashboard.claims.reasons import translated
from dashboard.language import t
from dashboard.leaderboards.board_sql import places_sql
from dashboard.leaderboards.computed import spread
from dashboard.leaderboards.finding import as_opened
from dashboard.leaderboards.rank_words import span_of
from dashboard.leaderboards.tiers import groups_of
from dashboard.leaderboards.view import view_of
from dashboard.queries import boards
from dashboard.queries import model_boards as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.tables import table
from evaluators.errors import EvaluatorError

MOST_DRAWN = 60


def title_of(row: Any) -> str:
    """Return what a board is called."""
    known = isinstance(row.title, str) and row.title
    return " ".join(str(row.title if known else row.board).split())


def standings(found: pd.DataFrame) -> pd.DataFrame:
    """Return where a model stands on each board, as the board's page opens.

    Args:
        found: The model's rows of `queries.rows`.

    Returns:
        The rows with `rank, low, high, ranked, tier, score, leader, leader_score, why, view`; of a
        board that cannot be ranked, `why` alone.
    """
    listed = [
        {**row._asdict(), **_standing(str(row.board_id), int(row.model_position), row)}
        for row in records(found)
    ]
    return pd.DataFrame(listed, columns=[*found.columns, *_STANDING])


_STANDING = (
    *("rank", "low", "high", "ranked", "tier", "score", "leader", "leader_score", "why", "view"),
)


# An import of a board never changes; a dozen wide boards take a second to read again.
@st.cache_resource(max_entries=128, show_spinner=False)
def _standing(board_id: str, position: int, _row: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(_STANDING)
    try:
        whole = read(boards.board, str(_row.board), str(_row.snapshot))
        board, treatment = as_opened(whole, board_id)
        view = view_of(board, board_id, treatment, 1.0)
    except EvaluatorError as error:
        return {**nothing, "why": str(error)}
    own = next(each for each in view.ranking.rows if each.position == position)
    ranked = view.ranking.ranked
    if own.rank is None:
        return {**nothing, "ranked": len(ranked), "why": own.left_out}
    sure = spread(board_id, treatment, 1.0, board)
    low, high = sure.ranks[own.position] if sure.tasks > 1 else (None, None)
    # The store has the tiers of a board on all its tasks, where it was imported with them.
    tier = _row.stored_tier if board is whole else None
    if formatting.is_missing(tier):
        tier = groups_of(board_id, treatment, 1.0, board).tiers.get(own.position)
    return {
        "rank": own.rank,
        "low": low,
        "high": high,
        "ranked": len(ranked),
        "tier": None if tier is None else int(tier),
        "score": view.times * (own.score or 0.0),
        "leader": ranked[0].model,
        "leader_score": view.times * (ranked[0].score or 0.0),
        "why": "",
        "view": view,
    }


def place_in_words(row: Any) -> str:
    """Return a rank with its interval, such as `rank 6 of 24 (95% 1–7)`."""
    said = t("rank {rank} of {count:,}", rank=int(row.rank), count=int(row.ranked))
    span = span_of(ends(row))
    return f"{said} (95% {span})" if ends(row) else said


def ends(row: Any) -> tuple[int, int] | None:
    """Return the 95% interval of a rank; None where it is unknown."""
    return None if formatting.is_missing(row.low) else (int(row.low), int(row.high))


def ranks_table(on: pd.DataFrame) -> None:
    """Show where the model stands on every board."""
    st.header(t("On boards"))
    rows = list(records(on))
    frame = pd.DataFrame(
        {
            "board": [title_of(row) for row in rows],
            "snapshot": on.snapshot,
            "model": on.model,
            "submitted by": on.submitted_by.fillna(""),
            "rank": on["rank"].astype("Int64"),
            "ranks": [span_of(ends(row)) for row in rows],
            "ranked": on.ranked.astype("Int64"),
            "tier": on.tier.astype("Int64"),
            "score": on.score.astype("Float64"),
            "leader": on.leader.fillna(""),
            "leader_score": on.leader_score.astype("Float64"),
            "why not ranked": on.why.fillna("").map(translated),
        }
    )
    kept = [name for name in frame if not (frame[name].isna() | (frame[name] == "")).all()]
    number = st.column_config.NumberColumn
    table(
        frame[kept],
        hide_index=True,
        column_config={
            "board": t("board"),
            "snapshot": t("snapshot"),
            "ranks": st.column_config.TextColumn(
                "95%", help=t("95% interval of the rank over other draws of the tasks")
            ),
            "ranked": number(t("of"), help=t("How many models are ranked")),
            "score": number(t("score"), format="%.4g"),
            "leader": t("leads"),
            "leader_score": number(t("the leader's score"), format="%.4g"),
        },
        alt=t("The model on every board"),
    )
    ranked = [row for row in rows if row.view is not None]
    open_board_sql(places_sql((row.view, int(row.model_position)) for row in ranked))
    st.caption(
        t(
            "The newest snapshot of each board by the arithmetic mean, over the tasks that its page"
            " opens on."
        )
    )


def by_task(found: pd.DataFrame) -> None:
    """Show the model's scores on one of its boards, each beside the best and the median."""
    rows = list(records(found))
    labels = [_label(row, found) for row in rows]
    asked = st.query_params.get("board")
    first = next((i for i, row in enumerate(rows) if row.board == asked), 0)

    def name() -> None:
        st.query_params["board"] = str(rows[labels.index(st.session_state["of-model"])].board)

    st.header(t("Task by task"))
    row = rows[first]
    if len(rows) > 1:
        chosen = st.selectbox(t("Board"), labels, index=first, key="of-model", on_change=name)
        row = rows[labels.index(chosen)]
    st.page_link(
        "screens/leaderboards.py",
        label=t("The whole board"),
        icon=":material/leaderboard:",
        query_params={"board": str(row.board), "snapshot": str(row.snapshot)},
    )
    tasks = read(queries.tasks, str(row.board_id), int(row.model_position))
    if tasks.empty:
        safe_html.note("info", t("The board has no score of this model."))
        return
    safe_html.show(safe_html.tag("p", _summary(tasks), css="rc-answer"))
    draw(
        beside_best(tasks.head(MOST_DRAWN)),
        alternative=t("Each score between the median and the best of all models"),
    )
    safe_html.names_in_full(cut_names(tasks.head(MOST_DRAWN)))
    shown = tasks.drop(columns=["higher_is_better", "unit_max"])
    number = st.column_config.NumberColumn
    table(
        shown.dropna(axis="columns", how="all"),
        hide_index=True,
        height=min(420, 38 + 35 * len(shown)),
        column_config={
            "type": t("type"),
            "value": number(t("score"), format="%.4g"),
            "median": number(t("median"), format="%.4g"),
            "best": number(t("best"), format="%.4g"),
            "best_model": t("best model"),
            "place": t("place on the task"),
            "models": t("models with a score"),
        },
        alt=t("The model's scores on the board, beside the best and the median"),
    )
    open_board_sql(sql_of(queries.tasks, str(row.board_id), int(row.model_position)))
    download(shown, f"{row.board}-{row.snapshot}-{row.model}")


def _label(row: Any, found: pd.DataFrame) -> str:
    """Return what a row is called in the choice: its board, and the row where it has several."""
    label = f"{title_of(row)} {row.snapshot}"
    twice = (found.board == row.board).sum() > 1
    return f"{label} · {row.model} ({int(row.model_position) + 1})" if twice else label


def _summary(tasks: pd.DataFrame) -> str:
    better = tasks.higher_is_better.astype(bool)
    ahead = ((tasks.value > tasks["median"]) == better) & (tasks.value != tasks["median"])
    return t(
        "Of {count} columns it is the best on {best}, and ahead of the median on {ahead}.",
        count=len(tasks),
        best=int((tasks.place == 1).sum()),
        ahead=int(ahead.sum()),
    )
