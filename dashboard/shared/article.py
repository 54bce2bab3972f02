"""The report of an article: each of its claims, with the evidence folded away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dashboard import safe_html
from dashboard.claims import words
from dashboard.language import CHINESE, current, nt, t
from dashboard.safe_html import Html, tag
from dashboard.shared import pictures
from dashboard.shared.claim import argument
from dashboard.shared.judged import Judged, data_of, digests_of, judged_of
from dashboard.shared.report import Badge, Report
from db.errors import StoreError
from evaluators import articles, claims
from evaluators.articles import Article

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LISTED = 5


def article_report(connection: Connection, about: Article) -> Report:
    """Return the report of an article: each of its claims.

    Raises:
        StoreError: None of its claims is judged yet.
    """
    names = [name for name in claims.names() if articles.of(claims.find(name).article) == about]
    judged = judged_of(connection, names)
    if not judged:
        raise StoreError(
            f"the store has no verdict on a claim of article {about.number}:"
            f" `rankcheck claims --article {about.number}` judges them first"
        )
    said = _tally(judged, len(names))
    title = words.article_title(about)
    body = [
        tag("h1", title, css="rc-title"),
        tag("p", said, css="rc-answer"),
        tag(
            "p",
            t(
                "{title}, {date:%Y-%m-%d}; the title is our translation.",
                title=about.title_zh,
                date=about.published_on,
            ),
            " ",
            safe_html.link(f"kexue.fm/archives/{about.number} ↗", about.url),
            css="rc-words",
        ),
    ]
    for one in judged:
        body.append(Html(f'<section id="{safe_html.text(one.head.claim)}">'))
        body.append(tag("h2", one.sentence))
        body += argument(one, folded=True)
        body.append(Html("</section>"))
    return Report(
        kind="article",
        name=str(about.number),
        title=title,
        answer=said,
        body=Html("\n".join(body)),
        rows=data_of(judged),
        digests=digests_of(connection, judged),
        badge=Badge(f"kexue.fm/{about.number}", _short_tally(judged), _together(judged)),
        picture=_picture(about, judged, said),
    )


def _tally(judged: list[Judged], claimed: int) -> str:
    missing = claimed - len(judged)
    parts = [_short_tally(judged)]
    if missing:
        parts.append(t("{count} not judged yet", count=missing))
    said = t("; ").join(parts)
    return nt("{count:,} claim: {said}.", "{count:,} claims: {said}.", claimed, said=said)


def _short_tally(judged: list[Judged]) -> str:
    counts = Counter(words.said(one.head) for one in judged)
    return t(", ").join(f"{count} {said}" for said, count in counts.most_common())


def _together(judged: list[Judged]) -> str:
    kinds = {one.kind for one in judged}
    return kinds.pop() if len(kinds) == 1 else "plain"


def _picture(about: Article, judged: list[Judged], said: str) -> str:
    title = words.article_title(about)
    top = pictures.below(title) + 46
    parts = [pictures.line(64, top, pictures.fitted(said, 24, 1072), 24)]
    shown = judged[:_LISTED]
    for i, one in enumerate(shown):
        y = top + 62 + 58 * i
        parts.append(
            pictures.pill(64, y, pictures.fitted(words.said(one.head), 19, 340), one.kind, 19)
        )
        parts.append(pictures.line(440, y, pictures.fitted(one.sentence, 20, 696), 20))
    other = about.title_en if current() == CHINESE else about.title_zh
    over = f"{other} · {about.published_on:%Y-%m-%d}"
    more = len(judged) - len(shown)
    foot = (
        nt("and {count:,} more claim", "and {count:,} more claims", more)
        if more
        else t("each by its own rule")
    )
    return pictures.share_picture(over, title, parts, foot)
