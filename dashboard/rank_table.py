"""The table of ranks, in HTML of our own: the human row stays in sight while the rest scrolls."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from dashboard import inert, words
from dashboard.inert import Html, tag
from evaluators.averaging import Board, ComparedRow, Comparison, Ranking

_SHORT = {"arithmetic": "AM", "geometric": "GM", "harmonic": "HM"}


def short(mean: str) -> str:
    """Return a mean's short name: AM, GM or HM, or p itself."""
    return _SHORT.get(mean, mean.replace("-", "\N{MINUS SIGN}"))


def rank_table(
    board: Board,
    ranking: Ranking,
    comparison: Comparison,
    *,
    only: Collection[int] | None = None,
) -> Html:
    """Return the ranked rows as a table.

    Args:
        board: For the scores that it printed itself.
        ranking: By the chosen mean.
        comparison: The means side by side.
        only: Positions to show beside the human rows; None shows all.
    """
    means = list(comparison.rankings)
    by_position = {row.position: row for row in comparison.rows}
    printed = bool((board.published == board.published).any())
    head = ["rank", "model", "score", *(f"rank {short(mean)}" for mean in means)]
    head += ["printed"] if printed else []
    numeric = [h != "model" for h in head]
    lines = [tag("th", h, css="rc-num" if n else "") for h, n in zip(head, numeric, strict=True)]
    body = []
    for row in ranking.ranked:
        if only is not None and row.position not in only and not row.is_human:
            continue
        cells = [
            tag("td", row.rank, css="rc-num"),
            tag(
                "td", *_model(row.model, row.submitted_by, row.is_human, row.flags), css="rc-model"
            ),
            tag("td", words.number(row.score), css="rc-num"),
            *(tag("td", *_place(by_position[row.position], m), css="rc-num") for m in means),
        ]
        if printed:
            cells.append(
                tag("td", words.number(board.published[row.position]), css="rc-num rc-dim")
            )
        css = "rc-human" if row.is_human else ""
        body.append(tag("tr", *cells, css=css))
    table = tag("table", tag("thead", tag("tr", *lines)), tag("tbody", *body), css="rc-table")
    return tag("div", table, css="rc-scroll")


def _model(model: str, by: str, is_human: bool, flags: Sequence[str]) -> list[Html]:
    parts = [inert.name(model)]
    if is_human:
        parts.append(tag("span", "human", css="rc-chip"))
    remark = " · ".join([*([by] if by else []), *flags])
    if remark:
        parts.append(tag("span", inert.name(remark), css="rc-by"))
    return parts


def _place(row: ComparedRow, mean: str) -> list[Html]:
    place, move = row.ranks[mean], row.moves[mean]
    if place is None:
        return [tag("span", "–", title=row.left_out.get(mean, ""))]
    if not move:
        return [inert.text(place)]
    arrow = ("▲", "rc-up") if move > 0 else ("▼", "rc-down")
    return [tag("span", f"{arrow[0]}{abs(move)} ", css=arrow[1]), inert.text(place)]


def rank_frame(board: Board, ranking: Ranking, comparison: Comparison) -> pd.DataFrame:
    """Return every row, ranked or not, with all that says what ranking it is: for the CSV."""
    by_position = {row.position: row for row in comparison.rows}
    return pd.DataFrame(
        {
            "board": ranking.board,
            "snapshot": ranking.snapshot,
            "treatment": ranking.treatment.name,
            "mean": ranking.mean,
            "p": ranking.p,
            "rank": row.rank,
            "model": row.model,
            "submitted_by": row.submitted_by,
            "is_human": row.is_human,
            "score": row.score,
            **{f"rank_{m}": by_position[row.position].ranks[m] for m in comparison.rankings},
            "published_score": board.published[row.position],
            "flags": "; ".join(row.flags),
            "left_out": row.left_out or "",
        }
        for row in ranking.rows
    ).astype({"rank": "Int64", **{f"rank_{m}": "Int64" for m in comparison.rankings}})
