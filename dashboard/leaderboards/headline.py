"""Who leads and where humans stand, in four tiles."""

from __future__ import annotations

from dashboard import inert, words
from dashboard.leaderboards.computed import Spread
from dashboard.leaderboards.view import View
from dashboard.rank_table import short, span_of


def headline(view: View, sure: Spread | None) -> None:
    """Show the tiles.

    Args:
        view: What is looked at.
        sure: Rank intervals; None where nothing is ranked.
    """
    ranking = view.ranking
    ranked, rows = len(ranking.ranked), len(ranking.rows)
    columns = f"rows, over {words.counted(len(ranking.columns), 'column')}"
    first = ranking.ranked[0] if ranking.ranked else None
    tiles = [
        (
            f"First by the {ranking.mean} mean",
            inert.name(first.model) if first else "nobody is ranked",
            _first_said(view, sure) if first else columns,
        ),
        _humans(view, sure),
    ]
    most = max(view.comparison.rows, key=lambda row: row.biggest_move, default=None)
    if most is not None and most.biggest_move:
        moved = words.counted(most.biggest_move, "place")
        tiles.append(("Moves most between the means", inert.name(most.model), moved))
    else:
        tiles.append(("Moves between the means", "nobody", ""))
    tiles.append(("Ranked", f"{ranked} of {rows}", columns))
    inert.tiles(tiles, ["info", "warning" if view.human else "plain", "plain", "plain"])


def _first_said(view: View, sure: Spread | None) -> str:
    first = view.ranking.ranked[0]
    said = f"score {words.number(first.score)}"
    if sure is None or sure.tasks < 2:
        return said
    return f"{said}; first in {100 * sure.first[first.position]:.0f}% of draws of the tasks"


def _humans(view: View, sure: Spread | None) -> tuple[str, object, object]:
    human = next((row for row in view.ranking.ranked if row.is_human), view.human)
    if human is None:
        return "Humans", "not on this board", ""
    if human.rank is None:
        return "Humans", "not ranked", human.left_out or ""
    places = next(row for row in view.comparison.rows if row.position == human.position).ranks
    said = ", ".join(f"{short(mean)} {places[mean] or '–'}" for mean in view.means)
    if sure is not None and sure.tasks > 1:
        said += f"; 95% interval {span_of(sure.ranks.get(human.position))}"
    return "Humans", f"rank {human.rank} of {len(view.ranking.ranked)}", said
