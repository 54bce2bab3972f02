"""What can be read in SQL? The views of the store itself, and those that evaluators declare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from graphlib import TopologicalSorter

from db.tables import scores
from db.views import changes, claims, leaderboards, mteb, published, published_cells, runs
from db.views.runs import described
from evaluators.sql_view import View, evaluator_views

_DESCRIBED = {**described(scores), **runs.NAMED_RUNS.columns}


def _in_order(views: Iterable[View]) -> tuple[View, ...]:
    """Return the views in dependency order."""
    by_name = {view.name: view for view in views}
    named = {
        name: set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", view.sql))
        for name, view in by_name.items()
    }
    # Lists: the order of a set changes from process to process, and with it the digest.
    reads = {name: [other for other in by_name if other in named[name]] for name in by_name}
    return tuple(by_name[name] for name in TopologicalSorter(reads).static_order())


def _with_texts(view: View) -> View:
    texts = {name: text or _DESCRIBED[name] for name, text in view.columns.items()}
    return replace(view, columns=texts)


VIEWS: tuple[View, ...] = _in_order(
    _with_texts(view)
    for view in (
        *runs.VIEWS,
        *leaderboards.VIEWS,
        *claims.VIEWS,
        *changes.VIEWS,
        *published.VIEWS,
        *published_cells.VIEWS,
        *mteb.VIEWS,
        *evaluator_views(),
    )
)

__all__ = ["VIEWS", "View"]
