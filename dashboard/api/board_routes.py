"""Answer what boards there are, and how their models rank."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from dashboard.api.answers import Json, page, records
from dashboard.api.call import Asked, Call
from dashboard.api.params import OfBoard, Paging, Ranked
from dashboard.api.shapes import Page, described
from dashboard.queries import boards as queries
from db.conditions import answer_condition
from evaluators.averaging import Board, Treatment, rank
from evaluators.averaging.ranked_by import rankings
from evaluators.averaging.records import about, row_record, tier_records
from evaluators.averaging.selection import select
from evaluators.averaging.stability.tiers import MOST_AT_ONCE, Tiers, board_tiers
from evaluators.errors import TreatmentError
from evaluators.model_facts.matching import match_models

SEED = 0
"""Seed of the sign flips of tiers, as `rankcheck rank --tiers` has it."""

router = APIRouter(tags=["boards"], responses=described(Page))


@router.get("/boards")
def boards(call: Asked, asked: Annotated[Paging, Query()]) -> Json:
    """List every snapshot of every board with its size, newest of a board first."""
    return page(call.request, records(call.read(queries.boards)), asked)


@router.get("/boards/{board:path}")
def board(board: str, call: Asked, asked: Annotated[OfBoard, Query()]) -> Json:
    """Return the models of a board with their scores as published; columns are listed once."""
    found = call.board(board, asked.snapshot)
    total = len(found.models)
    rows = [_model(found, i) for i in range(total)[asked.offset : asked.offset + asked.limit]]
    return page(call.request, rows, asked, _head(found), total)


@router.get("/ranks/{board:path}")
def ranks(board: str, call: Asked, asked: Annotated[Ranked, Query()]) -> Json:
    """Rank a board under any mean, rule and treatment, as `rankcheck rank` does."""
    by = asked.by()
    found, treatment = _chosen(call, board, asked, by.find_treatment())
    (ranking,) = rankings(found, treatment, by).values()
    head = {**about(ranking), "choices": treatment.choices(), "columns": ranking.columns}
    return page(call.request, [row_record(row) for row in ranking.rows], asked, head)


@router.get("/tiers/{board:path}")
def tiers(board: str, call: Asked, asked: Annotated[Ranked, Query()]) -> Json:
    """Group the models that a board does not tell apart, as `rankcheck rank --tiers` does.

    Of a board with more than 500 ranked models, the first 500 are compared.
    """
    by = asked.by()
    if by.p is None or by.reference is not None:
        raise TreatmentError("tiers are of means: leave rule and reference out")
    p = by.p
    key = (call.freshness, "tiers", board, asked.model_dump_json(exclude={"limit", "offset"}))
    found, treatment = _chosen(call, board, asked, by.find_treatment())

    def compare() -> Tiers:
        with call.computing():
            first = sorted(r.position for r in rank(found, treatment, p).ranked[:MOST_AT_ONCE])
            return board_tiers(found.take(models=first), treatment, p, seed=SEED)

    apart = call.served.remember(key, compare)
    shared = set(about(apart.contest.ranking)) | {"confidence", "resamples", "seed"}
    rows = tier_records(apart, SEED)
    head = {name: value for name, value in rows[0].items() if name in shared}
    head |= {"critical": apart.critical, "headline": apart.headline}
    own = [{name: row[name] for name in row if name not in shared} for row in rows]
    return page(call.request, own, asked, head)


def _chosen(call: Call, name: str, asked: Ranked, treatment: Treatment) -> tuple[Board, Treatment]:
    """Return what is selected of a board, and the treatment that says so."""
    board, selection = call.board(name, asked.snapshot), asked.selection()
    matches = None
    if selection.where:
        key = (call.freshness, "where", name, board.snapshot, selection.where)

        def match() -> Any:
            with call.computing():
                return match_models(board, selection.where, answer_condition)

        matches = call.served.remember(key, match)
    return select(board, treatment, selection, matches)


def _head(board: Board) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "task": column.task,
            "metric": column.metric,
            "role": column.role,
            "split_of": column.split_of,
            "type": column.type,
            "unit_max": column.unit_max,
            "higher_is_better": column.higher_is_better,
            "languages": column.languages,
        }
        for column in board.columns
    ]
    return {
        "board": board.name,
        "snapshot": board.snapshot,
        "title": board.title,
        "notes": board.notes,
        "columns": columns,
    }


def _model(board: Board, i: int) -> dict[str, Any]:
    names = [column.name for column in board.columns]
    return {
        "model": board.models[i],
        "submitted_by": board.submitted_by[i],
        "is_human": board.is_human[i],
        "published": board.published[i],
        "source": board.sources[i],
        "facts": {name: fact.value for name, fact in board.facts[i].items()},
        "scores": dict(zip(names, board.values[i], strict=True)),
        "suspect": {
            name: board.suspect[i, j] for j, name in enumerate(names) if (i, j) in board.suspect
        },
    }
