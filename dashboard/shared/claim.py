"""The report of a claim or an article, from the verdicts that count now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.claims import words
from dashboard.claims.doors import known_claim
from dashboard.claims.evidence import (
    ALTERNATIVE,
    USUAL,
    evidence,
    picture,
    testable,
    untestable_in_words,
    with_number,
)
from dashboard.queries import boards as board_queries
from dashboard.queries import claims as queries
from dashboard.queries.frame import records
from dashboard.safe_html import Html, tag
from dashboard.shared import pictures
from dashboard.shared.report import Badge, Report, plain
from dashboard.shared.tables import table
from dashboard.verdicts import headline, marks
from db.errors import StoreError
from evaluators import articles, claims
from evaluators.articles import Article

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KINDS = {"rc-good": "good", "rc-error": "bad", "rc-warning": "open"}
_MOST, _LISTED = 60, 5


class Judged(NamedTuple):
    """A claim with its verdicts.

    Attributes:
        head: The verdict that is shown first.
        standing: Every verdict that counts now.
        known: The claim in its newest wording; None where the store has verdicts alone.
    """

    head: pd.Series
    standing: pd.DataFrame
    known: pd.Series | None

    @property
    def sentence(self) -> str:
        """What is claimed."""
        missing = formatting.is_missing(self.head.sentence)
        return str(self.head.claim if missing else self.head.sentence)

    @property
    def rule(self) -> str | None:
        """The rule in words."""
        return None if self.known is None else str(self.known.decision_rule)

    @property
    def kind(self) -> str:
        """Whether the verdict is good, bad, open or plain; one that is not sure is open."""
        badge = words.badge(self.head)
        decided = "rc-good" in badge or "rc-error" in badge
        if decided and "rc-filled" not in badge:
            return "open"
        return next((kind for css, kind in _KINDS.items() if css in badge), "plain")


def claim_report(connection: Connection, name: str) -> Report:
    """Return the report of one claim.

    Raises:
        StoreError: It is not judged yet.
    """
    judged = _judged(connection, [name])
    if not judged:
        raise StoreError(
            f"the store has no verdict on {name}: `rankcheck claims {name}` judges it first"
        )
    one = judged[0]
    body = [tag("h1", one.sentence, css="rc-claim"), *_argument(one)]
    return Report(
        kind="claim",
        name=name,
        title=one.sentence,
        answer=plain(Html(f"{words.said(one.head).capitalize()}. {_reason(one)}")),
        body=Html("\n".join(body)),
        rows=_data(judged),
        digests=_digests(connection, judged),
        badge=Badge(name, words.said(one.head), one.kind),
        picture=_claim_picture(one),
    )


def article_report(connection: Connection, about: Article) -> Report:
    """Return the report of an article: each of its claims.

    Raises:
        StoreError: None of its claims is judged yet.
    """
    names = [name for name in claims.names() if articles.of(claims.find(name).article) == about]
    judged = _judged(connection, names)
    if not judged:
        raise StoreError(
            f"the store has no verdict on a claim of article {about.number}:"
            f" `rankcheck claims --article {about.number}` judges them first"
        )
    said = _tally(judged, len(names))
    body = [
        tag("h1", about.title_en, css="rc-title"),
        tag("p", said, css="rc-answer"),
        tag(
            "p",
            f"{about.title_zh}, {about.published_on:%Y-%m-%d}; the title is our translation. ",
            safe_html.link(f"kexue.fm/archives/{about.number} ↗", about.url),
            css="rc-words",
        ),
    ]
    for one in judged:
        body.append(Html(f'<section id="{safe_html.text(one.head.claim)}">'))
        body.append(tag("h2", one.sentence))
        body += _argument(one, folded=True)
        body.append(Html("</section>"))
    return Report(
        kind="article",
        name=str(about.number),
        title=about.title_en,
        answer=said,
        body=Html("\n".join(body)),
        rows=_data(judged),
        digests=_digests(connection, judged),
        badge=Badge(f"kexue.fm/{about.number}", _short_tally(judged), _together(judged)),
        picture=_article_picture(about, judged, said),
    )


def _judged(connection: Connection, names: list[str]) -> list[Judged]:
    standing, known = queries.standing(connection), queries.known(connection)
    found = []
    for name in names:
        own, of_claim = standing[standing.claim == name], known[known.claim == name]
        if len(own):
            found.append(Judged(headline(own), own, None if of_claim.empty else of_claim.iloc[0]))
    return found


def _reason(one: Judged) -> str:
    return words.reason(one.head, one.rule)


def _argument(one: Judged, *, folded: bool = False) -> list[Html]:
    """Return verdict, reason, source, picture, rule, power and evidence of a claim.

    Args:
        one: The claim.
        folded: Whether the evidence is folded away.
    """
    head = one.head
    parts = [
        tag("p", words.badge(head), " ", words.data_badge(head), css="rc-badges"),
        tag("p", _reason(one), css="rc-words" if folded else "rc-answer"),
        *_source(one),
    ]
    inner = "h3" if folded else "h2"
    behind = list(_evidence(one, inner))
    behind += [tag(inner, "The rule"), tag("p", one.rule or "The store has no rule for it.")]
    behind += _power(head, inner)
    if folded:
        behind = [tag("details", tag("summary", "Picture, evidence and rule"), *behind)]
    return [*parts, *behind]


def _source(one: Judged) -> Iterator[Html]:
    head = one.head
    if not formatting.is_missing(head.source):
        found = safe_html.sources(str(head.source))
        links = [safe_html.link(f"{label} ↗", address) for label, address in found]
        spaced = [part for link in links for part in (Html(" · "), link)]
        yield tag("p", f"Source: {head.source}", *spaced, css="rc-words")
    settings = int((~one.standing.combined.astype(bool)).sum())
    on = evidence(head)
    tested = on if on != "all its settings" else formatting.counted(settings, "setting")
    data = " · ".join([words.data(head), *marks(head)])
    rests = (
        f" Rests on {head.rests_on}." if isinstance(head.rests_on, str) and head.rests_on else ""
    )
    yield tag(
        "p",
        f"Tested on: {tested} ({data}).{rests} Judged {head.decided_at:%Y-%m-%d}.",
        css="rc-words",
    )
    claim = known_claim(str(head.claim))
    if claim is not None and claim.misprint:
        yield tag("p", f"Printed wrong: {claim.misprint}", css="rc-words")


def _evidence(one: Judged, level: str) -> Iterator[Html]:
    speaking, silent = testable(one.standing)
    usual = speaking[speaking.treatment == USUAL]
    kept = usual if len(usual) else speaking
    yield tag(level, "Evidence")
    numbered = with_number(kept)
    if len(numbered):
        drawn = picture(numbered, one.rule, "light")
        yield tag("p", drawn.heading, css="rc-words")
        yield pictures.svg_of(drawn.chart, ALTERNATIVE)
        yield tag("p", drawn.caption, css="rc-words")
    if len(kept):
        ordered = kept.sort_values("statistic", kind="stable")  # as in the picture
        yield table(_shown(ordered.head(_MOST)))
    left = len(speaking) - min(len(kept), _MOST)
    if left > 0:
        under = f" Shown are those under the treatment {USUAL}." if len(usual) else ""
        more = formatting.counted(left, "more verdict")
        yield tag("p", f"{more} in the data.{under}", css="rc-words")
    if len(silent):
        yield tag("p", untestable_in_words(silent), css="rc-words")


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    listed: list[dict[str, object]] = []
    for row in records(rows):
        value, low, high = formatting.measured(row.statistic, row.ci_low, row.ci_high)
        listed.append(
            {
                "on": evidence(row),
                "verdict": words.said(row),
                "number": value,
                "95% interval": f"{low} … {high}" if low else "–",
                "threshold": formatting.figure(row.threshold, 3),
                "why": row.detail or "–",
            }
        )
    return pd.DataFrame(listed)


def _power(head: Any, level: str) -> list[Html]:
    found = []
    if not formatting.is_missing(head.smallest_detectable):
        found.append(
            f"It could have seen {formatting.figure(head.smallest_detectable, 2)} or more, in 80%"
            " of such experiments."
        )
    if isinstance(head.settles, str) and head.settles:
        found.append(f"What would settle it: {head.settles}")
    return [tag(level, "Power"), *(tag("p", line) for line in found)] if found else []


_COLUMNS = [
    *("claim", "verdict", "combined", "board", "snapshot", "treatment", "setting", "statistic"),
    *("ci_low", "ci_high", "threshold", "p_value", "q_value", "smallest_detectable", "level"),
    *("scope", "cut", "exploratory", "precedes_rule", "rests_on", "settles", "detail"),
    *("decided_at", "sentence", "source"),
]


def _data(judged: list[Judged]) -> pd.DataFrame:
    """Return every verdict, dated by the day."""
    rows = pd.concat([one.standing for one in judged], ignore_index=True)[_COLUMNS]
    rows["decided_at"] = [f"{when:%Y-%m-%d}" for when in rows.decided_at]
    numbers = ("statistic", "ci_low", "ci_high", "threshold", "p_value", "q_value")
    for name in (*numbers, "smallest_detectable"):
        rows[name] = rows[name].astype("Float64")
    for name in ("combined", "exploratory", "precedes_rule"):
        rows[name] = rows[name].astype("boolean")
    order = ["claim", "combined", "board", "snapshot", "treatment", "setting", "detail"]
    return rows.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def _digests(connection: Connection, judged: list[Judged]) -> dict[str, str]:
    """Return the digests of the rules, and of the boards that they were held against."""
    found = {f"rule of {j.head.claim}": j.known.claim_id for j in judged if j.known is not None}
    listed = board_queries.boards(connection)
    on = {
        (b, s) for j in judged for b, s in zip(j.standing.board, j.standing.snapshot, strict=True)
    }
    for row in records(listed.sort_values(["board", "snapshot"])):
        if (row.board, row.snapshot) in on:
            found[f"board {row.board} {row.snapshot}"] = row.content_digest
    return found


def _tally(judged: list[Judged], claimed: int) -> str:
    lead = formatting.counted(claimed, "claim")
    missing = claimed - len(judged)
    open_ = f"; {missing} not judged yet" if missing else ""
    return f"{lead}: {_short_tally(judged)}{open_}."


def _short_tally(judged: list[Judged]) -> str:
    counts = Counter(words.said(one.head) for one in judged)
    return ", ".join(f"{count} {said}" for said, count in counts.most_common())


def _together(judged: list[Judged]) -> str:
    kinds = {one.kind for one in judged}
    return kinds.pop() if len(kinds) == 1 else "plain"


def _claim_picture(one: Judged) -> str:
    head = one.head
    title = one.sentence
    y = pictures.below(title) + 80
    said = words.said(head)
    parts = [pictures.pill(64, y, said[:1].upper() + said[1:], one.kind)]
    for i, each in enumerate(pictures.wrapped(_reason(one), 24, 1072, 4)):
        parts.append(pictures.line(64, y + 62 + 34 * i, each, 24))
    parts += _number_line(head, 515)
    source = "" if formatting.is_missing(head.source) else str(head.source)
    return pictures.share_picture(f"Claim {head.claim}: {source}", title, parts, words.data(head))


def _number_line(head: Any, y: float) -> list[str]:
    """Return the deciding number on its interval beside its threshold."""
    given = (head.statistic, head.ci_low, head.ci_high, head.threshold)
    known = [float(x) for x in given if not formatting.is_missing(x)]
    if formatting.is_missing(head.statistic) or len(set(known)) < 2:
        return []
    low, high = min(known), max(known)

    def x(value: float) -> float:
        return 120 + 960 * (float(value) - low) / (high - low)

    parts = [f'<path d="M64 {y:g}H1136" stroke="{pictures.LINE}" stroke-width="2"/>']
    if not formatting.is_missing(head.ci_low) and not formatting.is_missing(head.ci_high):
        parts.append(
            f'<path d="M{x(head.ci_low):.1f} {y:g}H{x(head.ci_high):.1f}" stroke="{pictures.BLUE}"'
            ' stroke-width="10" stroke-linecap="round" opacity=".4"/>'
        )
    if not formatting.is_missing(head.threshold):
        at = x(head.threshold)
        parts.append(
            f'<path d="M{at:.1f} {y - 22:g}v44" stroke="{pictures.PALE}" stroke-width="3"'
            ' stroke-dasharray="6 4"/>'
        )
        label = f"threshold {formatting.figure(head.threshold, 3)}"
        side = pictures.RIGHT if at > 600 else ""
        shift = -10 if side else 10
        parts.append(pictures.line(at + shift, y + 28, label, 18, colour=pictures.PALE, css=side))
    shown = formatting.measured(head.statistic, head.ci_low, head.ci_high)[0]
    middle = pictures.BOLD + ' text-anchor="middle"'
    parts.append(pictures.line(x(head.statistic), y - 22, shown, 22, css=middle))
    parts.append(f'<circle cx="{x(head.statistic):.1f}" cy="{y:g}" r="11" fill="{pictures.BLUE}"/>')
    return parts


def _article_picture(about: Article, judged: list[Judged], said: str) -> str:
    top = pictures.below(about.title_en) + 46
    parts = [pictures.line(64, top, pictures.fitted(said, 24, 1072), 24)]
    shown = judged[:_LISTED]
    for i, one in enumerate(shown):
        y = top + 62 + 58 * i
        parts.append(
            pictures.pill(64, y, pictures.fitted(words.said(one.head), 19, 340), one.kind, 19)
        )
        parts.append(pictures.line(440, y, pictures.fitted(one.sentence, 20, 696), 20))
    over = f"{about.title_zh} · {about.published_on:%Y-%m-%d}"
    more = len(judged) - len(shown)
    foot = f"and {formatting.counted(more, 'more claim')}" if more else "each by its own rule"
    return pictures.share_picture(over, about.title_en, parts, foot)
