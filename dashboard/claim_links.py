"""Links from a claim to its source, and to the page that shows its evidence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.safe_html import sources
from evaluators.claims import find, names
from evaluators.described import evaluators_of

_PAGES = {
    "dimension": ("screens/dimension.py", "The experiments on the dimension page"),
    "batch_sweep": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "gradient_accumulation": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "clue": ("screens/clue.py", "The experiments on the CLUE page"),
    "arm": ("screens/experiments.py", "The experiment with its arms"),
    "sts": ("screens/sts.py", "The scores on the STS page"),
}


def source_line(source: object) -> None:
    """Show the source of a claim, with links to the papers and articles it names."""
    if formatting.is_missing(source):
        return
    links = [safe_html.link(f"{label} ↗", address) for label, address in sources(str(source))]
    spaced = [part for link in links for part in (safe_html.Html(" · "), link)]
    safe_html.show(safe_html.tag("p", f"Source: {source}", *spaced, css="rc-words"))


def lead(head: pd.Series, known: pd.Series | None) -> None:
    """Link to the page that shows the evidence of the verdict."""
    if not formatting.is_missing(head.board):
        where = {"board": head.board, "snapshot": head.snapshot, "treatment": head.treatment}
        st.page_link(
            "screens/leaderboards.py",
            label="The ranks behind this verdict",
            icon=":material/leaderboard:",
            query_params={k: str(v) for k, v in where.items() if not formatting.is_missing(v)},
        )
        return
    view = "" if known is None or formatting.is_missing(known.evaluator) else str(known.evaluator)
    for prefix, (page, label) in _PAGES.items():
        if view.removeprefix("view ").startswith(prefix):
            st.page_link(
                page,
                label=label,
                icon=":material/science:",
                query_params=_experiment(str(head.claim)) if prefix == "arm" else None,
            )
            return


def _experiment(claim: str) -> dict[str, str]:
    """Return the choice of a claim's experiment, as the page of experiments has it."""
    evaluators = evaluators_of(find(claim)) if claim in names() else ()
    return {"experiment": evaluators[0]} if evaluators else {}
