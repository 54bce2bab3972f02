"""Offer what a page shows as a report to share, made only when somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.bundled import WAIT
from dashboard.language import ENGLISH, current, mark, t, written_in
from dashboard.leaderboards.task_choice import default_set, without_set
from dashboard.leaderboards.view import View
from dashboard.reading import store
from dashboard.shared.command import WEIGHTS, board_words, command_of, selection_options
from dashboard.sheet import safe_name
from evaluators.averaging import Board
from evaluators.averaging.selection import Selection

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dashboard.shared.report import Report


def offer(
    make: Callable[[], Report], words: Sequence[str], weights: Mapping[str, float] | None = None
) -> None:
    """Offer a report as a ZIP archive, with the command that writes the same.

    Args:
        make: Makes the report; called when it is asked for.
        words: What stands after `rankcheck report` in the command.
        weights: Weights that the command reads from a file.
    """
    folder = safe_name("-".join(["report", *words[:1]]))
    language = current()
    if language != ENGLISH:
        words = [*words, "--lang", language]

    def archive() -> bytes:
        # Drawing pictures takes libraries that no page needs.
        from dashboard.shared.folder import zipped
        from db.code_version import code_version

        with written_in(language):
            report = make()
        return zipped(report, folder, command=command_of(words), code=code_version().said)

    help_text = t("A page to share about this")
    with st.popover(t("Report"), icon=":material/ios_share:", help=help_text):
        st.download_button(
            t("Download as a folder (ZIP)"),
            archive,
            f"{folder}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/download:",
            key=f"report-{folder}",
        )
        st.caption(
            t(
                "A page that needs no server, with its data, a picture to share and a badge. It is"
                " made when you ask for it, which takes some seconds. This command writes the same:"
            )
        )
        # The words of the command come from the store, so they are shown as code.
        safe_html.code(command_of(words), language=None)
        if weights:
            st.caption(t("It reads the weights from a file {file}:", file=WEIGHTS))
            lines = (
                f"{json.dumps(name, ensure_ascii=False)}: {w:g}" for name, w in weights.items()
            )
            safe_html.code("\n".join(lines), language=None)


def offer_stored(make: Callable[[Connection, str], Report], name: str) -> None:
    """Offer the report of something in the store: a claim, an article, a plan run.

    Args:
        make: Makes the report from a connection and the name.
        name: As `rankcheck report` finds it.
    """

    def ask() -> Report:
        with store().read(wait=WAIT) as connection:
            return make(connection, name)

    offer(ask, [name])


def report_of_claim(connection: Connection, name: str) -> Report:
    """Return the report of a claim."""
    from dashboard.shared.claim import claim_report

    return claim_report(connection, name)


def report_of_article(connection: Connection, number: str) -> Report:
    """Return the report of an article."""
    from dashboard.shared.article import article_report
    from evaluators import articles

    return article_report(connection, articles.find(number))


def report_of_plan_run(connection: Connection, night_id: str) -> Report:
    """Return the report of a plan run."""
    from dashboard.shared.plan_run import plan_run_report

    return plan_run_report(connection, night_id)


def offer_board(whole: Board, view: View, selection: Selection, chosen: pd.Series) -> None:
    """Offer the report of a board as it is ranked on its page.

    Args:
        whole: The board with all its models and tasks.
        view: Board, treatment and mean.
        selection: What counts.
        chosen: The board's row of `queries.boards`.
    """
    which = str(st.session_state.get("set") or "all")

    def make() -> Report:
        from dashboard.shared.board import board_report

        return board_report(
            *(whole, view.board, view.treatment, view.p),
            digest=str(chosen.content_digest),
            source=source_of(chosen),
            tasks=which,
        )

    own = without_set(selection, which, whole)
    digest = str(chosen.content_digest)
    named = [] if which == default_set(own, digest, whole) else [("--set", which)]
    treatment = view.treatment.name.partition(" (")[0]
    words = board_words(whole, treatment, view.p, [*named, *selection_options(own)])
    offer(make, words, own.weights)


def source_of(chosen: pd.Series) -> list[tuple[str, str]]:
    """Return where a board's numbers are from: labels and values."""
    return [
        (label, str(chosen[label]))
        for label in (mark("source"), mark("retrieved"), mark("licence"), mark("notes"))
        if isinstance(chosen[label], str) and chosen[label]
    ]
