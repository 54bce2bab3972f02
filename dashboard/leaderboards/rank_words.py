"""Render the table of ranks as HTML, so that the human row stays visible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dashboard import formatting, safe_html
from dashboard.safe_html import Html, tag
from evaluators.averaging import Board, ComparedRow, Comparison, Ranking, RankRow

_SHORT = {"arithmetic": "AM", "geometric": "GM", "harmonic": "HM"}
_PARTS = 20

Spans = Mapping[int, tuple[int, int]]
"""A rank interval by the row's position on the board."""


def short(mean: str) -> str:
    """Return a mean's short name: AM, GM or HM, or p itself."""
    return _SHORT.get(mean, mean.replace("-", "\N{MINUS SIGN}"))


def span_of(ends: tuple[int, int] | None) -> str:
    """Format a rank interval: `3–7`, or `3` for a single rank."""
    if ends is None:
        return "–"
    low, high = ends
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"


def rank_table(
    board: Board,
    ranking: Ranking,
    comparison: Comparison,
    *,
    only: Collection[int] | None = None,
    marked: Collection[int] = (),
    spans: Spans | None = None,
    tiers: Mapping[int, int] | None = None,
) -> Html:
    """Return the rows as a table; human and marked rows without a rank come last.

    Args:
        board: For the scores that it printed itself.
        ranking: By the chosen mean.
        comparison: The means side by side.
        only: Positions to show beside human and marked rows; None shows all.
        marked: Positions to mark.
        spans: Rank intervals; None shows no column of them.
        tiers: Tiers; None shows no column of them.
    """
    means = list(comparison.rankings)
    by_position = {row.position: row for row in comparison.rows}
    printed = bool((board.published == board.published).any())
    head = ["rank", "model", "score", *(["95% interval"] if spans is not None else [])]
    head += ["tier"] if tiers is not None else []
    head += [*(f"rank {short(mean)}" for mean in means), *(["printed"] if printed else [])]
    named = [tag("th", name, css="" if name == "model" else "rc-num") for name in head]
    worst = len(ranking.ranked)
    body = []
    for row in _shown(ranking, only, marked):
        cells = [
            tag("td", "–" if row.rank is None else row.rank, css="rc-num"),
            tag("td", *_model(row), css="rc-model"),
            tag("td", formatting.score(row.score, board.unit), css="rc-num"),
        ]
        if spans is not None:
            cells.append(tag("td", *_span(spans.get(row.position), worst), css="rc-num rc-spans"))
        if tiers is not None:
            cells.append(tag("td", tiers.get(row.position, "–"), css="rc-num"))
        places = by_position[row.position]
        cells += [tag("td", *_place(places, mean), css="rc-num") for mean in means]
        if printed:
            said = formatting.score(board.published[row.position], board.unit)
            cells.append(tag("td", said, css="rc-num rc-dim"))
        body.append(tag("tr", *cells, css=_css(row, marked)))
    table = tag("table", tag("thead", tag("tr", *named)), tag("tbody", *body), css="rc-table")
    return safe_html.scrolled(table, "Rows by rank")


def _shown(
    ranking: Ranking, only: Collection[int] | None, marked: Collection[int]
) -> Sequence[RankRow]:
    return [
        row
        for row in ranking.rows
        if row.is_human
        or row.position in marked
        or (row.rank is not None and (only is None or row.position in only))
    ]


def _css(row: RankRow, marked: Collection[int]) -> str:
    if row.is_human:
        return "rc-human" if row.rank is not None else "rc-human rc-unranked"
    return "rc-hit" if row.position in marked else ""


def _model(row: RankRow) -> list[Html]:
    parts = [safe_html.name(row.model)]
    if row.is_human:
        parts.append(tag("span", "human", css="rc-chip"))
    remarks = [row.submitted_by, *row.flags, f"not ranked: {row.left_out}" if row.left_out else ""]
    remark = " · ".join(part for part in remarks if part)
    if remark:
        parts.append(tag("span", safe_html.name(remark), css="rc-by"))
    return parts


def _span(ends: tuple[int, int] | None, worst: int) -> list[Html]:
    """Return an interval as text beside a bar from the first rank to the last."""
    if ends is None:
        return [safe_html.text("–")]
    low, high = ends
    # Twentieths as classes: a page without inline styles has none that a name could smuggle in.
    begin, end = _PARTS * (low - 1) // worst, -(-_PARTS * high // worst)
    bar = tag("span", tag("span", css=f"rc-from-{begin} rc-to-{end}"), css="rc-track")
    return [tag("span", span_of(ends)), bar]


def _place(row: ComparedRow, mean: str) -> list[Html]:
    place, move = row.ranks[mean], row.moves[mean]
    if place is None:
        return [tag("span", "–", title=row.left_out.get(mean, ""))]
    if not move:
        return [safe_html.text(place)]
    arrow = ("▲", "rc-up") if move > 0 else ("▼", "rc-down")
    return [tag("span", f"{arrow[0]}{abs(move)} ", css=arrow[1]), safe_html.text(place)]
