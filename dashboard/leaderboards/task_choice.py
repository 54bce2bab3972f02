"""Choose the tasks that count: a set, types, languages, one by one or pasted, and weights."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import links, safe_html
from dashboard.folded import in_address, several_in_address
from dashboard.language import mark, t
from dashboard.weights import parse_weights
from evaluators.averaging import Board, Treatment, rank
from evaluators.averaging.common_tasks import common_tasks, complete_cells
from evaluators.averaging.selection import Selection
from evaluators.averaging.task_weights import names_of
from evaluators.errors import TreatmentError
from evaluators.languages import language_name
from evaluators.names import nearest

SETS = {
    "all": mark("All tasks"),
    "common": mark("The most tasks that half of the models have"),
    "complete": mark("Only tasks that every model has"),
}
CHOICES = {"type": [], "language": [], "task": [], "without": [], "tasks": "", "weights": ""}
"""What the controls have where all tasks count alike, by their names in the address."""
FEWEST = 10
"""With fewer ranked models than this, or than half of them, a board opens on common tasks."""

KEYS = ("set", *CHOICES)
"""Names of the controls in the address."""


@st.cache_data(max_entries=256, show_spinner=False)
def opens_on(board_id: str, _board: Board) -> str:
    """Return the set of tasks that a board opens on: all, unless hardly a model has them all."""
    try:
        ranked = len(rank(_board, Treatment()).ranked)
    except TreatmentError:
        return "all"
    return "common" if too_few(ranked, len(_board.models)) and common_tasks(_board) else "all"


def too_few(ranked: int, models: int) -> bool:
    """Return whether so few of a board's models have all tasks that it opens on fewer tasks."""
    return ranked < min(FEWEST, models / 2)


def choose_tasks(board: Board, board_id: str) -> Selection:
    """Offer a choice of the tasks that count, and of what they weigh.

    Raises:
        TreatmentError: No pasted name is known, nothing is left, or the weights are not written
            as `NAME=NUMBER, …`.
    """
    tasks = list(dict.fromkeys(c.split_of or c.task for c in board.columns))
    types = list(dict.fromkeys(c.type for c in board.columns if c.type is not None))
    languages = sorted({code for c in board.columns for code in c.languages}, key=language_name)
    default = opens_on(board_id, board)
    links.expect("set", (*SETS, *SETS.values()), t("the set of tasks"))
    if st.session_state.get("of-board") != board_id:  # another board opens on its own set
        st.session_state["of-board"] = board_id
        if "set" not in st.query_params:
            st.session_state.pop("set", None)
    asked = links.option(st.query_params.get("set", ""), SETS)
    if asked in SETS:
        st.query_params["set"] = asked
    which = st.selectbox(
        t("Tasks that count"),
        list(SETS),
        **in_address("set", tuple(SETS), default, lambda name: t(SETS[name]), always=True),
    )
    chosen: dict[str, list[str]] = {}
    for key, what, label, names, placeholder in (
        ("type", mark("the type"), t("Types that count"), types, t("All types")),
        (
            "language",
            mark("the language"),
            t("Languages that count"),
            languages,
            t("All languages"),
        ),
        ("without", mark("the task"), t("Tasks that do not count"), tasks, t("None is left out")),
    ):
        if key == "language":
            labels = {code: language_name(code) for code in names}
            links.expect(key, (*labels, *labels.values()), t(what))
            links.take(key, labels)
        else:
            links.expect(key, names, t(what))
        if len(names) < 2:
            continue
        if key in st.session_state:  # chosen on another board, whose tasks have other names
            st.session_state[key] = [name for name in st.session_state[key] if name in names]
        chosen[key] = st.multiselect(
            label,
            names,
            key=key,
            bind="query-params",
            placeholder=placeholder,
            format_func=language_name if key == "language" else str,
        )
    picked = _one_by_one(board, tasks)
    pasted = st.text_area(
        t("Or only those of a list"),
        key="tasks",
        bind="query-params",
        max_chars=6000,
        height=80,
        placeholder=t("Paste names, one a line or with commas"),
    )
    weights = st.text_input(
        t("Weights"),
        key="weights",
        bind="query-params",
        max_chars=2000,
        placeholder=f"{tasks[0]}=2, …" if tasks else "",
        help=t(
            "Weights of tasks or types, as in RTE=2, Retrieval=0.5. The others count 1; one"
            " of weight 0 does not count."
        ),
    )
    if any(st.query_params.get_all(key) for key in CHOICES):
        st.button(t("Count all tasks alike"), key="forget-tasks", on_click=_forget)
    only = dict.fromkeys((*picked, *_said_pasted(pasted, board)))
    _say_outside(tuple(only), str(which), board)
    selection = Selection(
        tasks=tuple(only),
        without=tuple(chosen.get("without", ())),
        types=tuple(chosen.get("type", ())),
        languages=tuple(chosen.get("language", ())),
        weights=parse_weights(weights),
    )
    return within_set(selection, str(which), board)


def _one_by_one(board: Board, tasks: list[str]) -> list[str]:
    """Offer every task by its name, type and languages, and return those that are picked."""
    about = {name: [name] for name in tasks}
    for column in board.columns:
        words = about[column.split_of or column.task]
        spoken = [language_name(code) for code in column.languages]
        many = [*spoken[:_SPOKEN], "…"] if len(spoken) > _SPOKEN else spoken
        words += [word for word in (column.type, *many) if word and word not in words]
    labels = {name: " · ".join(words) for name, words in about.items()}
    links.expect("task", (*tasks, *labels.values()), t("the task"))
    if "task" in st.session_state:  # picked on another board
        st.session_state["task"] = [name for name in st.session_state["task"] if name in labels]
    names = {label: name for name, label in labels.items()}
    return st.multiselect(
        t("Only these tasks"),
        tasks,
        **several_in_address("task", tasks, labels.__getitem__, names),
        placeholder=t("All tasks; search by name, type or language"),
    )


_SPOKEN = 3
"""Most languages in the label of a task."""


def _said_pasted(text: str, board: Board) -> tuple[str, ...]:
    """Return the tasks that a text names, and say which of its names are no tasks.

    Raises:
        TreatmentError: None of its names is a task.
    """
    known, unknown = pasted_tasks(text, board)
    if unknown and not known:
        parts = "; ".join(f"{name!r}{nearest(name, _names(board))}" for name in unknown)
        raise TreatmentError(f"the board has no task {parts}")
    if unknown:
        said = t(
            "Of the pasted names these are no tasks of the board, so they do not count: {names}.",
            names=t(", ").join(_with_nearest(name, _names(board)) for name in unknown),
        )
        links.keep("tasks", said)
        safe_html.note("warning", said)
    return known


def _with_nearest(name: str, known: list[str]) -> str:
    folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return t("{name} (nearest: {known})", name=name, known=folded[close[0]]) if close else name


def _say_outside(only: tuple[str, ...], which: str, board: Board) -> None:
    """Say which of the named tasks do not count, since the chosen set lacks them."""
    of_set = _of_set(which, board)
    outside = [name for name in only if of_set and name not in of_set]
    if outside and len(outside) < len(only):
        said = t(
            "These tasks are not in the set that was chosen, so they do not count: {names}. Take"
            " all tasks under Tasks to count them.",
            names=t(", ").join(outside),
        )
        links.keep("set", said)


def in_link() -> list[tuple[str, str]]:
    """Return the choice of tasks as parameters of a link to another page."""
    chosen = {key: st.session_state.get(key) for key in KEYS}
    return [
        (key, str(value))
        for key, values in chosen.items()
        for value in (values if isinstance(values, list) else [values])
        if value
    ]


def _forget() -> None:
    """Take back what was chosen of the tasks, on this page and for those that keep it."""
    for key, nothing in CHOICES.items():
        if key in st.session_state:
            st.session_state[key] = nothing
    st.query_params.pop("task", None)


def within_set(selection: Selection, which: str, board: Board) -> Selection:
    """Return a selection among the tasks of a set, which has the set's name where it is alone.

    Args:
        selection: What else is chosen.
        which: One of `SETS`.
        board: The whole board.

    Raises:
        TreatmentError: Nothing is left.
    """
    of_set = _of_set(which, board)
    if not of_set:
        return selection
    if selection == Selection(where=selection.where):
        return with_where(Selection(tasks=of_set, name=f"{which} tasks"), selection.where)
    only = tuple(t for t in selection.tasks if t in of_set) if selection.tasks else of_set
    if not only:
        raise TreatmentError("none of the pasted tasks is in the chosen set of tasks")
    return replace(selection, tasks=only)


def without_set(selection: Selection, which: str, board: Board) -> Selection:
    """Return what is selected beside a set of tasks: of it `within_set` makes the same again."""
    of_set = _of_set(which, board)
    own = () if of_set and set(selection.tasks) == set(of_set) else selection.tasks
    return replace(selection, tasks=own, name="" if of_set else selection.name)


def with_where(selection: Selection, where: str) -> Selection:
    """Return a selection of the models too of which a condition is true; empty for all of them."""
    # The name of a set is all that outputs say of a selection, so it names the condition as well.
    name = f"{selection.name}, where {where}" if selection.name and where else selection.name
    return replace(selection, where=where, name=name)


def default_set(selection: Selection, board_id: str, board: Board) -> str:
    """Return the set of tasks of a selection that names none: all, or what the board opens on."""
    return "all" if selection else opens_on(board_id, board)


def _of_set(which: str, board: Board) -> tuple[str, ...]:
    """Return the tasks of a set; empty for all of them."""
    if which == "common":
        return common_tasks(board)
    if which == "complete":
        tasks, has = complete_cells(board)
        complete = tuple(np.array(tasks)[has.all(axis=0)].tolist())
        if not complete:
            raise TreatmentError(f"{board.name}: no task has a score of every model")
        return complete
    return ()


def pasted_tasks(text: str, board: Board) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tasks that a text names, and its other names.

    Args:
        text: Names, one a line or separated by commas or semicolons.
        board: The whole board.
    """
    known = {name.casefold(): name for name in _names(board)}
    found: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for line in filter(None, (line.strip() for line in re.split(r"[\n;]", text))):
        # A name may have a comma in it: MTOP (en, de).
        parts = [line] if line.casefold() in known else [p.strip() for p in line.split(",")]
        for part in filter(None, parts):
            if part.casefold() in known:
                found[known[part.casefold()]] = None
            else:
                unknown[part] = None
    return tuple(found), tuple(unknown)


def _names(board: Board) -> list[str]:
    return sorted({name for column in board.columns for name in names_of(column)})
