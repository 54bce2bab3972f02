"""Judge every claim on the stored results, and store new verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from db.claims import write_verdicts
from db.rows import ClaimRow, VerdictRow
from evaluators import claims
from evaluators.averaging import TREATMENTS
from evaluators.claims import BoardEvidence, Boards, Claim, RowEvidence, RowsOf, Verdict
from evaluators.claims.judging.evidence import every_treatment
from evaluators.digest import sha256_json
from flows.boards.stored import stored_board
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.store import Store
    from evaluators.progress import Progress


_BOARDS = "SELECT board, snapshot, board_id FROM current_boards ORDER BY board, snapshot"
_JUDGED = "SELECT verdict_id FROM verdicts"
_AT_ONCE = 200  # verdicts in one transaction: a few boards, so that a kill loses little


class _Snapshot(NamedTuple):
    """A board of the store; its id changes with any change of its content."""

    board: str
    snapshot: str
    board_id: str


class RowGroup(NamedTuple):
    """Rows that are judged together.

    Attributes:
        name: The values that make the group, as JSON.
        evidence: The rows, in an order that does not depend on the store's.
        digest: Of the rows' content.
    """

    name: str
    evidence: RowEvidence
    digest: str


def judge_claims(
    store: Store, night_id: str | None = None, progress: Progress | None = None
) -> list[VerdictRow]:
    """Judge claims without a verdict on the current data, wording and judge version.

    What is to be done is decided from ids, before a board is read; verdicts are written every few
    boards, so that a kill loses little.

    Args:
        store: Judged on what it holds: bundled, imported and measured boards, its views.
        night_id: The invocation, kept with each verdict.
        progress: Told what is done, how much and of how much.

    Returns:
        The new verdicts, as written.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    if not store.exists():
        return []
    known = [claims.find(name) for name in claims.names()]
    with store.read() as connection:
        snapshots = [_Snapshot(*row) for row in connection.exec_driver_sql(_BOARDS)]
        judged = {row[0] for row in connection.exec_driver_sql(_JUDGED)}
        rows = [
            (claim, group)
            for claim in known
            if isinstance(claim.evidence, RowsOf)
            for group in row_groups(connection, claim.evidence)
        ]
    on_boards = [claim for claim in known if isinstance(claim.evidence, Boards)]
    todo = {
        snapshot: missing
        for snapshot in snapshots
        if (missing := _missing(on_boards, snapshot, judged))
    }
    written: list[VerdictRow] = []
    new: dict[str, Verdict] = {}
    for done, (snapshot, missing) in enumerate(todo.items()):
        if progress is not None:
            progress("claims on boards", done, len(todo))
        new |= _judge_board(store, snapshot, missing)
        if len(new) >= _AT_ONCE:
            written += _write(store, new, known, night_id)
            new = {}
    if progress is not None and todo:
        progress("claims on boards", len(todo), len(todo))
    new |= {
        verdict_id: claim.decide(group.evidence)
        for claim, group in rows
        if (verdict_id := _verdict_id(claim, group.digest, group.name)) not in judged
    }
    return written + _write(store, new, known, night_id)


def claim_row(claim: Claim[Any]) -> ClaimRow:
    """Return a claim as the store keeps it."""
    evidence, home = claim.evidence, claim.home
    return ClaimRow(
        claim=claim.name,
        sentence=claim.sentence,
        source=claim.source,
        decision_rule=claim.decision_rule,
        evaluator="averaging" if isinstance(evidence, Boards) else f"view {evidence.view}",
        title=claim.title,
        home_board=home.board if home else None,
        home_snapshot=home.snapshot if home else None,
        home_treatment=home.treatment if home else None,
    )


def row_groups(connection: Connection, wanted: RowsOf) -> Iterator[RowGroup]:
    """Yield the groups of a view's rows; nothing while it has none that are wanted."""
    everything = sa.select(sa.text("*")).select_from(sa.table(wanted.view))
    rows = [
        dict(row)
        for row in connection.execute(everything).mappings()
        if _is_among(row, wanted.among)
    ]
    texts = [json.dumps(_stable(row), sort_keys=True, default=str) for row in rows]
    members: dict[str, list[int]] = {}
    for i in sorted(range(len(rows)), key=texts.__getitem__):
        group = json.dumps({column: rows[i][column] for column in wanted.by}, default=str)
        members.setdefault(group, []).append(i)
    for name, places in sorted(members.items()):
        first = rows[places[0]]
        yield RowGroup(
            name=name,
            evidence=RowEvidence(
                [rows[i] for i in places], {column: first[column] for column in wanted.by}
            ),
            digest=sha256_json([texts[i] for i in places]),
        )


def _stable(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a row without the last digits of its numbers.

    A view that averages adds up in any order, so they change from one reading to the next, and the
    same rows would be judged anew in each plan run.
    """
    return {
        column: float(f"{value:.10g}") if isinstance(value, float) else value
        for column, value in row.items()
    }


def _is_among(row: Mapping[Any, Any], among: Mapping[str, tuple[str, ...]]) -> bool:
    return all(
        any(fnmatchcase(str(row[column]), pattern) for pattern in patterns)
        for column, patterns in among.items()
    )


def _missing(
    known: Sequence[Claim[Any]], snapshot: _Snapshot, judged: set[str]
) -> dict[tuple[str, str], str]:
    """Return the ids of the verdicts that a board lacks, by claim and treatment."""
    ids = {
        (claim.name, treatment): _verdict_id(claim, snapshot.board_id, treatment)
        for claim in known
        for treatment in TREATMENTS
    }
    return {place: verdict_id for place, verdict_id in ids.items() if verdict_id not in judged}


def _judge_board(
    store: Store, snapshot: _Snapshot, missing: Mapping[tuple[str, str], str]
) -> dict[str, Verdict]:
    try:
        board = stored_board(store, snapshot.board, snapshot.snapshot)
    except LeaderboardError as error:
        return {
            verdict_id: _unreadable(claim, snapshot, treatment, str(error))
            for (claim, treatment), verdict_id in missing.items()
        }
    evidence: dict[str, BoardEvidence] = {
        found.treatment.name: found for found in every_treatment(board, TREATMENTS.values())
    }
    return {
        verdict_id: claims.find(claim).decide(evidence[treatment])
        for (claim, treatment), verdict_id in missing.items()
    }


def _verdict_id(claim: Claim[Any], evidence: str, group: str) -> str:
    return sha256_json([claim_row(claim).claim_id, claim.version, evidence, group])


def _unreadable(claim: str, snapshot: _Snapshot, treatment: str, why: str) -> Verdict:
    return Verdict(
        claim=claim,
        verdict="not testable here",
        statistic=None,
        ci_low=None,
        ci_high=None,
        threshold=None,
        board=snapshot.board,
        snapshot=snapshot.snapshot,
        treatment=treatment,
        detail=why,
    )


def _write(
    store: Store,
    verdicts: Mapping[str, Verdict],
    known: Sequence[Claim[Any]],
    night_id: str | None,
) -> list[VerdictRow]:
    if not verdicts:
        return []
    moment = datetime.now(UTC)
    rows = [
        VerdictRow(
            verdict_id=verdict_id,
            claim=verdict.claim,
            decided_at=moment,
            verdict=verdict.verdict,
            statistic=verdict.statistic,
            ci_low=verdict.ci_low,
            ci_high=verdict.ci_high,
            threshold=verdict.threshold,
            board=verdict.board,
            snapshot=verdict.snapshot,
            treatment=verdict.treatment,
            night_id=night_id,
            detail=verdict.detail,
        )
        for verdict_id, verdict in verdicts.items()
    ]
    judged = {row.claim for row in rows}
    write_verdicts(store, rows, [claim_row(claim) for claim in known if claim.name in judged])
    return rows
