"""Boards, rankings and published scores as the rows the store keeps."""

from __future__ import annotations

import json
import math

from db.rows import (
    BoardCellRow,
    BoardColumnRow,
    BoardModelRow,
    BoardRow,
    LeaderboardRow,
    RankingRow,
    RankRow,
)
from evaluators.averaging import Board, Ranking


def board_rows(
    board: Board, *, source: str = "", licence: str | None = None, retrieved: str | None = None
) -> LeaderboardRow:
    """Return a board as the store keeps it.

    Args:
        board: The board.
        source: Where the snapshot as a whole was read; its first row's source where empty.
        licence: Licence of the numbers.
        retrieved: When they were read, or from when they are.
    """
    whole = source or next(iter(board.sources), "") or "not stated"
    return LeaderboardRow(
        board=BoardRow(
            board=board.name,
            snapshot=board.snapshot,
            source=whole,
            title=board.title or None,
            retrieved=retrieved or None,
            licence=licence or None,
            notes=board.notes or None,
        ),
        columns=tuple(
            BoardColumnRow(
                column_name=column.name,
                task=column.task,
                metric=column.metric,
                role=column.role,
                split_of=column.split_of,
                unit_max=column.unit_max,
                higher_is_better=column.higher_is_better,
            )
            for column in board.columns
        ),
        models=tuple(
            BoardModelRow(
                model=model,
                submitted_by=board.submitted_by[i] or None,
                is_human=board.is_human[i],
                published_score=_or_none(float(board.published[i])),
                source=None if board.sources[i] in ("", whole) else board.sources[i],
            )
            for i, model in enumerate(board.models)
        ),
        cells=tuple(
            BoardCellRow(
                model_position=i,
                column_position=j,
                value=value,
                suspect=(i, j) in board.suspect,
                suspect_reason=board.suspect.get((i, j)),
            )
            for i, row in enumerate(board.values.tolist())
            for j, value in enumerate(row)
            if not math.isnan(value)
        ),
    )


def ranking_row(ranking: Ranking, board_id: str) -> RankingRow:
    """Return a ranking as the store keeps it; rows left out have their reason."""
    return RankingRow(
        board_id=board_id,
        treatment=ranking.treatment.name,
        mean=ranking.mean,
        p=ranking.p,
        rows=tuple(
            RankRow(
                model_position=row.position,
                score=row.score,
                rank=row.rank,
                left_out_reason=row.left_out,
                flags=json.dumps(row.flags, ensure_ascii=False) if row.flags else None,
            )
            for row in ranking.rows
        ),
    )


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number
