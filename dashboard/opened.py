"""Let a row of a table be opened: by a click on its name or its box, by a key, or by its name.

Streamlit selects a cell, and so would open its row, as soon as the focus comes into a table by Tab.
A button in a cell waits for a click, but no key presses it; the box of a row answers to Shift+Space
alone, for Enter shows a cell in full. So a box below each table takes a name and Enter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.language import option_labels, t
from dashboard.tables import table


def opening_table(
    frame: pd.DataFrame,
    names: Sequence[str],
    key: str,
    *,
    click: tuple[str, str],
    open_row: Callable[[int], None] | None = None,
    of: str = "",
    beside: Callable[[], object] | None = None,
    column_config: Mapping[str, Any] | None = None,
    **options: Any,
) -> int | None:
    """Show a table whose rows open by a click, by their box, and by their name and Enter.

    Args:
        frame: The table.
        names: What each row is called in the box below; none where the page has such a box.
        key: Key of the table.
        click: The column that opens its row when it is clicked, and its head.
        open_row: Called with the place of a row, before the page is drawn again; where None, the
            row stays open until another one is.
        of: What the rows are of: those of another thing are other rows.
        beside: Draws what stands right of the box.
        column_config: How other columns are shown.
        options: Further arguments of `dashboard.tables.table`.

    Returns:
        The place of the row that is open; None where there is none.
    """
    column, head = click
    act = open_row or _keep_open(key, of)
    own = column_config or {}
    heads = {**own, column: _name_column(head, key, act, **own.get(column, {}))}
    table(frame, column_config=heads, **_opening(key, act), **options)
    if names and beside is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            by_name(names, key, act)
            beside()
    elif names:
        by_name(names, key, act)
    place = _opened_row(key, of)
    return place if place is not None and place < len(frame) else None


def row_names(rows: pd.DataFrame, *columns: str) -> list[str]:
    """Return what each row is called: what it has in these columns."""
    own = rows[list(columns)].itertuples(index=False)
    return [" · ".join(part for part in row if part) for row in own]


def _opening(key: str, open_row: Callable[[int], None]) -> dict[str, Any]:
    """Return the options of a table whose rows can be opened by their box.

    Args:
        key: Key of the table.
        open_row: Called with the place of the row, before the page is drawn again.
    """

    def ticked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            open_row(int(rows[0]))

    return {"key": key, "on_select": ticked, "selection_mode": "single-row"}


def _name_column(label: str, key: str, open_row: Callable[[int], None], **options: Any) -> Any:
    """Return how the column of names is shown, each a button that opens its row.

    Args:
        label: Head of the column.
        key: Key of the table.
        open_row: As in `_opening`.
        options: Further options of the column.
    """
    click = f"{key}-click"
    return st.column_config.ButtonColumn(
        label,
        type="tertiary",
        alignment="left",
        key=click,
        on_click=lambda: open_row(int(st.session_state[click]["row"])),
        **options,
    )


def by_name(names: Sequence[str], key: str, open_row: Callable[[int], None]) -> None:
    """Offer the rows of a table by name, to be opened by Enter.

    Args:
        names: What each row is called.
        key: Key of the table.
        open_row: As in `opening_table`.
    """
    own = f"{key}-name"

    def chosen() -> None:
        place = st.session_state[own]
        if place is not None:
            open_row(int(place))

    places = range(len(names))
    st.selectbox(
        t("Open a row by its name"),
        places,
        index=None,
        format_func=option_labels(places, names.__getitem__),
        key=own,
        on_change=chosen,
        placeholder=t("Name + Enter opens a row (in the table: Shift+Space)"),
        label_visibility="collapsed",
        width=480,
    )


def _keep_open(key: str, of: str = "") -> Callable[[int], None]:
    """Return what keeps a row open until another one is, for `_opened_row` to return.

    Args:
        key: Key of the table.
        of: What the rows are of: those of another thing are other rows.
    """

    def keep(place: int) -> None:
        st.session_state[f"{key}-open"] = (of, place)

    return keep


def _opened_row(key: str, of: str = "") -> int | None:
    """Return the place of the row that is open; None where there is none. As `_keep_open`."""
    found = st.session_state.get(f"{key}-open")
    return found[1] if found is not None and found[0] == of else None
