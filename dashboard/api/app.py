"""Put the API together: its routes, what guards them, and how errors are told."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api import board_routes, claim_routes, run_routes, sql_routes
from dashboard.api.answers import PROBLEM, Tags, problem, problem_text
from dashboard.api.call import NotFound, NotModified, Served, TooOften
from dashboard.api.guards import BodyLimit, TokenGuard
from dashboard.api.shapes import Problem
from dashboard.bundled import WAIT
from dashboard.origin_guard import OriginGuard
from db import Store
from db.errors import QueryError, QueryTimeout, StoreBusy, StoreError
from evaluators.errors import EvaluatorError
from evaluators.names import UnknownNameError, nearest

if TYPE_CHECKING:
    from dashboard.api.identity import Identities

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer carries: it is data, and no page."""

_SEEN = ["ETag", "Link", "Retry-After"]
_OF_ADDRESS = ("leaderboard", "snapshot", "claim", "view")
_ASKED = ["Authorization", "Content-Type", "If-None-Match"]


class _Api(FastAPI):
    """The application, whose document for generators of clients has the shape of errors."""

    def openapi(self) -> dict[str, Any]:
        """Return the document."""
        document = super().openapi()
        shapes = document.setdefault("components", {}).setdefault("schemas", {})
        shapes.setdefault(Problem.__name__, Problem.model_json_schema())
        return document


def make_app(
    store: Store,
    *,
    per_minute: int,
    token: str | None = None,
    identities: Identities | None = None,
    origins: Sequence[str] = (),
    cors: Sequence[str] = (),
    wait: float = WAIT,
) -> FastAPI:
    """Return the application.

    Args:
        store: What it reads.
        per_minute: How often a client may ask for what starts a process or computes for long.
        token: What callers may send; None for no such token.
        identities: Checks what people send who may see the dashboard; None where they have no
            way in. Without a token and this, callers need nothing.
        origins: Addresses at which it is called, as `https://name`, besides IP addresses.
        cors: Origins of pages whose scripts may call it.
        wait: Seconds to wait for a writer.
    """
    guards = [
        Middleware(
            OriginGuard,
            origins=[*origins, *cors],
            command="api",
            headers=HEADERS,
            write=lambda text: (PROBLEM.encode(), problem_text(403, text)),
        )
    ]
    if cors:
        guards.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(cors),
                allow_methods=["GET", "POST"],
                allow_headers=_ASKED,
                expose_headers=_SEEN,
            )
        )
    guards.append(Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4))
    needed = token is not None or identities is not None
    if needed:
        guards.append(Middleware(TokenGuard, token=token, identities=identities))
    app = _Api(
        title="rankcheck",
        version=version("rankcheck"),
        summary="Leaderboards under any mean, claims with their evidence, runs and scores.",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        # A function of a generated client has the name of its route: `ranks`, `claims`.
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(HTTPBearer(auto_error=False))] if needed else [],
        middleware=[*guards, Middleware(BodyLimit), Middleware(Tags)],
    )
    app.state.served = Served(store, per_minute, wait)
    for routes in (board_routes, claim_routes, run_routes, sql_routes):
        app.include_router(routes.router)
    for kind, tell in _TOLD.items():
        app.add_exception_handler(kind, tell)
    return app


async def _not_modified(_request: Request, _error: Exception) -> Response:
    return Response(status_code=304)


async def _too_often(_request: Request, error: Exception) -> Response:
    seconds = error.seconds if isinstance(error, TooOften) else 1
    return problem(429, str(error), {"retry-after": str(seconds)})


async def _busy(_request: Request, error: Exception) -> Response:
    return problem(503, str(error), {"retry-after": "5"})


async def _unreadable(_request: Request, error: Exception) -> Response:
    return problem(503, str(error))


async def _too_slow(_request: Request, error: Exception) -> Response:
    return problem(504, str(error))


async def _wrong(_request: Request, error: Exception) -> Response:
    return problem(400, str(error))


async def _unknown(_request: Request, error: Exception) -> Response:
    of_address = not isinstance(error, UnknownNameError) or error.kind.split()[0] in _OF_ADDRESS
    return problem(404 if of_address else 400, str(error))


async def _refused(request: Request, error: Exception) -> Response:
    """Tell of a route or method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = {
        404: f"no route {request.url.path}: /openapi.json lists them all",
        405: f"{request.method} {request.url.path} is not possible: this API only reads, by GET",
    }
    headers = getattr(error, "headers", None)
    return problem(status, detail.get(status, str(getattr(error, "detail", error))), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """Tell which parameter is wrong, and what it must be."""
    wrong: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    told = []
    for each in wrong[:5]:
        name = ".".join(str(part) for part in each["loc"][1:])
        if each["type"] == "extra_forbidden":
            told.append(f"no parameter {name!r}{nearest(name, _parameters(request))}")
        else:
            told.append(f"{name or 'body'}: {each['msg']}, got {str(each.get('input'))[:200]!r}")
    return problem(400, "; ".join(told))


def _parameters(request: Request) -> list[str]:
    """Return the names of a route's parameters."""
    path = getattr(request.scope.get("route"), "path_format", "")
    operation = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]


async def _broken(_request: Request, _error: Exception) -> Response:
    return problem(500, "this is a fault of the server: its log has the reason; please report it")


_TOLD: dict[type[Exception] | int, Any] = {
    NotModified: _not_modified,
    TooOften: _too_often,
    StoreBusy: _busy,
    StoreError: _unreadable,
    QueryTimeout: _too_slow,
    QueryError: _wrong,
    EvaluatorError: _wrong,
    UnknownNameError: _unknown,
    NotFound: _unknown,
    RequestValidationError: _invalid,
    HTTPException: _refused,
    Exception: _broken,
}
