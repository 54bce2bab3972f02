"""Answer what ran, what it measured, and what the typed views of scores hold."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query

from dashboard.api.answers import Json, page, records
from dashboard.api.call import Asked, Call, NotFound
from dashboard.api.params import Paging, Runs
from dashboard.api.shapes import Page, described
from dashboard.queries import runs as queries
from dashboard.queries import schema
from evaluators.names import validate_known
from evaluators.sql_view import text_literal

router = APIRouter(tags=["runs and scores"], responses=described(Page))

_JSON = ("parameters", "cost", "libraries", "machine", "accelerators", "variant")
_PAGING = frozenset(Paging.model_fields)


@router.get("/runs")
def runs(call: Asked, asked: Annotated[Runs, Query()]) -> Json:
    """List runs, newest first."""
    chosen = (asked.status, asked.evaluator, asked.task, asked.checkpoint, asked.night_id)
    total = int(call.read(queries.totals, *chosen).runs)
    found = call.read(queries.log, *chosen, asked.limit, asked.offset)
    return page(call.request, records(found, _JSON), asked, total=total)


@router.get("/runs/{run_id:path}")
def run(run_id: str, call: Asked, asked: Annotated[Paging, Query()]) -> Json:
    """Return a run with its system, checkpoint and data set; its rows are its scores."""
    found = call.read(queries.one, run_id)
    if not found:
        raise NotFound(f"no run {run_id}: /runs lists them, newest first")
    (head,) = records(_frame(found["run"]), _JSON)
    more = {
        name: records(_frame(found[name]), _JSON)[0] if found[name] else None
        for name in ("system", "checkpoint", "dataset")
    }
    scores = records(call.read(queries.scores_of, run_id), _JSON)
    return page(call.request, scores, asked, {"run": head, **more})


@router.get("/scores")
def views(call: Asked, asked: Annotated[Paging, Query()]) -> Json:
    """List the views that hold scores and what is made of them, with their columns."""
    rows = [
        {"view": name, "text": of[""]["text"], "columns": [of[c] for c in of if c]}
        for name, of in _views(call).items()
    ]
    return page(call.request, rows, asked)


@router.get("/scores/{view}")
def scores(
    view: str,
    call: Asked,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**12)] = 0,
) -> Json:
    """Return the rows of a view; any other parameter names a column, and the value it must have.

    A column named several times may have any of these values. The sandbox reads the rows.
    """
    known = _views(call)
    validate_known("view", [view], known)
    given = call.request.query_params
    names = [name for name in dict.fromkeys(given.keys()) if name not in _PAGING]
    validate_known(f"column of {view}", names, [name for name in known[view] if name])
    conditions = [
        f'CAST("{name}" AS VARCHAR) IN ({", ".join(map(text_literal, given.getlist(name)))})'
        for name in names
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f'SELECT * FROM "{view}"{where}'  # noqa: S608 - known names, quoted values, in the sandbox
    return call.rows_of(sql, Paging(limit=limit, offset=offset), {"view": view})


def _views(call: Call) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the columns of each view by name; the empty one is the view itself."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    dictionary = call.read(schema.dictionary)
    names = set(dictionary.object[(dictionary.kind == "view") & (dictionary.column == "")])
    for row in records(dictionary):
        if row["object"] in names:
            column = {"name": row["column"], "type": row["type"], "text": row["text"]}
            found.setdefault(row["object"], {})[row["column"]] = column
    return found


def _frame(row: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([row], dtype=object)
