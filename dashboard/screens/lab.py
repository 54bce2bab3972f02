"""The lab: every experiment in one line, with what is claimed of it and what came out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.claims.words import article_title
from dashboard.lab import PARTS, Part, place_of
from dashboard.language import nt, t
from dashboard.opened import opening_table
from dashboard.queries import claims, lab
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.verdicts import DATA, headlines
from evaluators.described import articles_on, claims_on, describe

holdings = read(lab.holdings)
safe_html.heading(
    t("Lab"),
    t(
        "What was measured here: checkpoints on tasks, and experiments that test what"
        " articles claim."
    ),
)
if holdings.empty:
    safe_html.note(
        "info", t("Nothing has been measured yet. This command measures some of it all:")
    )
    safe_html.code("rankcheck run plans/quickstart.yaml")
    st.stop()


def held(part: Part) -> str:
    """Return what the store has for a part of the lab, in words."""
    own = holdings[[name.startswith(part.evaluators or (" ",)) for name in holdings.evaluator]]
    if part.evaluators and own.empty:
        return t("Nothing measured yet.")
    if not part.evaluators:
        return t("All experiments, one below the other, are listed here.")
    newest = formatting.ago(own.newest.max())
    tasks = nt("{count:,} task", "{count:,} tasks", int(own.tasks.sum()))
    models = int(own.checkpoints.max())
    if not models:
        return t("{tasks}, newest {newest}.", tasks=tasks, newest=newest)
    checkpoints = nt("{count:,} checkpoint", "{count:,} checkpoints", models)
    return t(
        "{tasks} with {checkpoints}, newest {newest}.",
        tasks=tasks,
        checkpoints=checkpoints,
        newest=newest,
    )


places = st.columns(2) + st.columns(2)
for place, part in zip(places, PARTS[:-1], strict=True):
    with place.container(border=True, gap=None, height="stretch"):
        st.page_link(part.page, label=t(part.title), icon=":material/arrow_forward:")
        safe_html.show(safe_html.tag("p", f"{t(part.question)} {held(part)}", css="rc-words"))

heads = headlines(read(claims.standing))


def line(row: Any) -> dict[str, Any]:
    """Return one experiment: what it measures, its article, and the verdicts it bears on."""
    known = describe(row.evaluator)
    own = heads[heads.claim.isin(claims_on(row.evaluator))]
    verdicts = ", ".join(f"{n} {t(str(word))}" for word, n in own.verdict.value_counts().items())
    levels = [t(DATA[level]) for level in DATA if (own.level == level).any()]
    return {
        "experiment": row.evaluator,
        "what": "" if known is None else t(known.first),
        "articles": ", ".join(article_title(article) for article in articles_on(row.evaluator)),
        "claims": verdicts or t("no claim"),
        "data": ", ".join(levels),
        "newest": row.newest,
    }


names = [place_of(name)[0] == PARTS[-1].page for name in holdings.evaluator]
rows = [line(row) for row in records(holdings[names])]
if rows:
    st.header(t("Experiments"))
    frame = pd.DataFrame(rows)
    chosen = opening_table(
        frame,
        list(frame.experiment),
        "experiments",
        click=("experiment", t("experiment")),
        beside=lambda: open_as_sql(sql_of(lab.holdings)),
        hide_index=True,
        height=min(720, 38 + 35 * len(frame)),
        column_config={
            "what": st.column_config.TextColumn(t("what it measures"), width="large"),
            "articles": t("article"),
            "claims": t("what came out"),
            "newest": st.column_config.DatetimeColumn(
                t("newest run (UTC)"), format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=t("Experiments"),
    )
    if chosen is None:
        st.caption(t("Click an experiment to open it."))
    else:
        experiment = rows[chosen]["experiment"]
        st.page_link(
            "screens/experiments.py",
            label=safe_html.plain_label(t("Open {experiment}", experiment=experiment)),
            icon=":material/arrow_forward:",
            query_params={"experiment": experiment},
        )
