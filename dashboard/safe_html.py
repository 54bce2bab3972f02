"""Build HTML and links in which text from the store stays inert.

HTML in which nothing that comes from the store can act.
Names of models and tasks, and the texts of errors, are data: Markdown, HTML, emoji codes, links and
right-to-left marks in them show as they are written. Streamlit's own text elements read Markdown,
so whatever comes from the store passes through here, or through a data frame, which draws plain
text.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st

_ARXIV = re.compile(r"\b(?:arXiv:)(\d{4}\.\d{4,5})\b", re.IGNORECASE)
_PLACES = re.compile(
    r"\b(?:kexue\.fm/archives/\d{1,7}|openreview\.net/forum\?id=[A-Za-z0-9_-]{6,20}"
    r"|aclanthology\.org/[A-Z0-9.-]{4,20}\d)(?![\w/?=&-])"
)


def sources(text: str) -> list[tuple[str, str]]:
    """Return the papers and articles that a source names, each a label and an address.

    Only what has the form of an arXiv number, or of an article on a site that our claims cite,
    becomes a link; any other address stays text.
    """
    found = [(m.start(), m[0], f"https://arxiv.org/abs/{m[1]}") for m in _ARXIV.finditer(text)]
    found += [(m.start(), m[0], f"https://{m[0]}") for m in _PLACES.finditer(text)]
    labelled = {address: label for _, label, address in sorted(found)}
    return [(label, address) for address, label in labelled.items()]


def prefect_run(flow_run_id: str | None) -> str | None:
    """Return the address of a flow run on Prefect's own pages.

    None where there is no such run or no lasting server: `PREFECT_UI_URL` names its pages, else
    `PREFECT_API_URL` less `/api`.
    """
    pages = os.environ.get("PREFECT_UI_URL") or os.environ.get("PREFECT_API_URL", "")
    pages = pages.rstrip("/").removesuffix("/api")
    if not flow_run_id or urlsplit(pages).scheme not in ("http", "https"):
        return None
    try:
        return f"{pages}/runs/flow-run/{UUID(flow_run_id)}"
    except ValueError:  # a name in its place is data
        return None


class Html(str):
    """Text that is HTML already; everything else is escaped."""

    __slots__ = ()


def text(value: object) -> Html:
    """Return any value as HTML that shows its text."""
    return value if isinstance(value, Html) else Html(html.escape(str(value), quote=True))


def name(value: object) -> Html:
    """Return a name: isolated, so that right-to-left text keeps to itself; cut when too long."""
    shown = text(value)
    return Html(f'<bdi class="rc-name" title="{shown}">{shown}</bdi>')


def tag(element: str, *inside: object, css: str = "", title: str = "") -> Html:
    """Return an element around escaped text or other elements."""
    attributes = f' class="{text(css)}"' if css else ""
    attributes += f' title="{text(title)}"' if title else ""
    return Html(f"<{element}{attributes}>{''.join(text(part) for part in inside)}</{element}>")


def link(label: object, address: str) -> Html:
    """Return a link out of the page.

    Args:
        label: What it says.
        address: Made here from what has a known form, never taken from the store.

    Raises:
        ValueError: If the address is of another scheme than http or https.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(f"address must start with http:// or https://, got {address!r}")
    where = f'href="{text(address)}" target="_blank" rel="noopener noreferrer"'
    return Html(f'<a class="rc-link" {where}>{text(label)}</a>')


def scrolled(inside: Html, name: str) -> Html:
    """Return a box that scrolls, which a keyboard reaches: `name` says what is in it."""
    reached = f'tabindex="0" role="region" aria-label="{text(name)}"'
    return Html(f'<div class="rc-scroll" {reached}>{inside}</div>')


def show(*parts: Html) -> None:
    """Put HTML on the page; Streamlit removes scripts from it as well."""
    st.html("".join(parts))


def note(kind: str, said: object, *more: object) -> None:
    """Show one sentence in a box.

    Args:
        kind: `info`, `good`, `warning` or `error`.
        said: The sentence.
        more: Lines below it.
    """
    role = "alert" if kind == "error" else "note"
    lines = "".join(tag("p", line) for line in (said, *more))
    show(Html(f'<div class="rc-note rc-{text(kind)}" role="{role}">{lines}</div>'))


def tiles(each: Iterable[tuple[str, object, object]], kinds: Sequence[str] = ()) -> None:
    """Show tiles, each a label, a value and a remark; `kinds` colours their edge."""
    boxes = []
    for i, (label, value, remark) in enumerate(each):
        kind = kinds[i] if i < len(kinds) and kinds[i] else "plain"
        boxes.append(
            tag(
                "div",
                tag("div", label, css="rc-label"),
                tag("div", value, css="rc-value"),
                tag("div", remark, css="rc-remark"),
                css=f"rc-tile rc-{kind}",
            )
        )
    show(tag("div", *boxes, css="rc-tiles rc-thirds" if len(boxes) % 3 == 0 else "rc-tiles"))


def facts(pairs: Iterable[tuple[object, object]]) -> None:
    """Show names with their values, one pair a line."""
    rows = [tag("tr", tag("th", label), tag("td", value)) for label, value in pairs]
    show(tag("table", *rows, css="rc-facts"))


def listing(lines: Iterable[object]) -> None:
    """Show a list."""
    show(tag("ul", *(tag("li", line) for line in lines), css="rc-list"))


def heading(title: str, question: str) -> None:
    """Open a page: its title, and the question it answers."""
    show(tag("h1", title, css="rc-title"), tag("p", question, css="rc-question"))
