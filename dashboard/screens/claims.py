"""The claims page: every claim with its verdict, or one claim with its evidence."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from dashboard import claims as detail
from dashboard import formatting, links, safe_html
from dashboard.claim_card import card
from dashboard.queries import claims
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.verdicts import headlines, kind
from evaluators import articles
from evaluators.claims import OPEN, VERDICTS
from evaluators.claims.judging.rules import expected_wrong

ALL = "all"

safe_html.heading("Claims", "What do papers and articles claim, and does it hold here?")


def name_claim(claim: str | None) -> None:
    """Put the claim into the page's address, from which the page reads it."""
    if claim is None:
        st.query_params.pop("claim", None)
    else:
        st.query_params["claim"] = claim


def tallies(heads: pd.DataFrame) -> None:
    """Show the number of claims with each verdict."""
    counts = Counter(heads.verdict)
    other = sum(counts.values()) - sum(counts[v] for v in VERDICTS)
    shown = [v for v in VERDICTS if counts[v] or v in ("holds", "refuted")]
    each = [(v, counts[v], f"of {formatting.counted(len(heads), 'claim')}") for v in shown]
    kinds = [kind(v) for v in shown]
    if other:
        each.append(("other", other, "for example a canary that drifted"))
        kinds.append("error")
    safe_html.tiles(each, kinds)


def name_article() -> None:
    """Put the chosen article into the page's address."""
    if st.session_state["of-article"] is None:
        st.query_params.pop("article", None)
    else:
        st.query_params["article"] = str(st.session_state["of-article"])


def of_article(heads: pd.DataFrame) -> pd.DataFrame:
    """Let people choose an article, and return the verdicts on its claims; all of them at first."""
    making = read(claims.articles)
    making = making[making.claim.isin(heads.claim)]
    if making.empty:
        return heads
    titles = {int(row.article): f"{row.article} {row.title_zh}" for row in records(making)}
    wanted = st.query_params.get("article", "").partition(" ")[0]
    there = [number for number in titles if str(number) == wanted]
    chosen = st.selectbox(
        "Article",
        [None, *titles],
        index=1 + list(titles).index(there[0]) if there else 0,
        format_func=lambda number: titles.get(number, ALL),
        key="of-article",
        on_change=name_article,
    )
    about = articles.of(chosen)
    if about is None:
        return heads
    words = f"{about.title_en} ({about.published_on}). "
    safe_html.show(
        safe_html.tag("p", words, safe_html.link("The article ↗", about.url), css="rc-words")
    )
    return heads[heads.claim.isin(making[making.article == chosen].claim)]


def every_claim(heads: pd.DataFrame) -> None:
    """Show all claims, each with a button that opens its evidence."""
    heads = of_article(heads)
    tallies(heads)
    # Only fixed texts: this control reads Markdown, and a verdict in the store is data.
    there = [verdict for verdict in VERDICTS if (heads.verdict == verdict).any()]
    chosen = st.segmented_control("Show", [ALL, *there], default=ALL, key="only-verdict")
    kept = heads if chosen in (None, ALL) else heads[heads.verdict == chosen]
    columns = st.columns(2)
    for i, (_, row) in enumerate(kept.iterrows()):
        with columns[i % 2].container(gap=None):
            card(row)
            st.button(
                "Evidence and history",
                key=f"claim-{i}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=name_claim,
                args=(row.claim,),
            )
    tested = heads[heads.q_value.notna() & ~heads.verdict.isin(OPEN)]
    said = expected_wrong(list(tested.q_value))
    st.caption(f"{said[0].upper()}{said[1:]}.")
    st.caption(
        "A claim is judged on every board and treatment, or every experiment, that it applies to."
        " The card shows the verdict on the board or in the setting that the claim is about, or"
        " else what all its settings come to. Mixed treatments and smoke runs have no vote. Below"
        " the claim's own level (model, data and recipe of its source) a verdict says so: it holds"
        " or fails in a made-up world, or at a small scale."
    )


def one_claim(wanted: str, heads: pd.DataFrame, standing: pd.DataFrame) -> None:
    """Show one claim with its evidence and history."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    st.session_state["claim"] = wanted
    left.selectbox(
        "Claim",
        list(heads.claim),
        key="claim",
        on_change=lambda: name_claim(st.session_state["claim"]),
    )
    right.button(
        "All claims",
        icon=":material/arrow_back:",
        on_click=name_claim,
        args=(None,),
        width="stretch",
    )
    known = read(claims.known)
    of_claim = known[known.claim == wanted]
    detail.show(
        heads[heads.claim == wanted].iloc[0],
        None if of_claim.empty else of_claim.iloc[0],
        standing[standing.claim == wanted],
        read(claims.history, wanted),
    )


standing = read(claims.standing)
if standing.empty:
    safe_html.note(
        "info", "No claim has been judged yet. This command judges all of them in a minute:"
    )
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    safe_html.note("info", "Or judge the results already in the store, without running any job:")
    st.code("rankcheck claims", language="bash")
    st.stop()
heads = headlines(standing)
wanted = st.query_params.get("claim")
if wanted is not None and wanted in set(heads.claim):
    one_claim(wanted, heads, standing)
else:
    if wanted is not None:
        links.say_missing("claim", wanted)
    every_claim(heads)
