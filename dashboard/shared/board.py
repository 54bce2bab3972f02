"""The report of a board: its answer, table and picture, as the page of boards has them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.charts.bump import bump, bump_points
from dashboard.claims.reasons import translated
from dashboard.language import sentences, t
from dashboard.leaderboards.answer import answer, size_of
from dashboard.leaderboards.behind import how_computed
from dashboard.leaderboards.board_table import (
    board_frame,
    columns_at_first,
    shown_rows,
)
from dashboard.leaderboards.computed import Spread, spread
from dashboard.leaderboards.downloads import rank_frame
from dashboard.leaderboards.entries import entries_of
from dashboard.leaderboards.notes import source_in_words
from dashboard.leaderboards.rank_words import Spans, mean_words, short, span_of
from dashboard.leaderboards.task_choice import default_set, opens_on, within_set
from dashboard.leaderboards.tiers import Groups, groups_of
from dashboard.leaderboards.view import View, choose, view_of
from dashboard.safe_html import Html, tag
from dashboard.shared import pictures
from dashboard.shared.report import Badge, Report, plain
from dashboard.shared.tables import table
from evaluators.averaging import Board, RankRow, Treatment
from evaluators.averaging.board import find_row
from evaluators.averaging.common_tasks import complete_cells
from evaluators.averaging.selection import Selection

MOST = 100
"""Rows of the table; the data have all."""

_DRAWN, _PICTURED = 15, 7
_INTERVAL = "#3A90E5"  # 3 : 1 on the light and on the dark ground


def counted_tasks(
    whole: Board, digest: str, selection: Selection, which: str | None
) -> tuple[str, Selection]:
    """Return a set of tasks, and what is selected among them.

    Args:
        whole: The board with all its models and tasks.
        digest: Of its content.
        selection: What else is selected.
        which: The set; None for all tasks, or where nothing is selected for those that the board
            opens on, as on its page: the ones that most models have, where hardly any has all.

    Raises:
        TreatmentError: Nothing is left.
    """
    which = which or default_set(selection, digest, whole)
    return which, within_set(selection, which, whole)


def board_report(
    whole: Board,
    board: Board,
    treatment: Treatment,
    p: float,
    *,
    digest: str,
    source: Sequence[tuple[str, str]],
    tasks: str,
    model: str | None = None,
) -> Report:
    """Return the report of a board.

    Args:
        whole: The board with all its models and tasks.
        board: With those that count.
        treatment: The treatment, with the selection of what counts.
        p: The exponent of the mean.
        digest: Of the whole board's content.
        source: Where the numbers are from: labels and values.
        tasks: The set of tasks that was selected, as `counted_tasks` returns it.
        model: The model of the badge, or `human`; the human row where None, else the leader.

    Raises:
        TreatmentError: It cannot be ranked under the treatment, or has several rows of that name.
        UnknownNameError: It has no such model.
    """
    gaps = tasks == "common" and opens_on(digest, whole) == "common"
    view = view_of(board, digest, treatment, p)
    ranked = bool(view.ranking.ranked)
    sure = spread(digest, treatment, p, board) if ranked else None
    groups = groups_of(digest, treatment, p, board) if ranked else None
    if groups is not None and not groups.tiers:
        groups = None
    title = " ".join((whole.title or whole.name).split())
    said = answer(view, sure, groups)
    task_count = len(complete_cells(whole)[0])
    size = size_of(view, task_count, len(whole.models))
    body = [
        tag("h1", title, css="rc-title"),
        tag("p", size, css="rc-words"),
        said,
    ]
    if gaps:
        shown = len(complete_cells(board)[0])
        body.append(
            tag(
                "p",
                t(
                    "Hardly any of the {models} models has all {tasks} tasks. The ranks are over"
                    " the {shown} tasks that at least half of the models have.",
                    models=len(whole.models),
                    tasks=task_count,
                    shown=shown,
                ),
                css="rc-words",
            )
        )
    body += [tag("p", translated(note), css="rc-words") for note in view.ranking.notes]
    body += _table(view, sure, groups)
    body += _moves(view)
    body.append(tag("h2", t("How this was computed")))
    body.append(tag("ul", *(tag("li", each) for each in how_computed(view, sure)), css="rc-list"))
    facts = source_in_words(list(source))
    rows = [tag("tr", tag("th", label), tag("td", value)) for label, value in facts]
    body.append(tag("h2", t("Source")))
    body.append(tag("table", *rows, css="rc-facts"))
    return Report(
        kind="board",
        name=whole.name,
        title=f"{title} {whole.snapshot}",
        answer=plain(said),
        body=Html("\n".join(body)),
        rows=_data(view, sure, groups),
        digests={"board": digest},
        badge=_badge(view, sure, title, model),
        picture=_picture(view, sure, groups, title, size),
    )


def _table(view: View, sure: Spread | None, groups: Groups | None) -> list[Html]:
    everything = choose(view, top=_DRAWN, pinned=frozenset(), found=None)
    rows = shown_rows(view, everything)
    kept = [row for i, row in enumerate(rows) if i < MOST or row.is_human]
    if not kept:
        return []
    wanted = columns_at_first(view.board)
    frame = board_frame(view, kept, sure, groups, wanted, _INTERVAL)
    bold = [row.is_human for row in kept]
    head = {"score": t("score ×100")} if view.times == 100 else {}
    head |= {"ranks": "95%", "interval": t("interval of the rank")}
    found = [table(frame, {"score": view.digits}, head, bold)]
    if len(kept) < len(rows):
        found.append(
            tag(
                "p",
                t(
                    "The first {most} of {count:,} rows; the data have all.",
                    most=MOST,
                    count=len(rows),
                ),
                css="rc-words",
            )
        )
    return found


def _moves(view: View) -> list[Html]:
    """Return how the first rows move between the means, as a picture."""
    choice = choose(view, top=_DRAWN, pinned=frozenset(), found=None)
    if not choice.drawn:
        return []
    names = [mean.replace("-", "\N{MINUS SIGN}") for mean in view.means]
    points = bump_points(list(choice.drawn), view.means, choice.marked, view.times)
    title = "  →  ".join(short(mean) for mean in view.means)
    caption = sentences(
        t(
            "{title}: the first {count} rows by the {mean}, and humans.",
            title=title,
            count=choice.top,
            mean=mean_words(view.ranking.mean),
        ),
        t(
            "The height is the rank: lines that meet are tied, and a gap holds ranks of rows that"
            " are not drawn."
        ),
    )
    said = t("Bump chart of ranks under {means}", means=", ".join(view.means))
    return [
        tag("h2", t("Ranks by mean")),
        tag("p", caption, css="rc-words"),
        pictures.svg_of(bump(points, names), said),
    ]


def _data(view: View, sure: Spread | None, groups: Groups | None) -> pd.DataFrame:
    """Return every row with its rank, interval, tier, score, and what enters its mean."""
    spans = _spans(sure)
    frame = rank_frame(view, spans)
    places = [row.position for row in view.ranking.rows]
    tiers = {} if groups is None else groups.tiers
    frame.insert(list(frame.columns).index("score"), "tier", [tiers.get(i) for i in places])
    frame["tier"] = frame["tier"].astype("Int64")
    own = entries_of(view)
    tasks = {f"task {name}": own.values[places, g] for g, name in enumerate(own.names)}
    return pd.concat([frame, pd.DataFrame(tasks, index=frame.index)], axis=1)


def _spans(sure: Spread | None) -> Spans:
    return sure.ranks if sure is not None and sure.tasks > 1 else {}


def _badge(view: View, sure: Spread | None, title: str, model: str | None) -> Badge:
    """Return the rank of one row, by default of that which the page of boards follows."""
    row = view.focus
    if model is not None:
        place = find_row(view.board, model)
        row = next(row for row in view.ranking.rows if row.position == place)
    if row is None:
        return Badge(title, t("no model is ranked"), "plain")
    who = t("human") if row.is_human else row.model
    if row.rank is None:
        return Badge(f"{title}: {who}", t("not ranked"), "plain")
    value = t("rank {rank} of {count}", rank=row.rank, count=len(view.ranking.ranked))
    span = _spans(sure).get(row.position)
    if span is not None:
        value += f" · 95% {span_of(span)}"
    return Badge(f"{title}: {who}", value, "plain")


def _picture(view: View, sure: Spread | None, groups: Groups | None, title: str, size: str) -> str:
    """Return the share picture: the first rows on the intervals of their ranks."""
    ranking = view.ranking
    first = list(ranking.ranked[:_PICTURED])
    human = view.focus
    if human is not None and human.is_human and human not in first:
        first = [*first[:-1], human]
    over = f"{ranking.snapshot} · {size}"
    return pictures.share_picture(
        over,
        title,
        [*_said(view, sure, groups, title), *_lines(view, first, _spans(sure), title)],
        t("line: 95% interval of the rank over other draws of the tasks"),
    )


def _said(view: View, sure: Spread | None, groups: Groups | None, title: str) -> list[str]:
    words = plain(answer(view, sure, groups))
    y = pictures.below(title) + 48
    lines = pictures.wrapped(words, 22, 1072, 2)
    return [
        pictures.line(64, y + 30 * i, each, 22, colour=pictures.INK) for i, each in enumerate(lines)
    ]


def _lines(view: View, rows: Sequence[RankRow], spans: Spans, title: str) -> list[str]:
    top = pictures.below(title) + 134
    step = min(42.0, (548 - top) / max(1, len(rows) - 1)) if rows else 0.0
    ends = [spans[row.position] for row in rows if row.position in spans]
    low = min((a for a, _ in ends), default=1)
    high = max([b for _, b in ends] + [row.rank or 1 for row in rows], default=1)
    drawn = []

    def x(rank: float) -> float:
        return 600 + 420 * (rank - low) / max(1, high - low)

    if ends:
        for at, words, css in (
            (592, t("rank {rank}", rank=low), ""),
            (1028, str(high), pictures.RIGHT),
        ):
            drawn.append(pictures.line(at, top - 24, words, 16, colour=pictures.PALE, css=css))
    for i, row in enumerate(rows):
        y, colour = top + step * i, "#d97a00" if row.is_human else pictures.BLUE
        css = pictures.BOLD if i == 0 or row.is_human else ""
        name = t("{model} (human)", model=row.model) if row.is_human else row.model
        cut = pictures.fitted(name, 22, 440, bold=bool(css))
        drawn.append(pictures.line(104, y, row.rank, 22, colour=colour, css=pictures.RIGHT + css))
        drawn.append(pictures.line(122, y, cut, 22, css=css))
        span = spans.get(row.position)
        if span is not None:
            width = max(4.0, x(span[1]) - x(span[0]))
            drawn.append(
                f'<rect x="{x(span[0]):.1f}" y="{y - 12:.1f}" width="{width:.1f}" height="8" rx="4"'
                f' fill="{colour}" opacity=".35"/>'
            )
        drawn.append(
            f'<circle cx="{x(row.rank or 1):.1f}" cy="{y - 8:.1f}" r="8" fill="{colour}"/>'
        )
        drawn.append(pictures.line(1136, y, view.score(row.score), 22, css=pictures.RIGHT + css))
    return drawn
