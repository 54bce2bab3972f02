"""The claims there are: those of the registry, and those that a flow wrote by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from evaluators import claims
from evaluators.claims import Boards, Claim
from evaluators.names import UnknownNameError
from flows.claims import claim_row

if TYPE_CHECKING:
    from db.store import Store

_CLAIMS = """
    SELECT claim, sentence, source, decision_rule, evaluator FROM claims
    QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
"""


@dataclass(frozen=True)
class Asserted:
    """A claim as the store has it: the registry's, or one that a flow wrote by itself."""

    name: str
    sentence: str
    source: str
    decision_rule: str
    evidence: str
    registered: Claim[Any] | None

    @property
    def title(self) -> str:
        """A few words."""
        return self.registered.title if self.registered else self.sentence.rstrip(".")


def asserted(store: Store) -> dict[str, Asserted]:
    """Return every claim by id: those of the registry, then others that the store knows."""
    with store.read() as connection:
        kept = {row["claim"]: row for row in connection.execute(sa.text(_CLAIMS)).mappings()}
    found = {name: _registered(claims.find(name)) for name in claims.names()}
    for name in sorted(set(kept) - set(found)):
        row = kept[name]
        evidence = row["evaluator"] or ""
        found[name] = Asserted(
            name, row["sentence"], row["source"], row["decision_rule"], evidence, None
        )
    return found


def named(known: Mapping[str, Asserted], name: str) -> Asserted:
    """Return the claim of an id; the end of an id (`c3`) is enough where it names only one.

    Raises:
        UnknownNameError: With the nearest id, or the several that end so.
    """
    folded = name.casefold()
    if folded in known:
        return known[folded]
    ending = [other for other in known if other.endswith(f"-{folded}")]
    if len(ending) == 1:
        return known[ending[0]]
    raise UnknownNameError("claim", name, ending or known)


def _registered(claim: Claim[Any]) -> Asserted:
    row, on = claim_row(claim), claim.evidence
    evidence = (
        "every board, snapshot and treatment" if isinstance(on, Boards) else f"view {on.view}"
    )
    return Asserted(row.claim, row.sentence, row.source, row.decision_rule, evidence, claim)
