"""Define the choices of the leaderboard page, and the ranking under them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from dashboard import formatting, language, safe_html
from dashboard.language import t
from evaluators.averaging import (
    MEANINGS,
    MEANS,
    Board,
    ComparedRow,
    Comparison,
    Ranking,
    RankRow,
    Treatment,
    compare,
    mean_name,
)
from evaluators.averaging.board import labels

_NEIGHBOURS = 20  # rows whose scores must look different

MOST_DRAWN = 40
"""Most search hits to draw; more would make the chart unreadable."""


@dataclass(frozen=True)
class View:
    """One board under one treatment and one mean.

    Attributes:
        board: The numbers.
        board_id: Import of the board; a part of the key of cached results.
        treatment: The treatment of the cells.
        p: The chosen exponent.
        ranking: The ranking under the chosen exponent.
        comparison: The three means and the chosen one side by side.
        labels: Label of each row of the board: its name, numbered if it repeats.
        where: Condition on the models that are on the board; empty for all of them.
    """

    board: Board
    board_id: str
    treatment: Treatment
    p: float
    ranking: Ranking
    comparison: Comparison
    labels: tuple[str, ...]
    where: str = ""

    @property
    def times(self) -> float:
        """What scores are multiplied with on the page: proportions are shown as per cent."""
        return 100.0 if self.board.unit <= 1 else 1.0

    @property
    def digits(self) -> int:
        """The decimals with which neighbours of different rank look different, at most three."""
        first = [
            (row.rank, self.times * row.score)
            for row in self.ranking.ranked[:_NEIGHBOURS]
            if row.score is not None
        ]
        for digits in (1, 2):
            if all(
                f"{a:.{digits}f}" != f"{b:.{digits}f}"
                for (rank, a), (other, b) in itertools.pairwise(first)
                if rank != other
            ):
                return digits
        return 3

    def score(self, value: float | None) -> str:
        """Format a score as the page shows it."""
        return formatting.number(None if value is None else self.times * value, self.digits)

    @property
    def means(self) -> list[str]:
        """The means side by side, from the highest exponent to the lowest."""
        return list(self.comparison.rankings)

    @property
    def exponents(self) -> list[float]:
        """The exponents of these means."""
        return [ranking.p for ranking in self.comparison.rankings.values()]

    @property
    def human(self) -> RankRow | None:
        """The best human row, ranked or not; None where the board has none."""
        return self.ranking.human

    @property
    def focus(self) -> RankRow | None:
        """The row selected by default: the ranked human row, or else the leader."""
        human = self.human
        if human is not None and human.rank is not None:
            return human
        return self.ranking.ranked[0] if self.ranking.ranked else None

    @property
    def said(self) -> str:
        """The description on every picture and table: board, snapshot, treatment, mean, n."""
        size = f"{len(self.ranking.ranked)} of {len(self.ranking.rows)} rows"
        return (
            f"{self.ranking.title} {self.ranking.snapshot}, {_in_words(self.treatment)},"
            f" {self.ranking.mean} mean, {size} over {len(self.ranking.columns)} columns"
        )

    @property
    def file_name(self) -> str:
        """The file name of this view, without its ending."""
        parts = (self.ranking.board, self.ranking.snapshot, self.treatment.name, self.ranking.mean)
        return "-".join(parts)


def _in_words(treatment: Treatment) -> str:
    """Return what a treatment does, in English: what counts once, and every unusual choice."""
    once = "each metric counts once" if treatment.metrics == "each" else "each task counts once"
    usual = Treatment(metrics="each" if treatment.metrics == "each" else "mean").choices()
    unusual = [
        MEANINGS[choice][chosen]
        for choice, chosen in treatment.choices().items()
        if choice in MEANINGS and chosen != usual[choice]
    ]
    chosen_by = [treatment.selection] if treatment.selection else []
    return "; ".join((once, *unusual, *chosen_by))


@st.cache_resource(max_entries=64, show_spinner=False)
def _compared(board_id: str, treatment: Treatment, p: float, _board: Board) -> Comparison:
    return compare(_board, treatment, means_shown(p))


def view_of(board: Board, board_id: str, treatment: Treatment, p: float, where: str = "") -> View:
    """Rank a board for the page.

    Args:
        board: The models and tasks that count.
        board_id: Import of the board.
        treatment: The treatment of the cells.
        p: The exponent.
        where: Condition by which models were chosen; empty for all of them.

    Raises:
        TreatmentError: If it cannot be ranked under the treatment and exponent.
    """
    comparison = _compared(board_id, treatment, p, board)
    return View(
        board=board,
        board_id=board_id,
        treatment=treatment,
        p=p,
        ranking=comparison.rankings[mean_name(p)],
        comparison=comparison,
        labels=labels(board),
        where=where,
    )


def means_shown(p: float) -> dict[str, float]:
    """Return the three means and the chosen one, from the highest exponent down."""
    means = {**MEANS, mean_name(p): p}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


@dataclass(frozen=True)
class Choice:
    """The rows that charts and tables show.

    Attributes:
        top: How many of the first rows are drawn.
        pinned: Positions of pinned rows.
        found: Positions that the search found; None without a search.
        drawn: The rows that charts draw, in the order of the first mean.
        left: How many rows that the search found are not drawn.
    """

    top: int
    pinned: frozenset[int]
    found: frozenset[int] | None
    drawn: tuple[ComparedRow, ...]
    left: int

    @property
    def marked(self) -> frozenset[int]:
        """Pinned and found rows."""
        return self.pinned | (self.found or frozenset())

    @property
    def positions(self) -> tuple[int, ...]:
        """Positions of the rows that are drawn."""
        return tuple(row.position for row in self.drawn)


def search(view: View, query: str) -> frozenset[int] | None:
    """Return rows whose model or submitter contains one of the terms between semicolons.

    None where there is no term.
    """
    terms = [term for part in query.split(";") if (term := part.strip().casefold())]
    if not terms:
        return None
    return frozenset(
        row.position
        for row in view.ranking.rows
        if any(term in f"{row.model} {row.submitted_by}".casefold() for term in terms)
    )


def choose(view: View, *, top: int, pinned: frozenset[int], found: frozenset[int] | None) -> Choice:
    """Choose the rows to draw: top rows, humans, pinned rows and the best search hits."""
    places: Mapping[int, int | None] = {row.position: row.rank for row in view.ranking.rows}
    hits = sorted((found or frozenset()) - pinned, key=lambda i: (places[i] is None, places[i], i))
    highlighted = pinned.union(hits[:MOST_DRAWN])
    drawn = tuple(
        row
        for row in view.comparison.rows
        if any(place is not None for place in row.ranks.values())
        and (
            row.is_human or row.position in highlighted or (places[row.position] or top + 1) <= top
        )
    )
    return Choice(top, pinned, found, drawn, max(0, len(hits) - MOST_DRAWN))


_ONE = ("set", "tasks", "top", "view", "search", "row", "rival", "by", "weights", "curve", "heat")
_SEVERAL = ("task", "without", "type", "language", "pin", "training", "columns")


def permalink(view: View, filters: Sequence[str] = ()) -> None:
    """Offer the address of this view, with defaults written out.

    Args:
        view: Board, treatment and mean.
        filters: Names of the controls that filter models.
    """
    parameters: list[tuple[str, str]] = [
        ("board", view.board.name),
        ("snapshot", view.board.snapshot),
        ("treatment", view.treatment.name.partition(" (")[0]),
        ("p", f"{view.p:g}"),
    ]
    for name in (*_ONE, *filters):
        # The tab's name in the session is in the reader's language.
        value = (st.query_params if name == "view" else st.session_state).get(name)
        if value not in (None, "") and not isinstance(value, list):
            parameters.append((name, str(value)))
    for key in (*_SEVERAL, *filters):
        value = st.session_state.get(key)
        if isinstance(value, list):
            parameters += [(key, name) for name in value]
    parameters += language.kept().items()
    page = (st.context.url or "leaderboards").split("?")[0]
    with st.popover(t("Link"), icon=":material/link:", help=t("The address of exactly this view")):
        safe_html.code(f"{page}?{urlencode(parameters)}", language=None)
        st.caption(
            t(
                "This link also contains the default choices, such as the snapshot, which the"
                " address bar leaves out."
            )
        )
