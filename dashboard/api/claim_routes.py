"""Answer what papers claim, how it came out, and on which rows that rests."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Query

from dashboard.api.answers import Json, page, records
from dashboard.api.call import Asked, Call, NotFound
from dashboard.api.params import Claims, Evidence, Paging, Verdicts
from dashboard.api.shapes import Page, described
from dashboard.claims.rows_behind import known_claim, query_of
from dashboard.queries import claims as queries
from dashboard.verdicts import headline, headlines
from evaluators import articles
from evaluators.claims import VERDICTS
from evaluators.evaluator import LEVELS
from evaluators.names import UnknownNameError, validate_known

router = APIRouter(tags=["claims"], responses=described(Page))

_PLACE = ("board", "snapshot", "treatment", "setting")


@router.get("/claims")
def claims(call: Asked, asked: Annotated[Claims, Query()]) -> Json:
    """List claims, each with its own verdict and how many verdicts came out how."""
    if asked.verdict is not None:
        validate_known("verdict", [asked.verdict], VERDICTS)
    if asked.level is not None:
        validate_known("level", [asked.level], LEVELS)
    kept = _listed(call)
    if asked.article is not None:
        number = articles.find(asked.article).number
        kept = [row for row in kept if row["article"] == number]
    if asked.board is not None:
        standing = call.read(queries.standing)
        judged = set(standing.claim[standing.board == asked.board])
        if not judged:
            raise UnknownNameError("board", asked.board, sorted(set(standing.board.dropna())))
        kept = [row for row in kept if row["claim"] in judged]
    for name, wanted in (("verdict", asked.verdict), ("level", asked.level)):
        kept = [row for row in kept if wanted is None or row.get(name) == wanted]
    for term in asked.find.casefold().split():
        kept = [row for row in kept if term in _words(row)]
    return page(call.request, kept, asked)


@router.get("/claims/{claim:path}/evidence")
def evidence(claim: str, call: Asked, asked: Annotated[Evidence, Query()]) -> Json:
    """Return the very rows that a verdict on a claim rests on, and their SQL."""
    standing = _standing(call, claim)
    place = {name: getattr(asked, name) for name in _PLACE}
    chosen = _at(standing, place) if any(place.values()) else standing
    if chosen.empty:
        raise NotFound(f"no verdict on {claim} stands there: /claims/{claim} lists those that do")
    verdict = headline(chosen)
    sql = query_of(verdict)
    return call.rows_of(sql, asked, {"claim": claim, "verdict": _record(verdict), "sql": sql})


@router.get("/claims/{claim:path}")
def claim(claim: str, call: Asked, asked: Annotated[Verdicts, Query()]) -> Json:
    """Return a claim with its rule, its own verdict, and the verdict on each piece of evidence."""
    head = _find(call, claim)
    found = call.read(queries.history, claim) if asked.history else _standing(call, claim)
    found = _at(found, {name: getattr(asked, name) for name in _PLACE})
    rows = [{**row, "evidence_sql": query_of(pd.Series(row))} for row in records(found)]
    registered = known_claim(claim)
    misprint = registered.misprint if registered is not None else ""
    return page(call.request, rows, asked, {**head, "misprint": misprint})


@router.get("/articles")
def all_articles(call: Asked, asked: Annotated[Paging, Query()]) -> Json:
    """List the articles of kexue.fm whose claims are judged here, each with its claims."""
    found = call.read(queries.articles)
    rows: list[dict[str, Any]] = [
        {**dict(zip(("article", "title_zh", "title_en", "url", "published_on"), of, strict=True))}
        | {"claims": list(own.claim)}
        for of, own in found.groupby(
            ["article", "title_zh", "title_en", "url", "published_on"], sort=True
        )
    ]
    return page(call.request, rows, asked)


def _listed(call: Call) -> list[dict[str, Any]]:
    """Return every claim with its article, its own verdict, and the numbers of its verdicts."""
    makers = call.read(queries.articles).drop_duplicates("claim").set_index("claim").article
    heads = headlines(call.read(queries.standing)).set_index("claim", drop=False)
    listed = []
    for row in records(call.read(queries.known)):
        name = row["claim"]
        counts = dict.fromkeys(VERDICTS, 0)
        if name in heads.index:
            own = heads.loc[name]
            counts = {word: int(own[word]) for word in VERDICTS}
            row = {**_record(own.drop(list(VERDICTS))), **row}
        listed.append({**row, "article": makers.get(name), "counts": counts})
    return listed


def _find(call: Call, name: str) -> dict[str, Any]:
    listed = {row["claim"]: row for row in _listed(call)}
    if name not in listed:
        raise UnknownNameError("claim", name, listed)
    return listed[name]


def _standing(call: Call, name: str) -> pd.DataFrame:
    """Return the verdicts that stand on a claim."""
    _find(call, name)
    standing = call.read(queries.standing)
    return standing[standing.claim == name]


def _at(standing: pd.DataFrame, place: dict[str, str | None]) -> pd.DataFrame:
    for name, wanted in place.items():
        standing = standing if wanted is None else standing[standing[name] == wanted]
    return standing


def _record(row: pd.Series) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _words(row: dict[str, Any]) -> str:
    return " ".join(str(row.get(name) or "") for name in ("claim", "title", "sentence")).casefold()
