"""Let people choose the task, the setting and the prompt that a tab shows.

Scores of different settings are never mixed: what a tab shows has one pooling, whitening, number
format and length, and one prompt for each checkpoint and task.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.folded import in_address
from dashboard.language import mark, t
from dashboard.sts.prompt_names import NO_PROMPT, Prompts

OWN, EVERY = mark("each checkpoint's own"), mark("every prompt")
LIMIT = mark("the checkpoint's limit")

_TOKENS = re.compile(r"(\d+) tokens")
_SETTINGS = (
    ("pooling", mark("Pooling"), "native"),
    ("whitening", mark("Whitening"), "none"),
    ("dtype", mark("Number format"), "float32"),
    ("max_length", mark("Sentences cut to"), LIMIT),
)


def choose_setting(rows: pd.DataFrame, *, task: bool = False) -> pd.DataFrame:
    """Offer a choice of every setting in which the rows differ; return the rows of it.

    Args:
        rows: `pooling, whitening, dtype, max_length`, and `task` if it is to be chosen; with
            `vectors` a row stands for that many.
        task: Whether to choose a task too.
    """
    offers = [*([("task", mark("Task"), "")] if task else []), *_SETTINGS]
    offers = [offer for offer in offers if _texts(rows, offer[0]).nunique() > 1]
    for box, (column, label, default) in zip(st.columns(max(len(offers), 1)), offers, strict=False):
        texts = _texts(rows, column)
        options = sorted(set(texts), key=lambda text: (text != default, text))
        if column == "task":  # begin with the one that has the most to compare
            weights = rows.vectors if "vectors" in rows else pd.Series(1, index=rows.index)
            counts = weights.groupby(texts).sum()
            options.sort(key=lambda text: (-counts[text], text))
            default, options = options[0], sorted(options)
        rows = rows[texts == selected(box.selectbox, t(label), options, column, default)]
    return rows


def choose_prompt(
    rows: pd.DataFrame, prompts: Prompts, *, every: bool = False
) -> tuple[pd.DataFrame, str]:
    """Offer a choice of prompts where there are several; return the rows of it and its name.

    Args:
        rows: `checkpoint_digest, task, prompt`.
        prompts: The names of prompts and those that checkpoints declare.
        every: Whether all prompts can be chosen together.
    """
    texts = sorted(set(rows.prompt))
    if len(texts) < 2:
        return rows, prompts.names[texts[0]]
    by_name = {prompts.names[text]: text for text in texts}
    options = [OWN, *([EVERY] if every else []), *by_name]
    chosen = selected(st.selectbox, t("Prompt"), options, "prompt", OWN)
    if chosen == OWN:
        return rows[rows.prompt == prompts.own(rows)], OWN
    return (rows if chosen == EVERY else rows[rows.prompt == by_name[chosen]]), chosen


def say_prompt(chosen: str) -> None:
    """Say in a line below a table which prompts its scores are with."""
    if chosen == OWN:
        st.caption(
            t(
                "Each checkpoint is shown with its own prompt: the one that it declares; where"
                " that is unknown or was not scored, the one with the most scores. The column"
                " says which."
            )
        )
    elif chosen not in (EVERY, NO_PROMPT):
        safe_html.show(
            safe_html.tag(
                "p",
                safe_html.sentence("Every score is with the prompt {prompt}.", prompt=chosen),
                css="rc-words",
            )
        )


def selected(
    box: Callable[..., str | None], label: str, options: list[str], key: str, default: str = ""
) -> str:
    """Offer a choice that is in the address; return it.

    Args:
        box: Draws a select box.
        label: Its label.
        options: What can be chosen.
        key: The name in the address.
        default: What is chosen at first; if it is no option, the first one.
    """
    # The same choice is kept in the next tab, where there may be no such option.
    if st.session_state.get(key) not in (None, *options):
        del st.session_state[key]
    first = default if default in options else options[0]
    return str(box(label, options, **in_address(key, options, first, _shown)))


def _shown(option: str) -> str:
    """Return an option as it is shown; names of tasks, checkpoints and prompts as they are."""
    if option in (OWN, EVERY, NO_PROMPT, LIMIT):
        return t(option)
    tokens = _TOKENS.fullmatch(option)
    return option if tokens is None else t("{count} tokens", count=tokens[1])


def _texts(rows: pd.DataFrame, column: str) -> pd.Series:
    if column != "max_length":
        return rows[column].astype(str)
    return rows.max_length.map(lambda n: LIMIT if formatting.is_missing(n) else f"{int(n)} tokens")
