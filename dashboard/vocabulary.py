"""List the fixed texts of claims, evaluators and columns that pages show translated.

They come to a page as values, so no call of `t` names them; `zh.po` has each of them all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.claims.words import UNITS, number_of
from dashboard.queries.claims import CAUSES
from dashboard.tables import HEADS
from dashboard.verdicts import BOARD, CANARY, DATA, LEVELS
from evaluators import claims, registry
from evaluators.averaging import MEANINGS, MEANS
from evaluators.claims import VERDICTS
from evaluators.described import describe
from evaluators.model_facts.facts import FACTS

TRENDS = ("rises", "falls", "none")
"""What `CurveSummary.trend` says."""


def fixed() -> Iterator[str]:
    """Yield every word that comes from other modules and is shown in the reader's language."""
    yield from (BOARD, *DATA.values(), *LEVELS.values())
    yield from sorted(HEADS)
    yield from TRENDS
    yield from (*VERDICTS, CANARY)
    yield from (*UNITS, *CAUSES)
    yield from (name.replace("_", " ") for name in FACTS)
    yield from MEANS
    for choices in MEANINGS.values():
        yield from choices.values()
    for claim in map(claims.find, claims.names()):
        yield from filter(None, (claim.title, claim.sentence, claim.misprint))
        yield from filter(None, (number_of(claim.decision_rule),))
    yield from (known.first for known in map(describe, registry.names()) if known is not None)
