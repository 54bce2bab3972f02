"""Build HTML and links in which text from the store has no effect.

Names of models and tasks, and the texts of errors, are data: Markdown, HTML, emoji codes, links and
right-to-left marks in them are shown as they are. Streamlit's own text elements interpret Markdown,
so everything from the store must be formatted here, or in a data frame, which draws plain text.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st

from dashboard.language import t

_ARXIV = re.compile(r"\b(?:arXiv:)(\d{4}\.\d{4,5})\b", re.IGNORECASE)
_PLACES = re.compile(
    r"\b(?:kexue\.fm/archives/\d{1,7}|openreview\.net/forum\?id=[A-Za-z0-9_-]{6,20}"
    r"|aclanthology\.org/[A-Z0-9.-]{4,20}\d)(?![\w/?=&-])"
)


def sources(text: str) -> list[tuple[str, str]]:
    """Return the papers and articles that a source names, each a label and an address.

    Only an arXiv number, or an article on a site that our claims cite, becomes a link; any other
    address stays text.
    """
    matches = [(m.start(), m[0], f"https://arxiv.org/abs/{m[1]}") for m in _ARXIV.finditer(text)]
    matches += [(m.start(), m[0], f"https://{m[0]}") for m in _PLACES.finditer(text)]
    labelled = {address: label for _, label, address in sorted(matches)}
    return [(label, address) for address, label in labelled.items()]


def prefect_run(flow_run_id: str | None) -> str | None:
    """Return the address of a flow run on Prefect's own pages.

    None if there is no such run or no permanent server. The pages are at `PREFECT_UI_URL`, or at
    `PREFECT_API_URL` without `/api`.
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
    """Return a name as HTML, isolated from the text around it if it is right-to-left."""
    escaped = text(value)
    return Html(f'<bdi class="rc-name" title="{escaped}">{escaped}</bdi>')


def tag(element: str, *inside: object, css: str = "", title: str = "") -> Html:
    """Return an element around escaped text or other elements."""
    attributes = f' class="{text(css)}"' if css else ""
    attributes += f' title="{text(title)}"' if title else ""
    return Html(f"<{element}{attributes}>{''.join(text(part) for part in inside)}</{element}>")


def sentence(template: str, /, **parts: object) -> Html:
    """Return a translated text as HTML; elements in its placeholders stay elements.

    Args:
        template: The English text, a literal, as for `dashboard.language.t`.
        parts: What its placeholders stand for, escaped unless it is HTML.
    """
    escaped = {part: text(value) for part, value in parts.items()}
    return Html(text(t(template)).format(**escaped) if parts else text(t(template)))


def link(label: object, address: str) -> Html:
    """Return a link out of the page.

    Args:
        label: Text of the link.
        address: Built from parts with a known form, never taken from the store.

    Raises:
        ValueError: If the address is of another scheme than http or https.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise ValueError(f"address must start with http:// or https://, got {address!r}")
    attributes = f'href="{text(address)}" target="_blank" rel="noopener noreferrer"'
    return Html(f'<a class="rc-link" {attributes}>{text(label)}</a>')


def show(*parts: Html) -> None:
    """Put HTML on the page; Streamlit also removes scripts from it."""
    st.html("".join(parts))


def speak(language: str, further: str = "") -> None:
    """Tell the browser the language of the page, for its fonts, screen readers and hyphens.

    Args:
        language: Tag of the language, such as `en`; never text from the store.
        further: JavaScript to run too; never text from the store.
    """
    headings = "".join(
        f'[data-testid="stSidebarNavItems"] li:nth-child({place})::before{{content:"{name}"}}'
        for place, name in ((1, t("Read")), (5, t("Operate")))
    )
    # Only a script reaches the element of the whole document.
    script = f"document.documentElement.lang={language!r}\n{further}"
    st.html(f"<style>{headings}</style><script>{script}</script>", unsafe_allow_javascript=True)


def note(kind: str, sentence: object, *further: object) -> None:
    """Show one sentence in a box.

    Args:
        kind: `info`, `good`, `warning` or `error`.
        sentence: The sentence.
        further: Lines below it.
    """
    role = "alert" if kind == "error" else "note"
    lines = "".join(tag("p", line) for line in (sentence, *further))
    show(Html(f'<div class="rc-note rc-{text(kind)}" role="{role}">{lines}</div>'))


def names_in_full(names: Iterable[str]) -> None:
    """Show, folded, the names that a chart above had no room for; nothing where it had."""
    lines = [tag("li", name(each)) for each in dict.fromkeys(names)]
    if lines:
        summary = tag("summary", t("Names that are cut above, in full"))
        show(tag("details", summary, tag("ul", *lines), css="rc-words"))


def tiles(contents: Iterable[tuple[str, object, object]], kinds: Sequence[str] = ()) -> None:
    """Show tiles, each a label, a value and a remark; `kinds` colours their edge."""
    boxes = []
    for i, (label, value, remark) in enumerate(contents):
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
    """Show names with their values, one pair per line."""
    rows = [tag("tr", tag("th", label), tag("td", value)) for label, value in pairs]
    show(tag("table", *rows, css="rc-facts"))


def listing(lines: Iterable[object]) -> None:
    """Show a list."""
    show(tag("ul", *(tag("li", line) for line in lines), css="rc-list"))


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>:$^=&])")


def plain_label(words: object) -> str:
    """Return text for a label that reads Markdown, so that it stays text."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(words).split()))


def heading(title: str, question: str = "", tab: object = "") -> None:
    """Show the title of a page with a sentence below it, and name the tab of the browser.

    Args:
        title: The title.
        question: What the page answers, or its answer.
        tab: What is shown in particular, such as a board, for the tab's name; else the title.
    """
    show(
        tag("h1", title, css="rc-title"),
        *([tag("p", question, css="rc-question")] if question else []),
    )
    name_tab(tab or title)


def name_tab(what: object) -> None:
    """Name the tab of the browser, so that tabs, history and bookmarks can be told apart."""
    words = " ".join(str(what).split())
    st.set_page_config(page_title=f"{words[:_LONGEST_TAB]} · rankcheck")


_LONGEST_TAB = 70


def code(lines: str, language: str | None = "bash") -> None:
    """Show a command or a text to copy; long lines wrap, as the keyboard cannot scroll them."""
    st.code(lines, language=language, wrap_lines=True)  # noqa: TID251


def no_store(place: object) -> None:
    """Say that there is no store, and which commands create one."""
    note("info", t("There is no store at {place}. This command creates one:", place=place))
    code("rankcheck run")
    note(
        "info",
        t("Or run your own plan. The pages show results once the first score is written."),
    )
    code("rankcheck run plans/nightly.yaml")
