"""Let a row of a table be opened: by a click on its name or its box, or by Shift+Space.

Streamlit selects a cell, and so would open its row, as soon as the focus comes into a table by Tab.
A button in a cell waits for a click, but no key presses it; the box of a row answers to the keys of
the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def opening(key: str, open_row: Callable[[int], None]) -> dict[str, Any]:
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


def name_column(label: str, key: str, open_row: Callable[[int], None], **options: Any) -> Any:
    """Return how the column of names is shown, each a button that opens its row.

    Args:
        label: Head of the column.
        key: Key of the table.
        open_row: As in `opening`.
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


def keep_open(key: str, of: str = "") -> Callable[[int], None]:
    """Return what keeps a row open until another one is, for `opened_row` to return.

    Args:
        key: Key of the table.
        of: What the rows are of: those of another thing are other rows.
    """

    def keep(place: int) -> None:
        st.session_state[f"{key}-open"] = (of, place)

    return keep


def opened_row(key: str, of: str = "") -> int | None:
    """Return the place of the row that is open; None where there is none. As `keep_open`."""
    found = st.session_state.get(f"{key}-open")
    return found[1] if found is not None and found[0] == of else None


def ticked_row(event: Any) -> int | None:
    """Return the place of the row whose box is ticked; None where there is none."""
    rows = event.selection.rows
    return int(rows[0]) if rows else None
