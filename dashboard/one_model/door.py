"""Lead from a table to the page of one of its models."""

from __future__ import annotations

import streamlit as st

from dashboard import safe_html
from dashboard.formatting import one_line
from dashboard.language import t


def door(name: str) -> None:
    """Link to the page of a model."""
    st.page_link(
        "screens/model.py",
        label=safe_html.plain_label(t("Everything about {name}", name=one_line(name))),
        icon=":material/deployed_code:",
        query_params={"model": name},
    )
