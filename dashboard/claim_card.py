"""The card of one claim: its verdict, its sentence, and the number that decided it."""

from __future__ import annotations

import pandas as pd

from dashboard import formatting, safe_html
from dashboard.claims import decided_by
from dashboard.verdicts import kind, marks
from evaluators.claims import VERDICTS


def card(row: pd.Series) -> None:
    """Show one claim.

    Args:
        row: One of `dashboard.verdicts.headlines`.
    """
    sentence = row.claim if formatting.is_missing(row.sentence) else row.sentence
    counts = [f"{verdict} {row[verdict]}" for verdict in VERDICTS if row[verdict]]
    safe_html.show(
        safe_html.tag(
            "div",
            safe_html.tag(
                "p",
                safe_html.tag("strong", row.verdict, css=f"rc-verdict rc-{kind(row.verdict)}"),
                safe_html.name(row.claim),
                css="rc-card-head",
            ),
            safe_html.tag("p", sentence, css="rc-sentence"),
            safe_html.tag("p", " · ".join(marks(row)), css="rc-dim") if marks(row) else "",
            safe_html.tag("p", decided_by(row), css="rc-dim"),
            *(
                [safe_html.tag("p", f"Verdicts by evidence: {', '.join(counts)}.", css="rc-dim")]
                if counts
                else []
            ),
            css=f"rc-card rc-{kind(row.verdict)}",
        )
    )
