"""What every report has, whatever it is about."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from dashboard.language import current
from dashboard.language import written_in as written_in  # for whoever makes reports
from dashboard.safe_html import Html


class Badge(NamedTuple):
    """A label, what it says, and whether that is good, bad, open or plain."""

    label: str
    value: str
    kind: str


@dataclass(frozen=True)
class Report:
    """One report.

    Attributes:
        kind: Board, claim, article or plan run.
        name: What it is about, as `rankcheck report` finds it.
        title: Title of the page.
        answer: The answer in plain text, for whoever sees a link to the page.
        body: The page, from the answer on.
        rows: The data.
        digests: What the numbers come from, by what it is.
        badge: The badge.
        picture: The share picture as SVG.
        language: In which it was made.
    """

    kind: str
    name: str
    title: str
    answer: str
    body: Html
    rows: pd.DataFrame
    digests: Mapping[str, str]
    badge: Badge
    picture: str
    language: str = field(default_factory=current)


def plain(markup: Html) -> str:
    """Return the text of HTML that was made by `safe_html`."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(markup: str) -> str:
    """Replace the characters that XML, and so an SVG picture, must not have."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", markup)
