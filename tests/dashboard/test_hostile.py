"""Names and texts from the store are data: they show as written and do nothing."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import safe_html
from dashboard.sheet import csv as as_csv
from tests.dashboard.look import SHOWN, everything, opened_page
from tests.dashboard.stores import HOSTILE

_OURS = {
    *("h1", "p", "div", "span", "strong", "bdi", "ul", "li", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "h2"),
}
_ATTRIBUTES = {"@class", "@title", "@role", "@tabindex", "@aria-label", "@href", "@style"}
_ADDRESS = re.compile(r"(claims|nights|leaderboards|runs)(\?[\w%=&+.~-]*)?")
_STYLE = re.compile(r"(left|width):-?[\d.]+%(;width:-?[\d.]+%)?")


class Markup(HTMLParser):
    """Collects the elements and attributes that a browser would make of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"@{name}" for name, _ in attrs)}
        for name, value in attrs:  # addresses and styles are made of parts that we know
            if name in ("href", "style"):
                assert (_ADDRESS if name == "href" else _STYLE).fullmatch(value or ""), value


@pytest.fixture(scope="module", params=SHOWN)
def page(request: pytest.FixtureRequest, hostile: str) -> Iterator[AppTest]:
    """One screen of a store of attacks, drawn once for all that is asked of it."""
    with pytest.MonkeyPatch.context() as patched:
        yield opened_page(patched, hostile, request.param)


def test_no_name_becomes_markup_on(page: AppTest) -> None:
    assert not page.exception
    bodies = [e.proto.body for e in page.get("html") if not e.proto.body.startswith("<style")]
    markup = Markup()
    markup.feed("".join(bodies))
    assert "h1" in markup.seen
    assert markup.seen <= _OURS | _ATTRIBUTES


def test_no_name_reaches_an_element_that_reads_markdown_on(page: AppTest) -> None:
    texts = [
        e.value for kind in (page.markdown, page.caption, page.header, page.subheader) for e in kind
    ]
    texts += [e.label for kind in (page.expander, page.selectbox, page.metric) for e in kind]
    texts += [e.value for kind in (page.error, page.warning, page.info, page.success) for e in kind]
    for evil in HOSTILE:
        assert not [shown for shown in texts if evil in shown]


def test_every_error_text_shows_as_it_is_written(open_page, hostile: str) -> None:
    shown = everything(open_page(hostile, "nights"))
    for evil in HOSTILE:
        assert html.escape(f"{evil} went wrong", quote=True) in shown


def test_every_model_shows_as_it_is_written(open_page, hostile: str) -> None:
    app = open_page(hostile, "leaderboards", board=HOSTILE[0], set="all", view="Behind the table")
    assert not app.exception
    table = next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))
    left_out = next(d.value for d in app.dataframe if list(d.value.columns) == ["model", "why"])
    names = {*table.model.str.removesuffix(" (human)"), *left_out.model}
    for evil in HOSTILE:
        assert evil in names or " ".join(evil.split()) in names
    leader = table.model.iloc[0].removesuffix(" (human)")
    assert f'title="{html.escape(leader, quote=True)}"' in everything(app)


def test_run_ids_from_the_address_are_data(open_page, hostile: str) -> None:
    app = open_page(hostile, "runs", run="<script>window.stolen=1</script>")
    assert not app.exception
    assert "<script" not in everything(app)


@pytest.mark.parametrize("evil", HOSTILE)
def test_html_of_a_name_reads_back_as_the_name(evil: str) -> None:
    assert html.unescape(re.sub(r"<[^>]*>", "", safe_html.tag("p", evil))) == evil


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n@"])
def test_csv_cell_that_begins_like_a_formula_is_escaped(lead: str) -> None:
    table = pd.DataFrame({f"{lead}head": [f"{lead}1+1", "plain"], "n": [-1.5, 2.0]})
    rows = list(csv.reader(io.StringIO(as_csv(table).decode("utf-8-sig"), newline="")))
    assert rows[0] == [f"'{lead}head", "n"]
    assert rows[1] == [f"'{lead}1+1", "-1.5"]  # numbers stay numbers
    assert rows[2] == ["plain", "2.0"]


def test_csv_keeps_chinese_quotes_and_line_ends() -> None:
    table = pd.DataFrame({"model": ["中文,模型", 'say "hi"', "two\nlines"]})
    back = pd.read_csv(io.BytesIO(as_csv(table)))
    assert back.model.tolist() == table.model.tolist()
