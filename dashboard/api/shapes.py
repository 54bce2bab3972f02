"""Describe answers for /openapi.json, from which clients are generated."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Page(BaseModel):
    """Rows of a list; what stands before them differs by route."""

    model_config = ConfigDict(extra="allow")

    total: int
    limit: int
    offset: int
    rows: list[dict[str, Any]]


class Result(BaseModel):
    """The answer of a query."""

    columns: list[str]
    types: list[str]
    rows: list[dict[str, Any]]
    truncated: bool
    cut_cells: int
    seconds: float
    as_of: datetime | None


class Health(BaseModel):
    """Whether the store can be read."""

    status: str


class Problem(BaseModel):
    """An error (RFC 9457): what was wrong and what to do is in `detail`."""

    title: str
    status: int
    detail: str


def described(shape: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return what a route answers: a shape, or a problem."""
    # By reference: a generator makes a class of every schema that stands in a route.
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    problem = {"content": {"application/problem+json": {"schema": schema}}}
    return {
        200: {"model": shape},
        "4XX": {"description": "The request is wrong", **problem},
        "5XX": {"description": "The store is busy or cannot be read", **problem},
    }
