"""Who leads, and does that survive another mean or another treatment of the cells?"""

from __future__ import annotations

import streamlit as st

from dashboard import inert, words
from dashboard.charts.bump import bump, bump_points, bump_rows
from dashboard.choosing import choose_board, choose_mean, choose_treatment
from dashboard.queries import boards
from dashboard.rank_table import rank_frame, rank_table, short
from dashboard.reading import read
from dashboard.sheet import download
from evaluators.averaging import MEANS, Board, Comparison, Ranking, compare, mean_name, rank

inert.heading("Leaderboards", "Who leads, and does that survive another mean or another treatment?")


def means_shown(p: float) -> dict[str, float]:
    """Return the means side by side: the three, and the chosen one in its place among them."""
    every = {**MEANS, mean_name(p): p}
    return dict(sorted(every.items(), key=lambda item: -item[1]))


def headline(board: Board, ranking: Ranking, comparison: Comparison) -> None:
    """Say who leads and where humans stand, in tiles."""
    size = f"{len(ranking.ranked)} of {len(ranking.rows)} rows over {len(ranking.columns)} columns"
    first = ranking.ranked[0] if ranking.ranked else None
    human = next((row for row in ranking.ranked if row.is_human), ranking.human)
    tiles = [
        (
            f"First by the {ranking.mean} mean",
            inert.name(first.model) if first else "nobody is ranked",
            f"score {words.number(first.score)}" if first else size,
        )
    ]
    if human is None:
        tiles.append(("Humans", "not on this board", ""))
    elif human.rank is None:
        tiles.append(("Humans", "not ranked", human.left_out or ""))
    else:
        places = next(row for row in comparison.rows if row.position == human.position).ranks
        said = ", ".join(f"{short(m)} {places[m] or '–'}" for m in comparison.rankings)
        tiles.append(("Humans", f"rank {human.rank} of {len(ranking.ranked)}", said))
    most = max(comparison.rows, key=lambda row: row.biggest_move, default=None)
    if most is not None and most.biggest_move:
        moved = words.counted(most.biggest_move, "place")
        tiles.append(("Moves most between the means", inert.name(most.model), moved))
    else:
        tiles.append(("Moves between the means", "nobody", ""))
    tiles.append(("Ranked", f"{len(ranking.ranked)} of {len(ranking.rows)}", size))
    inert.tiles(tiles, ["info", "warning" if human else "plain", "plain", "plain"])


def moves(ranking: Ranking, comparison: Comparison, found: set[int], top: int) -> None:
    """Draw how ranks move between the means."""
    means = list(comparison.rankings)
    drawn = bump_rows(comparison, by=ranking.mean, top=top, found=found)
    if not drawn:
        inert.note("info", "No row is ranked under any of these means.")
        return
    title = "  →  ".join(short(mean) for mean in means)
    st.subheader("How ranks move")
    said = f"{title}. The first {top} by the {ranking.mean} mean, humans, and what a search finds."
    inert.show(inert.tag("p", f"{said} Each point carries its rank.", css="rc-question"))
    names = [mean.replace("-", "\N{MINUS SIGN}") for mean in means]
    chart = bump(bump_points(drawn, means, found), names)
    st.altair_chart(chart, width="stretch", alt=f"Bump chart of ranks under {', '.join(means)}")


def reasons(board: Board, ranking: Ranking) -> None:
    """List what is left out and what is doubtful."""
    left = ranking.left_out
    with st.expander(f"Left out: {words.counted(len(left), 'row')}, each with its reason"):
        if left:
            st.dataframe(
                {"model": [r.model for r in left], "why": [r.left_out for r in left]},
                hide_index=True,
                alt="Rows left out, and why",
            )
        else:
            st.caption("Every row is ranked.")
    with st.expander(f"Suspect: {words.counted(len(board.suspect), 'cell')}, as printed"):
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
    with st.expander("The numbers themselves, and where they come from"):
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        st.dataframe({"model": board.models, **cells}, hide_index=True, alt="Scores as printed")
        pairs = [(label, chosen[label]) for label in ("source", "retrieved", "licence", "notes")]
        inert.facts((label, value) for label, value in pairs if isinstance(value, str) and value)


listed = read(boards.boards)
if listed.empty:
    inert.note("info", "No leaderboard is in the store yet. A run brings the bundled ones:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()

chosen = choose_board(listed)
p = choose_mean()
treatment = choose_treatment()
board = read(boards.board, str(chosen.board), str(chosen.snapshot))
ranking = rank(board, treatment, p)
comparison = compare(board, treatment, means_shown(p))

headline(board, ranking, comparison)
for said in ranking.notes:
    inert.note("warning", said)

search_box, top_box = st.columns([2, 1])
search = search_box.text_input(
    "Search a model or a submitter", key="search", bind="query-params", max_chars=200
).strip()
top = top_box.slider("First rows to draw", 3, 40, 12, key="top", bind="query-params")
matches = {
    row.position
    for row in ranking.rows
    if search and search.lower() in f"{row.model} {row.submitted_by}".lower()
}
if search and not matches:
    inert.note("info", f"No row has {search!r} in its name.")

moves(ranking, comparison, matches, top)
st.subheader("Ranks")
inert.show(rank_table(board, ranking, comparison, only=matches or None))
download(
    rank_frame(board, ranking, comparison),
    f"{ranking.board}-{ranking.snapshot}-{treatment.name}-{ranking.mean}",
)
reasons(board, ranking)
