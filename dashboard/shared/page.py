"""Make the page of a report: one HTML file without scripts, that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from dashboard.language import nt, t, written_in
from dashboard.safe_html import Html, tag, text
from dashboard.shared.pictures import SIZE, badge_svg
from dashboard.shared.report import Report, clean

_FOLDER = Path(__file__).parent
_STREAMLIT = re.compile(r"data-testid|\.st-key|block-container|^/\*")
_LONGEST = 200

DATA = ("csv", "json", "parquet")
"""Formats of the data."""


def style() -> str:
    """Return the style: that of the dashboard without what is Streamlit's, then our own."""
    shared = [
        (_FOLDER.parent / name).read_text(encoding="utf-8") for name in ("style.css", "cards.css")
    ]
    kept = [line for css in shared for line in css.splitlines() if not _STREAMLIT.search(line)]
    return "\n".join([*kept, (_FOLDER / "report.css").read_text(encoding="utf-8")])


def page(
    report: Report, command: str, code: str, address: str = "", formats: Sequence[str] = DATA
) -> str:
    """Return the page.

    Args:
        report: What it shows.
        command: The command that writes it again.
        code: The version of the code that wrote it.
        address: Where the folder will be published; empty where that is not known.
        formats: Those of `DATA` that are written beside it.
    """
    css = style()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    head = [
        Html('<meta charset="utf-8">'),
        _meta("http-equiv", "Content-Security-Policy", policy),
        _meta("name", "viewport", "width=device-width, initial-scale=1"),
        _meta("name", "color-scheme", "light dark"),
        _meta("name", "referrer", "no-referrer"),
        tag("title", f"{_short(report.title)} · rankcheck"),
        _meta("name", "description", _short(report.answer)),
        *_card(report, address),
        Html(f"<style>{css}</style>"),
    ]
    with written_in(report.language):
        parts = [
            report.body,
            *_data(report, formats),
            *_embed(report, address),
            *_again(report, command, code),
        ]
    return clean(
        f'<!DOCTYPE html>\n<html lang="{report.language}">\n<head>\n'
        + "\n".join(head)
        + "\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _meta(kind: str, name: str, content: str) -> Html:
    return Html(f'<meta {kind}="{name}" content="{text(content)}">')


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"


def _card(report: Report, address: str) -> list[Html]:
    """Return the tags from which other sites make a card of a link to the page."""
    wide, high = SIZE
    tags = {
        "og:type": "article",
        "og:site_name": "rankcheck",
        "og:title": _short(report.title),
        "og:description": _short(report.answer),
        "og:image": f"{address}share.png",
        "og:image:width": str(wide),
        "og:image:height": str(high),
        "og:image:alt": _short(report.answer),
        **({"og:url": address} if address else {}),
    }
    return [
        *(_meta("property", name, content) for name, content in tags.items()),
        _meta("name", "twitter:card", "summary_large_image"),
    ]


def _data(report: Report, formats: Sequence[str]) -> list[Html]:
    names = [f"data.{ending}" for ending in DATA if ending in formats]
    links = [Html(f'<a class="rc-link" href="{name}" download>{name}</a>') for name in names]
    spaced = [part for link in links for part in (link, Html(" · "))][:-1]
    count = nt(
        "{count:,} row, with all digits:", "{count:,} rows, with all digits:", len(report.rows)
    )
    return [tag("h2", t("Data")), tag("p", count, " ", *spaced)]


def _embed(report: Report, address: str) -> list[Html]:
    title = text(_short(report.title))
    frame = (
        f'<iframe src="{text(address)}index.html" title="{title}" width="100%" height="720"'
        ' loading="lazy" style="border:0"></iframe>'
    )
    words = f"{report.badge.label}: {report.badge.value}".replace("]", ")").replace("[", "(")
    badge = f"[![{' '.join(words.split())}]({address}badge.svg)]({address}index.html)"
    drawn = badge_svg(report.badge).replace("<svg ", '<svg class="rc-badge" ', 1)
    return [
        tag("h2", t("Embed")),
        tag("p", t("The page in another one, and the badge in Markdown:"), css="rc-words"),
        tag("pre", tag("code", frame)),
        Html(drawn),
        tag("pre", tag("code", badge)),
    ]


def _again(report: Report, command: str, code: str) -> list[Html]:
    rows = [(t("code"), code), *sorted(report.digests.items())]
    facts = [tag("tr", tag("th", label), tag("td", tag("code", value))) for label, value in rows]
    return [
        tag("h2", t("Make it again")),
        tag("p", t("The same code and data give the same bytes:"), css="rc-words"),
        tag("pre", tag("code", command)),
        tag(
            "details",
            tag("summary", t("Digests of what it rests on ({count})", count=len(rows))),
            tag("table", *facts, css="rc-facts"),
        ),
        tag(
            "footer",
            t("Written by rankcheck. The page runs no script and asks nothing of the network."),
            css="rc-words",
        ),
    ]
