"""Show the tab "Ranks", and the tiles above all tabs."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.bump import bump, bump_points
from dashboard.charts.drawing import ink
from dashboard.folded import folded
from dashboard.leaderboards import downloads
from dashboard.leaderboards.computed import DRAWS, Groups, Spread, told_apart
from dashboard.leaderboards.downloads import shown
from dashboard.leaderboards.view import Choice, View
from dashboard.rank_table import rank_table, short, span_of
from dashboard.sheet import download, safe_name
from evaluators.averaging.stability.tiers import MOST_AT_ONCE
from evaluators.errors import TreatmentError


def headline(view: View, spread: Spread | None) -> None:
    """Show tiles with the leader, humans, the largest move and the number of rows.

    Args:
        view: Board, treatment and mean.
        spread: Rank intervals; None if nothing is ranked.
    """
    ranking = view.ranking
    ranked, rows = len(ranking.ranked), len(ranking.rows)
    columns = f"rows, over {formatting.counted(len(ranking.columns), 'column')}"
    first = ranking.ranked[0] if ranking.ranked else None
    tiles = [
        (
            f"First by the {ranking.mean} mean",
            safe_html.name(first.model) if first else "no row is ranked",
            _first_remark(view, spread) if first else columns,
        ),
        _humans(view, spread),
    ]
    largest = max(view.comparison.rows, key=lambda row: row.biggest_move, default=None)
    if largest is not None and largest.biggest_move:
        moved = formatting.counted(largest.biggest_move, "place")
        tiles.append(("Largest move between the means", safe_html.name(largest.model), moved))
    else:
        tiles.append(("Largest move between the means", "none", "every row keeps its rank"))
    tiles.append(("Ranked", f"{ranked} of {rows}", columns))
    safe_html.tiles(tiles, ["info", "warning" if view.human else "plain", "plain", "plain"])


def _first_remark(view: View, spread: Spread | None) -> str:
    first = view.ranking.ranked[0]
    score = f"score {formatting.score(first.score, view.board.unit)}"
    if spread is None or spread.tasks < 2:
        return score
    return f"{score}; first in {100 * spread.first[first.position]:.0f}% of resamples of the tasks"


def _humans(view: View, spread: Spread | None) -> tuple[str, object, object]:
    human = next((row for row in view.ranking.ranked if row.is_human), view.human)
    if human is None:
        return "Humans", "not on this board", ""
    if human.rank is None:
        return "Humans", "not ranked", human.left_out or ""
    places = next(row for row in view.comparison.rows if row.position == human.position).ranks
    remark = ", ".join(f"{short(mean)} {places[mean] or '–'}" for mean in view.means)
    if spread is not None and spread.tasks > 1:
        remark += f"; 95% interval {span_of(spread.ranks.get(human.position))}"
    return "Humans", f"rank {human.rank} of {len(view.ranking.ranked)}", remark


def reasons(view: View, source: list[tuple[str, str]]) -> None:
    """List the rows left out, the suspect cells, and every number.

    Args:
        view: Board, treatment and mean.
        source: The source of the board: labels and values.
    """
    board, left_out = view.board, view.ranking.left_out

    def without_rank() -> None:
        if left_out:
            st.dataframe(
                {"model": [r.model for r in left_out], "why": [r.left_out for r in left_out]},
                hide_index=True,
                alt="Rows left out, and why",
            )
        else:
            st.caption("Every row is ranked.")

    def doubtful() -> None:
        if board.suspect:
            suspects = sorted(board.suspect.items())
            st.dataframe(
                {
                    "model": [board.models[i] for (i, _), _ in suspects],
                    "column": [board.columns[j].name for (_, j), _ in suspects],
                    "value": [board.values[i, j] for (i, j), _ in suspects],
                    "why": [why for _, why in suspects],
                },
                hide_index=True,
                alt="Suspect cells",
            )
        else:
            st.caption("No cell of this snapshot is flagged suspect.")

    def numbers() -> None:
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        st.dataframe({"model": board.models, **cells}, hide_index=True, alt="Scores as published")
        safe_html.facts(source)

    folded(f"Rows left out, with reasons: {len(left_out)}", without_rank, key="left-out")
    folded(f"Suspect cells, as published: {len(board.suspect)}", doubtful, key="suspect")
    folded("All scores and their source", numbers, key="cells")


def ranks(view: View, choice: Choice, spread: Spread | None, source: list[tuple[str, str]]) -> None:
    """Show the bump chart, the table, its downloads, and the rows left out."""
    moves(view, choice)
    st.header("Ranks")
    spans = spread.ranks if spread is not None and spread.tasks > 1 else {}
    groups = _groups(view)
    safe_html.show(
        rank_table(
            view.board,
            view.ranking,
            view.comparison,
            only=choice.found or None,
            marked=choice.marked,
            spans=spans or None,
            tiers=groups.tiers if groups is not None else None,
        )
    )
    if spans and spread is not None:
        safe_html.show(
            safe_html.tag(
                "p",
                f"The 95% interval is that of the rank over {DRAWS:,} resamples of the"
                f" {spread.tasks} tasks with replacement (percentile bootstrap, seed 0).",
                css="rc-words",
            )
        )
    if groups is not None:
        sentence = (
            f"Over these tasks {groups.found}. A tier: the first row that is in none yet, and all"
            " that are not told apart from it. All pairs are compared at once, so that in 95% of"
            " such boards no equally good models are told apart."
        )
        safe_html.show(safe_html.tag("p", sentence, css="rc-words"))
    take_away(view, spans)
    reasons(view, source)


def _groups(view: View) -> Groups | None:
    """Return the tiers; None where the board has too few tasks or too many rows, or gaps."""
    if len(view.ranking.ranked) > MOST_AT_ONCE:
        return None
    try:
        return told_apart(view.board_id, view.treatment, view.p, view.board)
    except TreatmentError:
        return None


def moves(view: View, choice: Choice) -> None:
    """Draw how ranks move between the means."""
    if not choice.drawn:
        safe_html.note("info", "No row is ranked under any of these means.")
        return
    title = "  →  ".join(short(mean) for mean in view.means)
    st.header("Ranks by mean")
    caption = (
        f"{title}. The chart shows the top {choice.top} by the {view.ranking.mean} mean, humans,"
        " pinned rows and search hits. The number on a point is the rank."
    )
    safe_html.show(safe_html.tag("p", caption, css="rc-question"))
    names = [mean.replace("-", "\N{MINUS SIGN}") for mean in view.means]
    points = bump_points(list(choice.drawn), view.means, choice.marked)
    shown(
        bump(points, names, ink()),
        paper=lambda: bump(points, names),
        alternative=f"Bump chart of ranks under {', '.join(view.means)}",
        said=view.said,
        name=f"{view.file_name}-bump",
    )


def take_away(view: View, spans: dict[int, tuple[int, int]]) -> None:
    """Offer the table as CSV, LaTeX and Markdown."""
    name = safe_name(view.file_name)
    with st.container(horizontal=True):
        download(downloads.rank_frame(view, spans), view.file_name)
        for label, ending, mime, write in (
            ("LaTeX", "tex", "application/x-tex", downloads.latex),
            ("Markdown", "md", "text/markdown", downloads.markdown),
        ):
            st.download_button(
                f"Download {label}",
                partial(write, view, spans),  # called on a click
                f"{name}.{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"{ending}-{name}",
            )
