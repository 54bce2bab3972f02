"""The report of a claim, from the verdicts that count now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.claims import words
from dashboard.claims.evidence import (
    ALTERNATIVE,
    USUAL,
    evidence,
    evidence_parts,
    picture,
    testable,
    untestable_in_words,
    with_number,
)
from dashboard.claims.reasons import translated, translated_rule
from dashboard.claims.rows_behind import known_claim
from dashboard.claims.words import marks
from dashboard.language import nt, sentences, t
from dashboard.queries.frame import records
from dashboard.safe_html import Html, tag
from dashboard.shared import pictures
from dashboard.shared.judged import Judged, data_of, digests_of, judged_of
from dashboard.shared.report import Badge, Report, plain
from dashboard.shared.tables import table
from db.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST = 60


def claim_report(connection: Connection, name: str) -> Report:
    """Return the report of one claim.

    Raises:
        StoreError: It is not judged yet.
    """
    judged = judged_of(connection, [name])
    if not judged:
        raise StoreError(
            f"the store has no verdict on {name}: `rankcheck claims {name}` judges it first"
        )
    one = judged[0]
    said = words.said(one.head)
    body = [tag("h1", one.sentence, css="rc-claim"), *argument(one)]
    return Report(
        kind="claim",
        name=name,
        title=one.sentence,
        answer=plain(Html(sentences(t("{sentence}.", sentence=said.capitalize()), one.reason))),
        body=Html("\n".join(body)),
        rows=data_of(judged),
        digests=digests_of(connection, judged),
        badge=Badge(name, said, one.kind),
        picture=_picture(one),
    )


def argument(one: Judged, *, folded: bool = False) -> list[Html]:
    """Return verdict, reason, source, picture, rule, power and evidence of a claim.

    Args:
        one: The claim.
        folded: Whether the evidence is folded away.
    """
    head = one.head
    parts = [
        tag("p", words.badge(head), " ", words.data_badge(head), css="rc-badges"),
        tag("p", one.reason, css="rc-words" if folded else "rc-answer"),
        *_source(one),
    ]
    inner = "h3" if folded else "h2"
    behind = list(_evidence(one, inner))
    rule = translated_rule(one.rule) if one.rule else t("The store has no rule for it.")
    behind += [tag(inner, t("The rule")), tag("p", rule)]
    behind += _power(head, inner)
    if folded:
        behind = [tag("details", tag("summary", t("Picture, evidence and rule")), *behind)]
    return [*parts, *behind]


def _source(one: Judged) -> Iterator[Html]:
    head = one.head
    if not formatting.is_missing(head.source):
        found = safe_html.sources(str(head.source))
        links = [safe_html.link(f"{label} ↗", address) for label, address in found]
        spaced = [part for link in links for part in (Html(" · "), link)]
        said = t("Source: {source}", source=t(str(head.source)))
        yield tag("p", said, *spaced, css="rc-words")
    settings = int((~one.standing.combined.astype(bool)).sum())
    tested = evidence_parts(head) or nt("{count:,} setting", "{count:,} settings", settings)
    data = " · ".join([t(words.data(head)), *marks(head)])
    rests = isinstance(head.rests_on, str) and head.rests_on
    yield tag(
        "p",
        sentences(
            t("Tested on: {evidence} ({data}).", evidence=tested, data=data),
            t("Rests on {what}.", what=translated(head.rests_on)) if rests else "",
            t("Judged {date:%Y-%m-%d}.", date=head.decided_at),
        ),
        css="rc-words",
    )
    claim = known_claim(str(head.claim))
    if claim is not None and claim.misprint:
        yield tag("p", t("Printed wrong: {misprint}", misprint=t(claim.misprint)), css="rc-words")


def _evidence(one: Judged, level: str) -> Iterator[Html]:
    speaking, silent = testable(one.standing)
    usual = speaking[speaking.treatment == USUAL]
    kept = usual if len(usual) else speaking
    yield tag(level, t("Evidence"))
    numbered = with_number(kept)
    if len(numbered):
        drawn = picture(numbered, one.rule, "light")
        yield tag("p", drawn.heading, css="rc-words")
        yield pictures.svg_of(drawn.chart, t(ALTERNATIVE))
        yield tag("p", drawn.caption, css="rc-words")
    if len(kept):
        ordered = kept.sort_values("statistic", kind="stable")  # as in the picture
        yield table(_shown(ordered.head(_MOST)), heads=_heads())
    left = len(speaking) - min(len(kept), _MOST)
    if left > 0:
        under = t("Shown are those under the treatment {name}.", name=USUAL) if len(usual) else ""
        more = nt(
            "{count:,} more verdict in the data.", "{count:,} more verdicts in the data.", left
        )
        yield tag("p", sentences(more, under), css="rc-words")
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
                "why": translated(row.detail) if row.detail else "–",
            }
        )
    return pd.DataFrame(listed)


def _heads() -> dict[str, str]:
    """Return the heads of the columns that only this table has."""
    return {
        "on": t("on"),
        "number": t("the number"),
        "95% interval": t("95% interval"),
        "threshold": t("threshold"),
    }


def _power(head: Any, level: str) -> list[Html]:
    found = []
    if not formatting.is_missing(head.smallest_detectable):
        found.append(
            t(
                "It could have seen {number} or more, in 80% of such experiments.",
                number=formatting.figure(head.smallest_detectable, 2),
            )
        )
    if isinstance(head.settles, str) and head.settles:
        found.append(t("What would settle it: {what}", what=translated(head.settles)))
    return [tag(level, t("Power")), *(tag("p", line) for line in found)] if found else []


def _picture(one: Judged) -> str:
    head = one.head
    title = one.sentence
    y = pictures.below(title) + 80
    said = words.said(head)
    parts = [pictures.pill(64, y, said[:1].upper() + said[1:], one.kind)]
    for i, each in enumerate(pictures.wrapped(one.reason, 24, 1072, 4)):
        parts.append(pictures.line(64, y + 62 + 34 * i, each, 24))
    parts += _number_line(head, 515)
    source = "" if formatting.is_missing(head.source) else t(str(head.source))
    over = t("Claim {name}: {source}", name=head.claim, source=source)
    return pictures.share_picture(over, title, parts, t(words.data(head)))


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
        label = t("threshold {number}", number=formatting.figure(head.threshold, 3))
        side = pictures.RIGHT if at > 600 else ""
        shift = -10 if side else 10
        parts.append(pictures.line(at + shift, y + 28, label, 18, colour=pictures.PALE, css=side))
    shown = formatting.measured(head.statistic, head.ci_low, head.ci_high)[0]
    middle = pictures.BOLD + ' text-anchor="middle"'
    parts.append(pictures.line(x(head.statistic), y - 22, shown, 22, css=middle))
    parts.append(f'<circle cx="{x(head.statistic):.1f}" cy="{y:g}" r="11" fill="{pictures.BLUE}"/>')
    return parts
