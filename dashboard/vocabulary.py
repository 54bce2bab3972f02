"""List the fixed texts of claims, evaluators and columns that pages show translated.

They come to a page as values, so no call of `t` names them; `zh.po` has each of them all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dashboard.claims.reasons import own_sentences
from dashboard.claims.words import UNITS, number_of
from dashboard.experiments.measured import paragraphs
from dashboard.queries.claims import CAUSES
from dashboard.tables import HEADS
from dashboard.verdicts import BOARD, CANARY, DATA, LEVELS
from evaluators import claims, registry
from evaluators.averaging import MEANINGS, MEANS
from evaluators.averaging.matrix import AVAILABLE, SOME_GAPS
from evaluators.claims import VERDICTS, Claim
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
        yield from of_claim(claim)
    for name in registry.names():
        yield from of_evaluator(name)


def of_claim(claim: Claim[Any]) -> Iterator[str]:
    """Yield what pages show of a claim: its wording, source, the sentences of its rule, number."""
    yield from filter(None, (claim.title, claim.sentence, claim.source, claim.misprint))
    yield from own_sentences(claim.decision_rule)
    yield from filter(None, (number_of(claim.decision_rule),))


def of_evaluator(name: str) -> Iterator[str]:
    """Yield what pages show of an evaluator: the paragraphs of its description."""
    known = describe(name)
    if known is not None:
        yield from paragraphs(known.words)


def remarks() -> Iterator[str]:
    """Yield notes on rankings and what claims put before a reason, as forms of `claims.reasons`."""
    yield from (AVAILABLE, SOME_GAPS)
    for claim in map(claims.find, claims.names()):
        if claim.untestable:
            yield f"{claim.untestable}: {{detail}}"
        if claim.fresh:
            yield claim.fresh.why
