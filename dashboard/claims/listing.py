"""Every claim in one row, grouped by the article that makes it, real data first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.claims import words
from dashboard.claims.evidence import evidence_parts
from dashboard.folded import in_address
from dashboard.language import mark, nt, option_labels, sentences, t
from dashboard.queries import claims as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.report_button import offer_stored, report_of_article
from dashboard.safe_html import Html
from dashboard.verdicts import BOARD, CANARY, DATA
from evaluators import articles
from evaluators.claims import OPEN, VERDICTS
from evaluators.claims.judging.rules import most_wrong

ANY = mark("any")
_FAR = 1.25  # how far beyond interval and threshold a small picture reaches
_ORDER = (BOARD, DATA["published"], DATA["small"], DATA["identity"], DATA["made-up"])


def rows_of(heads: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts with their article, their data and their rule, real data first."""
    known = read(queries.known).set_index("claim")
    makers = read(queries.articles).drop_duplicates("claim").set_index("claim")
    data = [words.data(row) for row in records(heads)]
    found = heads.assign(
        data=data,
        place=[_ORDER.index(each) if each in _ORDER else len(_ORDER) for each in data],
        article=list(heads.claim.map(makers.article)) if len(makers) else None,
        title=list(heads.claim.map(known.title)) if len(known) else None,
        rule=list(heads.claim.map(known.decision_rule)) if len(known) else None,
    )
    return found.sort_values(["place", "claim"], kind="stable")


def choose(found: pd.DataFrame) -> pd.DataFrame:
    """Let people search and filter; what they choose is in the address."""
    search, verdict, data, article = st.columns([3, 2, 2, 3])
    wanted = search.text_input(
        t("Search"),
        key="find",
        bind="query-params",
        max_chars=100,
        placeholder=t("Words of a claim"),
    )
    there = [word for word in VERDICTS if (found.verdict == word).any()]
    there = [ANY, *there]
    only = verdict.selectbox(t("Verdict"), there, **in_address("verdict", there, ANY))
    kinds = [ANY, *(kind for kind in _ORDER if (found.data == kind).any())]
    kind = data.selectbox(t("Data"), kinds, **in_address("data", kinds, ANY))
    numbers = sorted({int(number) for number in found.article.dropna()})
    asked = st.query_params.get("article", "").partition(" ")[0]
    number = article.selectbox(
        t("Article"),
        [None, *numbers],
        index=1 + [str(each) for each in numbers].index(asked) if _has(numbers, asked) else 0,
        format_func=option_labels(
            [None, *numbers], lambda each: t(ANY) if each is None else f"{each} {_title(each)}"
        ),
        key="of-article",
        on_change=_name_article,
    )
    if asked and not _has(numbers, asked):
        links.say_missing(mark("claims of article"), asked)
    kept = found.loc[[_says(row, str(wanted or "")) for row in records(found)]]
    if only not in (None, ANY):
        kept = kept[kept.verdict == only]
    if kind not in (None, ANY):
        kept = kept[kept.data == kind]
    return kept if number is None else kept[kept.article == number]


def _says(row: Any, wanted: str) -> bool:
    """Return whether a claim has all the words in its id, or in what it says in either language."""
    texts = [str(text) for text in (row.sentence, row.title) if isinstance(text, str)]
    said = " ".join([str(row.claim), *texts, *map(t, texts)]).casefold()
    return all(word in said for word in wanted.casefold().split())


def _has(numbers: list[int], asked: str) -> bool:
    return asked in {str(each) for each in numbers}


def _name_article() -> None:
    if st.session_state["of-article"] is None:
        st.query_params.pop("article", None)
    else:
        st.query_params["article"] = str(st.session_state["of-article"])


def listing(heads: pd.DataFrame) -> None:
    """Show every claim, grouped by article."""
    found = rows_of(heads)
    claimed = found[found.claim != CANARY]
    safe_html.show(safe_html.tag("p", counted(claimed), css="rc-answer"))
    kept = choose(claimed)
    number = st.session_state["of-article"]
    if number is not None:
        offer_stored(report_of_article, str(number))
    if kept.empty:
        safe_html.note("info", t("No claim matches."))
    for number, own in groups(kept):
        safe_html.show(_heading(number, len(own)), show_rows(own))
    open_as_sql(sql_of(queries.standing))
    tested = heads[heads.q_value.notna() & ~heads.verdict.isin(OPEN)]
    wrong = (
        t(
            "Of {count} verdicts that a test decided, at most {most:.1f} are expected to be wrong"
            " by chance (Benjamini and Yekutieli); the others rest on exact or printed numbers.",
            count=len(tested),
            most=most_wrong(list(tested.q_value)),
        )
        if len(tested)
        else t("No verdict rests on a test, so none is expected to be wrong by chance.")
    )
    about = t(
        "Shown is the verdict on the board, or in the setting, that the claim is about, or else"
        " what all its settings come to. Ways of combining scores that do not treat all rows alike,"
        " and smoke runs, have no vote."
    )
    st.caption(sentences(wrong, about))


def counted(found: pd.DataFrame) -> str:
    """Return in words how many claims came out how, real data apart from made-up ones."""

    def tally(rows: pd.DataFrame) -> str:
        holds = rows.verdict.str.startswith("holds").sum()
        fails = (rows.verdict.str.startswith("fails") | (rows.verdict == "refuted")).sum()
        return t(
            "{holds} hold, {fails} do not, {open} are open",
            holds=holds,
            fails=fails,
            open=len(rows) - holds - fails,
        )

    real = found[found.data.isin((BOARD, DATA["published"], DATA["small"]))]
    theory, toy = found[found.data == DATA["identity"]], found[found.data == DATA["made-up"]]
    parts = [
        t("{sentence}.", sentence=nt(one, many, len(rows), tally=tally(rows)))
        for rows, one, many in (
            (
                real,
                mark("Of {count:,} claim on real data {tally}"),
                mark("Of {count:,} claims on real data {tally}"),
            ),
            (
                theory,
                mark("Of {count:,} claim about theorems {tally}"),
                mark("Of {count:,} claims about theorems {tally}"),
            ),
            (
                toy,
                mark("Of {count:,} claim on made-up data {tally}"),
                mark("Of {count:,} claims on made-up data {tally}"),
            ),
        )
        if len(rows)
    ]
    return sentences(*parts)


def groups(found: pd.DataFrame) -> Iterator[tuple[int | None, pd.DataFrame]]:
    """Yield the claims of each article, the one with the best data first."""
    numbers = [None if formatting.is_missing(n) else int(n) for n in found.article]
    for number in dict.fromkeys(numbers):
        yield number, found[[each == number for each in numbers]]


def _title(number: int) -> str:
    about = articles.of(number)
    return "" if about is None else words.article_title(about)


def _heading(number: int | None, count: int) -> Html:
    about = None if number is None else articles.of(number)
    if about is None:
        return safe_html.tag("h2", t("Other sources"), css="rc-group")
    return safe_html.tag(
        "h2",
        words.article_title(about),
        safe_html.tag("span", f" {about.published_on:%Y} ", css="rc-dim"),
        safe_html.link(t("article ↗"), about.url),
        css="rc-group",
        title=f"{about.title_zh}: {nt('{count:,} claim', '{count:,} claims', count)}",
    )


def show_rows(found: pd.DataFrame) -> Html:
    """Return claims as rows, each a link to its argument."""
    return safe_html.tag("div", *(_row(row) for row in records(found)), css="rc-rows")


def _row(row: Any) -> Html:
    address = safe_html.text(links.address("claims", claim=row.claim))
    line = words.number_line(row, row.rule)
    if line and not formatting.is_missing(row.board):  # a verdict on a board is on one snapshot
        line = t("{name}: {numbers}", name=evidence_parts(row), numbers=line)
    cut = t("Smoke run: {cut}.", cut=row.cut) if isinstance(row.cut, str) and row.cut else ""
    return safe_html.tag(
        "div",
        safe_html.tag("div", words.badge(row), css="rc-row-verdict"),
        safe_html.tag(
            "div",
            Html(
                f'<a class="rc-here" href="{address}">{safe_html.text(words.sentence_of(row))}</a>'
            ),
            safe_html.tag("div", sentences(cut, line), css="rc-words") if cut or line else "",
            css="rc-row-text",
        ),
        safe_html.tag("div", picture(row), css="rc-row-picture"),
        safe_html.tag(
            "div",
            words.data_badge(row),
            safe_html.tag("div", f"{row.decided_at:%Y-%m-%d}", css="rc-words"),
            css="rc-row-data",
        ),
        css="rc-row",
    )


def picture(row: Any) -> Html:
    """Return a number on its interval beside its threshold, as a small picture."""
    numbers = [row.statistic, row.ci_low, row.ci_high, row.threshold]
    ends = [float(x) for x in numbers if not formatting.is_missing(x)]
    if formatting.is_missing(row.statistic) or len(ends) < 2:
        return Html("")
    middle, half = (min(ends) + max(ends)) / 2, (max(ends) - min(ends)) / 2 * _FAR or 1.0

    def at(value: float) -> str:
        return f"{50 + 50 * (float(value) - middle) / half:.1f}%"

    marks = []
    if not formatting.is_missing(row.ci_low) and not formatting.is_missing(row.ci_high):
        width = 50 * float(row.ci_high - row.ci_low) / half
        marks.append(
            f'<span class="rc-span" style="left:{at(row.ci_low)};width:{width:.1f}%"></span>'
        )
    if not formatting.is_missing(row.threshold):
        marks.append(f'<span class="rc-tick" style="left:{at(row.threshold)}"></span>')
    marks.append(f'<span class="rc-dot" style="left:{at(row.statistic)}"></span>')
    said = safe_html.text(t("Number on its interval, the threshold as a line"))
    return Html(f'<span class="rc-mini" role="img" aria-label="{said}">{"".join(marks)}</span>')
