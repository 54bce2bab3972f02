"""The claims page: every claim in a row, or one claim as an argument, or what changed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.claims import words
from dashboard.claims.argument import argument
from dashboard.claims.changes import changes
from dashboard.claims.listing import listing
from dashboard.folded import tabbed
from dashboard.language import mark, t
from dashboard.queries import claims
from dashboard.reading import read
from dashboard.report_button import offer_stored, report_of_claim
from dashboard.verdicts import headlines


def leave() -> None:
    """Go back from a claim to all of them."""
    st.query_params.pop("claim", None)


def one_claim(wanted: str, heads: pd.DataFrame, standing: pd.DataFrame) -> None:
    """Show one claim with its evidence and history."""
    head = heads[heads.claim == wanted].iloc[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("All claims"), icon=":material/arrow_back:", on_click=leave, type="tertiary")
        offer_stored(report_of_claim, wanted)
    safe_html.heading(t("Claim"), tab=f"{words.short_name(wanted)}: {words.said(head)}")
    known = read(claims.known)
    of_claim = known[known.claim == wanted]
    argument(
        head,
        None if of_claim.empty else of_claim.iloc[0],
        standing[standing.claim == wanted],
        read(claims.history, wanted),
    )


def head_page() -> None:
    """Show the title of the list."""
    safe_html.heading(t("Claims"), t("What do papers and articles claim, and does it hold?"))


wanted = st.query_params.get("claim")
if wanted is None:  # before the verdicts are read
    head_page()
standing = read(claims.standing)
heads = headlines(standing) if len(standing) else standing
if wanted is not None and len(heads) and wanted in set(heads.claim):
    one_claim(wanted, heads, standing)
    st.stop()
if wanted is not None:
    head_page()
if standing.empty:
    safe_html.note(
        "info", t("No claim has been judged yet. This command judges all of them in a minute:")
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
    safe_html.note("info", t("Or judge the results already in the store, without running any job:"))
    safe_html.code("rankcheck claims")
    st.stop()
if wanted is not None:
    links.say_missing(mark("claim"), wanted)
newest = formatting.ago(heads.decided_at.max())
tabbed(
    {mark("Claims"): lambda: listing(heads), mark("Changes"): changes},
    key="claims-view",
)
st.caption(t("Judged {when}.", when=newest))
