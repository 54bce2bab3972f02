"""The parts of the lab: pages of one kind of experiment, and the row of links between them."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from dashboard import safe_html
from dashboard.language import mark, t


class Part(NamedTuple):
    """A page of the lab.

    Attributes:
        page: Its file.
        title: What it is called.
        question: What it answers.
        evaluators: Beginnings of the names of the evaluators whose results it shows.
    """

    page: str
    title: str
    question: str
    evaluators: tuple[str, ...]


PARTS = (
    Part(
        "screens/sts.py",
        mark("Sentence similarity"),
        mark(
            "How well does each checkpoint grade sentence pairs, with which prompt, and how small"
            " can its vectors be?"
        ),
        ("sts", "pair_classification", "whitening"),
    ),
    Part(
        "screens/clue.py",
        "CLUE",
        mark(
            "How well does a checkpoint do on the Chinese CLUE tasks, and which way of training"
            " improves it?"
        ),
        ("clue",),
    ),
    Part(
        "screens/batch_sweep.py",
        mark("Batch sweep"),
        mark(
            "Does the batch size matter for contrastive losses, and does FlatNCE remove the"
            " dependence?"
        ),
        ("batch_sweep", "gradient_accumulation", "gradient_cancellation"),
    ),
    Part(
        "screens/dimension.py",
        mark("Dimension"),
        mark("How many dimensions do N items need, and is 8.33 ln N the right number?"),
        ("dimension",),
    ),
    Part(
        "screens/experiments.py",
        mark("Experiments"),
        mark("How do the variants of an experiment compare, and what is claimed about them?"),
        (),
    ),
)


def part(page: str) -> Part:
    """Return the part of a file, such as `screens/sts.py`."""
    return next(part for part in PARTS if part.page == page)


def head(page: str) -> None:
    """Show the title of a part, with links to the lab and to its other parts."""
    here = part(page)
    with st.container(horizontal=True, key="lab-parts"):
        st.page_link("screens/lab.py", label=t("Lab"), icon=":material/arrow_back:")
        for other in PARTS:
            if other.page != page:
                st.page_link(other.page, label=t(other.title))
    title = t(here.title)
    safe_html.heading(title, t(here.question), tab=f"{title} · {t('Lab')}")


def place_of(evaluator: str) -> tuple[str, dict[str, str] | None]:
    """Return the page of the lab that shows an evaluator's results, and what to choose there."""
    for part in PARTS:
        if evaluator.startswith(part.evaluators or (" ",)):
            return part.page, None
    return "screens/experiments.py", {"experiment": evaluator}
