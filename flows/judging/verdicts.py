"""Read the claims and their verdicts from the store.

Claims are those of the registry, and those that a flow wrote by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db.plain import from_utc
from evaluators import articles, claims
from evaluators.articles import Article
from evaluators.averaging import MEANS, TREATMENTS
from evaluators.claims import Boards, Claim
from evaluators.claims.judging.claim import is_sure
from evaluators.names import UnknownNameError, validate_known
from flows.judging.claims import claim_row

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from db.store import Store


_CLAIMS = """
    SELECT claim, sentence, source, decision_rule, evaluator FROM claims
    QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
"""
_NEWEST = "SELECT * FROM current_verdicts"
_EVERY = "SELECT * FROM claim_history"
_WHERE = (
    " WHERE (:claim IS NULL OR claim = :claim) AND (:board IS NULL OR board = :board)"
    " AND (:snapshot IS NULL OR snapshot = :snapshot)"
    " AND (:treatment IS NULL OR treatment = :treatment) AND (:level IS NULL OR level = :level)"
)
_NEWEST_FIRST = (
    " ORDER BY decided_at DESC, claim, combined DESC, board, snapshot, treatment, setting"
)
_BY_CLAIM = " ORDER BY claim, combined DESC, board, snapshot, treatment, setting"
_RANKED = """
    SELECT board, snapshot, treatment,
        string_agg(n, '/' ORDER BY p DESC) AS n
    FROM (
        SELECT board, snapshot, treatment, p, count(rank) AS n FROM ranks
        WHERE mean IN ('arithmetic', 'geometric', 'harmonic')
        GROUP BY board, snapshot, treatment, p
    ) GROUP BY board, snapshot, treatment
"""


_PLAIN = (
    "statistic",
    "ci_low",
    "ci_high",
    "threshold",
    "board",
    "snapshot",
    "treatment",
    "setting",
    "scope",
    "level",
    "p_value",
    "q_value",
    "looks",
    "smallest_detectable",
)


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
        """Return a short title."""
        return self.registered.title if self.registered else self.sentence.rstrip(".")

    @property
    def article(self) -> Article | None:
        """Return the article that makes the claim, or that it is about."""
        return articles.of(self.registered.article) if self.registered else None

    @property
    def misprint(self) -> str:
        """Return what the article printed wrong about it; empty where nothing is known."""
        return self.registered.misprint if self.registered else ""


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


def is_mixed(treatment: str) -> bool:
    """Return whether a treatment differs between rows or means."""
    return treatment in TREATMENTS and TREATMENTS[treatment].mixed


@dataclass(frozen=True)
class Decided:
    """A verdict of the store; None where it has no such thing."""

    claim: str
    decided_at: datetime
    verdict: str
    statistic: float | None
    ci_low: float | None
    ci_high: float | None
    threshold: float | None
    board: str | None
    snapshot: str | None
    treatment: str | None
    setting: str | None
    combined: bool
    scope: str | None
    level: str | None
    cut: str
    exploratory: bool
    p_value: float | None
    q_value: float | None
    looks: int | None
    smallest_detectable: float | None
    rests_on: str
    settles: str
    precedes_rule: bool
    detail: str
    n: str

    @property
    def where(self) -> str:
        """What it is about, in words: a board and treatment, or the setting of an experiment."""
        place = " ".join(part for part in (self.board, self.snapshot, self.treatment) if part)
        return place or self.setting or ("all settings" if self.combined else "")

    @property
    def sure(self) -> bool:
        """Return whether it does not hang on the draw, as printed numbers may."""
        return is_sure(
            self.verdict,
            low=self.ci_low,
            high=self.ci_high,
            threshold=self.threshold,
            p_value=self.p_value,
        )

    @property
    def mixed(self) -> bool:
        """Return whether its treatment differs between rows or means."""
        return is_mixed(self.treatment or "")

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        on_board = self.board is not None
        return {
            "claim": self.claim,
            "verdict": self.verdict,
            "statistic": self.statistic,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "threshold": self.threshold,
            "board": self.board,
            "snapshot": self.snapshot,
            "treatment": self.treatment,
            "setting": self.setting,
            "combined": self.combined,
            "scope": self.scope,
            "level": self.level,
            "smoke_run": self.cut or None,
            "exploratory": self.exploratory,
            "rests_on": self.rests_on or None,
            "settles": self.settles or None,
            "p_value": self.p_value,
            "q_value": self.q_value,
            "looks": self.looks,
            "smallest_detectable": self.smallest_detectable,
            "precedes_rule": self.precedes_rule,
            "mixed": self.mixed,
            "mean": "/".join(MEANS) if on_board else None,
            "p": "/".join(f"{p:g}" for p in MEANS.values()) if on_board else None,
            "n_models": self.n or None,
            "decided_at": self.decided_at.isoformat(timespec="seconds"),
            "detail": self.detail,
        }


def verdicts(
    store: Store,
    *,
    claim: str | None = None,
    board: str | None = None,
    snapshot: str | None = None,
    treatment: str | None = None,
    level: str | None = None,
    history: bool = False,
    sizes: bool = True,
) -> list[Decided]:
    """Return the verdicts that count now, or with `history` every one, newest first.

    Without `sizes`, nobody counts how many models were ranked, which takes half of the time.

    Raises:
        UnknownNameError: If no board or snapshot of that name, or no such treatment, was judged.
    """
    given = {
        "claim": claim,
        "board": board,
        "snapshot": snapshot,
        "treatment": treatment,
        "level": level,
    }
    query = (_EVERY if history else _NEWEST) + _WHERE + (_NEWEST_FIRST if history else _BY_CLAIM)
    with store.read() as connection:
        _require_judged(connection, board=board, snapshot=snapshot, treatment=treatment)
        ranked = {
            (row["board"], row["snapshot"], row["treatment"]): str(row["n"])
            for row in (connection.execute(sa.text(_RANKED)).mappings() if sizes else ())
        }
        rows = connection.execute(sa.text(query), given).mappings().all()
    return [_decided(row, ranked) for row in rows]


def _require_judged(connection: sa.Connection, **wanted: str | None) -> None:
    """Raise for the first name on which there is no verdict, given the names before it."""
    there = sa.table("verdicts", *(sa.column(column) for column in wanted))
    chosen = sa.select(there).where(there.c.board.is_not(None))
    for column, name in wanted.items():
        if name is not None:
            judged = connection.scalars(chosen.with_only_columns(there.c[column]).distinct())
            validate_known(column, [name], sorted(judged))
            chosen = chosen.where(there.c[column] == name)


def _decided(row: RowMapping, ranked: Mapping[tuple[str, str, str], str]) -> Decided:
    plain = {name: row[name] for name in _PLAIN}
    return Decided(
        claim=row["claim"],
        decided_at=from_utc(row["decided_at"]),
        verdict=row["verdict"],
        combined=bool(row["combined"]),
        exploratory=bool(row["exploratory"]),
        precedes_rule=bool(row["precedes_rule"]),
        cut=row["cut"] or "",
        rests_on=row["rests_on"] or "",
        settles=row["settles"] or "",
        detail=row["detail"] or "",
        n=ranked.get((row["board"], row["snapshot"], row["treatment"]), ""),
        **plain,
    )
