"""Answer SQL, each query in the sandbox's own process, and whether the store can be read."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from dashboard.api.answers import Json
from dashboard.api.call import Served, computing
from dashboard.api.params import Sql
from dashboard.api.shapes import Health, Result, described
from dashboard.queries.frame import frame
from db import run_query
from db.errors import StoreBusy, StoreError

router = APIRouter(tags=["sql and health"])


@router.get("/sql", responses=described(Result))
def get_sql(request: Request, asked: Annotated[Sql, Query()]) -> Json:
    """Run one query, read-only, in a sandboxed process: it sees the store and nothing else."""
    return _answer(request, asked)


@router.post("/sql", responses=described(Result))
def post_sql(request: Request, asked: Sql) -> Json:
    """Run one query that is too long for an address."""
    return _answer(request, asked)


@router.get("/health", responses=described(Health))
def health(request: Request) -> Json:
    """Return whether the store can be read: status 200 or 503. Needs no token."""
    served: Served = request.app.state.served
    try:
        served.ask(_nothing)
    except StoreBusy:
        return Json({"status": "busy"}, 503, {"retry-after": "5"})
    except StoreError:
        return Json({"status": "unreadable"}, 503)
    return Json({"status": "ok"})


@router.get("/", include_in_schema=False)
def root(request: Request) -> Json:
    """List the routes."""
    routes = sorted(request.app.openapi()["paths"])
    content = {"name": "rankcheck", "version": version("rankcheck"), "routes": routes}
    return Json({**content, "openapi": "/openapi.json"})


def _answer(request: Request, asked: Sql) -> Json:
    served: Served = request.app.state.served
    with computing(served, request):
        found = run_query(
            served.store.url, asked.q, max_rows=asked.max_rows, deadline=asked.deadline
        )
    return Json(
        {
            "columns": found.columns,
            "types": found.types,
            "rows": [dict(zip(found.columns, row, strict=True)) for row in found.rows],
            "truncated": found.truncated,
            "cut_cells": found.cut_cells,
            "seconds": found.seconds,
            "as_of": found.as_of,
        }
    )


def _nothing(connection: Any) -> None:
    frame(connection, "SELECT 1")
