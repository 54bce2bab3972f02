"""Show the tab "Behind the table": rows left out, doubtful cells, sources, and the method."""

from __future__ import annotations

import pandas as pd

from dashboard import safe_html, tables
from dashboard.claims.reasons import translated
from dashboard.folded import folded
from dashboard.language import t
from dashboard.leaderboards.computed import Spread, draws
from dashboard.leaderboards.notes import source_in_words
from dashboard.leaderboards.view import View


def behind(view: View, sure: Spread | None, source: list[tuple[str, str]]) -> None:
    """List the rows left out, the doubtful cells, and where the numbers are from.

    Args:
        view: Board, treatment and mean.
        sure: Rank intervals; None if nothing is ranked.
        source: The source of the board: labels and values.
    """
    board, left_out = view.board, view.ranking.left_out

    def without_rank() -> None:
        tables.table(
            pd.DataFrame(
                {
                    "model": [r.model for r in left_out],
                    "why": [translated(r.left_out) for r in left_out],
                }
            ),
            hide_index=True,
            alt=t("Rows left out, and why"),
        )

    def doubtful() -> None:
        suspects = sorted(board.suspect.items())
        tables.table(
            pd.DataFrame(
                {
                    "model": [board.models[i] for (i, _), _ in suspects],
                    "column": [board.columns[j].name for (_, j), _ in suspects],
                    "value": [board.values[i, j] for (i, j), _ in suspects],
                    "why": [why for _, why in suspects],
                }
            ),
            hide_index=True,
            alt=t("Doubtful cells"),
        )

    def numbers() -> None:
        cells = {column.name: board.values[:, j] for j, column in enumerate(board.columns)}
        tables.table(
            pd.DataFrame({"model": board.models, **cells}),
            hide_index=True,
            alt=t("Scores as published"),
        )
        safe_html.facts(source_in_words(source))

    if left_out:
        folded(
            t("Models that are not ranked: {count}", count=len(left_out)),
            without_rank,
            key="left-out",
        )
    if board.suspect:
        folded(
            t("Cells flagged as doubtful: {count}", count=len(board.suspect)),
            doubtful,
            key="suspect",
        )
    folded(t("Every score as published, and its source"), numbers, key="cells")
    folded(
        t("How this was computed"), lambda: safe_html.listing(how_computed(view, sure)), key="how"
    )


def how_computed(view: View, sure: Spread | None) -> list[str]:
    """Return how ranks, intervals and tiers were computed, in sentences."""
    lines = [t("{sentence}.", sentence=t(line)) for line in view.treatment.describe()]
    if sure is not None and sure.tasks > 1:
        lines.append(
            t(
                "A rank's 95% interval is over {draws:,} resamples of the {tasks} tasks with"
                " replacement (percentile bootstrap, seed 0).",
                draws=draws(len(view.ranking.ranked)),
                tasks=sure.tasks,
            )
        )
    lines.append(
        t(
            "A tier holds the first row that is in none yet, and all that are not told"
            " apart from it. All pairs are compared at once, so that in 95% of such boards"
            " no equally good models are told apart. A row whose tasks vary more can be in an"
            " earlier tier than rows above it."
        )
    )
    return lines
