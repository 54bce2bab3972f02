"""Find what a name stands for that can be shared: a board, a claim, an article or a plan run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from db.store import Store

KINDS = ("board", "claim", "article", "plan-run")


def find(store: Store, name: str, kind: str | None = None) -> tuple[str, str]:
    """Return what a name is, one of `KINDS`, and how it is written there.

    Args:
        store: Its boards can be named, beside those that come with the package.
        name: A board, a claim's id, an article's number or short name, or a plan run's id or at
            least the first six characters of it.
        kind: What it must be; None for any.

    Raises:
        UnknownNameError: There is nothing of that name, with what is near.
        UsageError: Several things have the name.
    """
    from evaluators import claims
    from evaluators.articles import ARTICLES
    from evaluators.names import UnknownNameError
    from flows.boards.leaderboards import known_boards
    from flows.judging.verdicts import asserted

    known = {
        "board": {board: board for board in known_boards(store)},
        "claim": {
            claim: claim for claim in (asserted(store) if store.exists() else claims.names())
        },
        "article": {
            alias: str(article.number)
            for article in ARTICLES
            for alias in (*map(str, article.numbers), article.name)
        },
        "plan-run": _plan_runs(store, name),
    }
    wanted = [kind] if kind else list(KINDS)
    found = [(each, known[each][name]) for each in wanted if name in known[each]]
    if not found:
        raise UnknownNameError(
            _words(kind) if kind else "board, claim, article or plan run",
            name,
            [n for each in wanted for n in known[each]],
        )
    if len(found) > 1:
        kinds = " and ".join(
            f"a {_words(each)}".replace("a article", "an article") for each, _ in found
        )
        raise click.UsageError(f"{name} is {kinds}: choose with --as {found[0][0]}")
    return found[0]


def _words(kind: str) -> str:
    return kind.replace("-", " ")


_SHORTEST = 6
"""Characters of a plan run's id that are enough, where no other id begins with them."""

_IDS = "SELECT night_id FROM runs UNION SELECT night_id FROM night_reports"


def _plan_runs(store: Store, name: str) -> dict[str, str]:
    """Return the ids of plan runs, and that of the only one that begins with a name."""
    if not store.exists():
        return {}
    with store.read() as connection:
        ids = sorted(connection.exec_driver_sql(_IDS).scalars())
    begun = [each for each in ids if len(name) >= _SHORTEST and each.startswith(name)]
    return {each: each for each in ids} | ({name: begun[0]} if len(begun) == 1 else {})
