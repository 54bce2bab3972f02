"""The tab "Examples": what the answers of all models say about the single examples of a task.

The answers are read from the files of the runs, and analysed anew when one of them changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.charts.drawing import draw
from dashboard.charts.items import WINDOW, information, scatter
from dashboard.language import nt, sentences, t
from dashboard.queries import clue
from dashboard.reading import read, store
from dashboard.sheet import download
from db import run_files
from db.errors import StoreError
from evaluators.clue.respondents import Respondents, gather
from evaluators.errors import EvaluatorError
from evaluators.item_response.analysis import TOP, ItemAnalysis, analyse
from evaluators.result import Table
from evaluators.trainer.predictions import NAME

SEED = 0
"""Seed of the simulation and the folds: the default of `rankcheck predictions items`."""

_DRAWN = 2000  # points of the scatter: more only cover each other
_LISTED = 20  # suspicious examples, where none is broken


class _Found(NamedTuple):
    """The analysis, or the reason why there is none."""

    answers: Respondents | None
    analysis: ItemAnalysis | None
    why: str = ""


def examples(choices: pd.DataFrame) -> None:
    """Offer a choice of task and split, and show the analysis of its examples.

    Args:
        choices: `task, split` of what was scored.
    """
    left, right = st.columns(2)
    task = left.selectbox(t("Task"), list(dict.fromkeys(choices.task)), key="examples-task")
    splits = list(dict.fromkeys(choices[choices.task == task].split))
    split = right.selectbox(t("Split"), splits, key="examples-split")
    st.caption(
        t(
            "Many models answered the same examples. An example that is right only for"
            " better models tells models apart; one that better models get wrong more often"
            " may have a wrong label. A model is a checkpoint in one configuration; its"
            " seeds count as one."
        )
    )
    rows = read(clue.runs, str(task))
    root = run_files.folder(store().url)
    stamps = tuple(run_files.stamp(root, str(run_id), NAME) for run_id in rows.run_id)
    with st.spinner(t("Fitting the examples …")):
        found = _analysed(root, str(task), str(split), rows, stamps)
    if found.answers is None or found.analysis is None:
        safe_html.note("info", t("The examples cannot be analysed yet: {why}.", why=found.why))
        return
    table = _table(found.answers, found.analysis)
    _summary(found.answers, found.analysis)
    _scatter(table)
    _broken(table, found.analysis)
    _information(found.analysis)
    download(table, f"examples-{task}-{split}")


@st.cache_data(max_entries=16, show_spinner=False)
def _analysed(
    root: Path,
    task: str,
    split: str,
    rows: pd.DataFrame,
    stamps: tuple[object, ...],  # part of the cache key, so that a changed file is read again
) -> _Found:
    def answers_of(run_id: str) -> Table | None:
        try:
            kept = run_files.read(root, run_id, NAME)
        except StoreError:
            return None
        return Table(NAME, kept.columns, kept.about)

    try:
        answers = gather(task, [dict(row) for _, row in rows.iterrows()], answers_of, split=split)
        return _Found(answers, analyse(answers.responses, answers.seeds, seed=SEED))
    except EvaluatorError as error:
        return _Found(None, None, str(error))


def _table(answers: Respondents, analysis: ItemAnalysis) -> pd.DataFrame:
    """Return one row for each example on which models differ."""
    fitted, test = analysis.fitted, analysis.test
    rank = np.full(len(answers.ids), np.nan)
    rank[analysis.order] = np.arange(1, len(analysis.order) + 1)
    table = pd.DataFrame(
        {
            "id": answers.ids,
            "gold": answers.gold,
            "right": analysis.responses.mean(axis=0),
            "difficulty": fitted.difficulty,
            "difficulty_error": fitted.difficulty_error,
            "discrimination": fitted.discrimination,
            "discrimination_error": fitted.discrimination_error,
            "information": fitted.information,
            "rest_difference": 100 * test.rest_difference,
            "p_value": test.p_value,
            "q_value": test.q_value,
            "rank": rank,
            "kind": np.where(
                test.broken, "broken", np.where(rank <= analysis.top, "selected", "other")
            ),
        }
    )
    return table[analysis.informative].reset_index(drop=True)


def _summary(answers: Respondents, analysis: ItemAnalysis) -> None:
    alike = len(answers.ids) - int(analysis.informative.sum())
    safe_html.tiles(
        [
            (
                t("Models"),
                len(answers.models),
                t(
                    "{runs} runs of {checkpoints}, baselines as one",
                    runs=int(answers.seeds.sum()),
                    checkpoints=nt(
                        "{count:,} checkpoint", "{count:,} checkpoints", answers.checkpoints
                    ),
                ),
            ),
            (
                t("Examples"),
                f"{len(answers.ids):,}",
                t(
                    "{alike:,} answered alike: {everybody:,} everybody right, {nobody:,} nobody",
                    alike=alike,
                    everybody=analysis.everybody_right,
                    nobody=analysis.nobody_right,
                ),
            ),
            (
                t("Better models do worse"),
                f"{analysis.negative:,}",
                t(
                    "estimated; about {count:,.0f} expected by chance",
                    count=analysis.negative_expected,
                ),
            ),
        ],
        ["info", "plain", "plain"],
    )
    for note in (*answers.notes, *answers.cautions):
        st.caption(f"{note[0].upper()}{note[1:]}.")


def _scatter(table: pd.DataFrame) -> None:
    inside = table[table.difficulty.abs() <= WINDOW]
    others = inside[inside.kind == "other"]
    every = -(-len(others) // _DRAWN) if len(others) else 1
    shown = pd.concat([others.iloc[::every], inside[inside.kind != "other"]])
    columns = ["id", "gold", "right", "difficulty", "discrimination", "kind"]
    draw(
        scatter(shown[columns]),
        alternative=t("Discrimination of every example against its difficulty"),
    )
    beyond = len(table) - len(inside)
    said = [
        t(
            "To the right: harder. Above: tells models apart better; below 0, better models do"
            " worse. Both are estimates from a few models, so single points are uncertain."
        )
    ]
    if beyond:
        said.append(t("{count:,} examples beyond the edges are not drawn.", count=beyond))
    if every > 1:
        said.append(t("Of the others, one in {every} is drawn.", every=every))
    st.caption(sentences(*said))


def _broken(table: pd.DataFrame, analysis: ItemAnalysis) -> None:
    st.header(t("Examples that better models get wrong"))
    broken = table[table.kind == "broken"]
    shown = broken if len(broken) else table
    shown = shown.sort_values(["p_value", "rest_difference"])
    if broken.empty:
        shown = shown.head(_LISTED)
        safe_html.note(
            "info",
            t(
                "With {models} models no example stands out beyond chance (q below 0.05). These are"
                " the most suspicious.",
                models=len(analysis.responses),
            ),
        )
    number = st.column_config.NumberColumn
    tables.table(
        shown[["id", "gold", "right", "rest_difference", "p_value", "q_value"]],
        hide_index=True,
        height=min(390, 38 + 35 * len(shown)),
        column_config={
            "gold": t("gold answer"),
            "right": number(t("share of right answers"), format="percent"),
            "rest_difference": number(t("rest difference"), format="%+.2f"),
            "p_value": number("p", format="%.2g"),
            "q_value": number("q", format="%.2g"),
        },
        alt=t("Examples that better models get wrong more often"),
    )
    st.caption(
        t(
            "Rest difference: points on all other examples of the models that are right on"
            " this one, minus those of the models that are wrong. p is that of a permutation"
            " test; q corrects it for the number of examples (Benjamini and Yekutieli)."
        )
    )


def _information(analysis: ItemAnalysis) -> None:
    if not len(analysis.order):
        return
    st.header(t("Examples that tell models apart"))
    count = len(analysis.order)
    places = np.unique(np.linspace(0, count - 1, min(count, 200)).astype(int))
    points = pd.DataFrame({"examples": places + 1, "share": analysis.cumulative[places]})
    selected = len(analysis.selected)
    draw(
        information(points, selected),
        alternative=t("Share of all information in the most informative examples"),
    )
    words = t(
        "The {selected:,} most informative of {count:,} carry {share:.0%} of all information (at"
        " most {most} are selected).",
        selected=selected,
        count=count,
        share=analysis.cumulative[selected - 1],
        most=TOP,
    )
    held_out = analysis.held_out
    if held_out.selected is not None:
        more = t(
            "Selected with some of the models, such examples rank the other models as all examples"
            " do with Kendall's tau {selected:.2f}; as many drawn at random do with {random:.2f}.",
            selected=held_out.selected,
            random=held_out.at_random,
        )
        words = sentences(words, more)
    elif held_out.note:
        words += f" {held_out.note[0].upper()}{held_out.note[1:]}."
    st.caption(words)
