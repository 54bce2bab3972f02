"""Judge every claim on the stored results, and store new verdicts."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import sqlalchemy as sa

from db import run_files
from db.claims import write_verdicts
from db.rows import ClaimRow, VerdictRow
from evaluators import claims, registry
from evaluators.averaging import TREATMENTS
from evaluators.claims import BoardEvidence, Boards, Claim, RowEvidence, RowsOf, Verdict
from evaluators.claims.judging.arms import CONSTANT
from evaluators.claims.judging.claim import rule_word
from evaluators.claims.judging.combining import VERSION as COMBINING
from evaluators.claims.judging.combining import combine
from evaluators.claims.judging.evidence import Place, every_treatment
from evaluators.digest import sha256_json
from evaluators.evaluator import LEVELS, Level
from flows.boards.stored import PREFIX, stored_board
from flows.errors import ClaimError, LeaderboardError
from flows.judging.floors import constants_digest, with_constants
from flows.judging.single_answers import kept_digest, with_answers

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from db.store import Store
    from evaluators.progress import Progress


_BOARDS = "SELECT board, snapshot, board_id FROM current_boards ORDER BY board, snapshot"
_JUDGED = "SELECT verdict_id FROM verdicts"
_LOOKS = """
    SELECT DISTINCT claim, setting, evidence_digest FROM verdicts
    WHERE setting IS NOT NULL AND evidence_digest IS NOT NULL AND combined IS NOT TRUE
"""
_COMBINED = """
    SELECT claim, evidence_digest, count(*) OVER (PARTITION BY claim) AS times FROM verdicts
    WHERE combined
    QUALIFY row_number() OVER (PARTITION BY claim ORDER BY decided_at DESC, verdict_id) = 1
"""
_ROWS = """
    SELECT v.*, r.evaluator AS "run evaluator", r.parameters AS "run parameters"
    FROM {view} AS v LEFT JOIN (
        SELECT run_id, any_value(evaluator) AS evaluator, any_value(parameters) AS parameters
        FROM runs GROUP BY run_id
    ) AS r ON r.run_id = v.run_id
"""
_ROWS_WITHOUT_RUNS = """
    SELECT *, NULL AS "run evaluator", NULL AS "run parameters" FROM {view}
"""
_AT_ONCE = 200  # verdicts in one transaction: a few boards, so that a kill loses little

# What names a run is no evidence: a run that gives the same numbers again is not another look.
_NO_EVIDENCE = ("run_id", "finished_at", "run evaluator", "run parameters", CONSTANT)


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
        since: When the oldest of the rows was measured, UTC.
    """

    name: str
    evidence: RowEvidence
    digest: str
    since: datetime | None


@dataclass
class _Judging:
    """What is known before claims are judged, and what was decided since.

    Attributes:
        judged: Ids of the verdicts that the store has.
        new: Verdicts that it has not, by id.
        digests: By id, the digest of the evidence, and since when there is some.
        faults: What a rule stumbled over, by claim.
    """

    judged: set[str]
    new: dict[str, Verdict] = field(default_factory=dict)
    digests: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)

    def decide(self, verdict_id: str, claim: Claim[Any], evidence: Any) -> None:
        """Judge one piece of evidence; a rule that fails must not cost the others their verdicts.

        Args:
            verdict_id: Id of the verdict.
            claim: Whose rule judges.
            evidence: What is judged.
        """
        try:
            self.new[verdict_id] = claim.decide(evidence)
        except Exception as error:
            self.faults.setdefault(claim.name, error)


def judge_claims(
    store: Store, night_id: str | None = None, progress: Progress | None = None
) -> list[VerdictRow]:
    """Judge claims without a verdict on the current data, wording and judge version.

    What is to be done is decided from ids, before a board is read; verdicts are written every few
    boards, so that a kill loses little. Then each claim whose settings changed gets its verdict
    over all of them.

    Args:
        store: Judged on what it holds: bundled, imported and measured boards, its views.
        night_id: The invocation, kept with each verdict.
        progress: Told what is done, how much and of how much.

    Returns:
        The new verdicts, as written.

    Raises:
        ClaimError: A rule failed on its evidence; all other verdicts are written.
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    if not store.exists():
        return []
    known = [claims.find(name) for name in claims.names()]
    with store.read() as connection:
        snapshots = [_Snapshot(*row) for row in connection.exec_driver_sql(_BOARDS)]
        judging = _Judging({row[0] for row in connection.exec_driver_sql(_JUDGED)})
        looks: dict[tuple[str, str], set[str]] = {}
        for claim_name, setting, digest in connection.exec_driver_sql(_LOOKS):
            looks.setdefault((claim_name, setting), set()).add(digest)
        combined = {row[0]: row[1] for row in connection.exec_driver_sql(_COMBINED)}
        read = lru_cache(maxsize=None)(lambda view: rows_of(connection, view))
        rows = [
            (claim, group)
            for claim in known
            if isinstance(claim.evidence, RowsOf)
            for group in row_groups(read(claim.evidence.view), claim, looks)
        ]
    store.release()  # judging takes long
    components: dict[str, list[str]] = {}
    on_boards = [claim for claim in known if isinstance(claim.evidence, Boards)]
    todo = {
        snapshot: missing
        for snapshot in snapshots
        if (missing := _missing(on_boards, snapshot, judging.judged))
    }
    written: list[VerdictRow] = []
    for done, (snapshot, missing) in enumerate(todo.items()):
        if progress is not None:
            progress("claims on boards", done, len(todo))
        _judge_board(store, snapshot, missing, judging)
        if len(judging.new) >= _AT_ONCE:
            written += _write(store, judging, known, night_id)
    if progress is not None and todo:
        progress("claims on boards", len(todo), len(todo))
    answers = run_files.folder(store.url)
    for claim, group in rows:
        # Answers that are kept beside the store are no other look at the evidence, but may be
        # another verdict.
        evidence = group.digest + kept_digest(group.evidence, answers)
        evidence += constants_digest(group.evidence)
        verdict_id = _verdict_id(_identity(claim), evidence, group.name)
        judging.digests[verdict_id] = group.digest, group.since
        at_home = claim.at_home is None or claim.at_home(group.evidence.group)
        if at_home:
            components.setdefault(claim.name, []).append(verdict_id)
        if verdict_id not in judging.judged:
            judging.decide(verdict_id, claim, with_answers(group.evidence, answers))
    written += _write(store, judging, known, night_id)
    for claim in on_boards:
        components[claim.name] = _home_verdicts(claim, snapshots)
    for name in judging.faults:  # what it comes to over the other settings alone is another claim
        components.pop(name, None)
    there = judging.judged | {row.verdict_id for row in written}
    changed = [
        claim
        for claim in known
        if (ids := there.intersection(components.get(claim.name, ())))
        and _combined_digest(claim, ids) != combined.get(claim.name)
    ]
    written += _combine(store, changed, components, night_id)
    if judging.faults:
        raise ClaimError(_in_words(judging.faults))
    return written


def _in_words(faults: Mapping[str, Exception]) -> str:
    said = []
    for name, error in sorted(faults.items()):
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        said.append(f"{name} ({type(error).__name__} in {where}: {error})")
    lead = "the rule of this claim" if len(said) == 1 else "the rules of these claims"
    return (
        f"{lead} failed on the evidence, and all other verdicts are in the store:"
        f" {'; '.join(said)}. It is a mistake in the rule: mend it, or report it"
    )


def record_claims(store: Store) -> None:
    """Write the claims and their rules that the store does not know, before evidence is measured.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used.
    """
    rows = [claim_row(claims.find(name)) for name in claims.names()]
    with store.read() as connection:
        there = {row[0] for row in connection.exec_driver_sql("SELECT claim_id FROM claims")}
    if missing := [row for row in rows if row.claim_id not in there]:
        write_verdicts(store, [], missing)


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
        scope=claim.scope,
        level=claim.level,
    )


def rows_of(connection: Connection, view: str) -> Sequence[Mapping[str, Any]]:
    """Return every row of a view, with the evaluator and the parameters of its run."""
    # A view of boards has no runs: what it rests on was published.
    query = _ROWS if view in _views_of_runs() else _ROWS_WITHOUT_RUNS
    rows = [dict(row) for row in connection.execute(sa.text(query.format(view=view))).mappings()]
    return with_constants(connection, rows) if view == "arm_scores" else rows


@lru_cache(maxsize=1)
def _views_of_runs() -> frozenset[str]:
    """Return the views that name the runs of their rows."""
    from db.views import VIEWS

    return frozenset(view.name for view in VIEWS if "run_id" in view.columns)


def row_groups(
    rows: Sequence[Mapping[str, Any]],
    claim: Claim[Any],
    looks: Mapping[tuple[str, str], set[str]],
) -> Iterator[RowGroup]:
    """Yield the groups of a view's rows that a claim is judged on.

    In a group, whole experiments push out smoke runs, and rows of the newest checkpoint and data
    those of others: arms are only compared on the same.

    Args:
        rows: Every row of the claim's view, with the evaluator and parameters of its run.
        claim: What is judged.
        looks: Digests of the evidence that was judged before, by claim and setting.
    """
    wanted = cast("RowsOf", claim.evidence)
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if _is_among(row, wanted.among):
            name = json.dumps({column: row[column] for column in wanted.by}, default=str)
            groups.setdefault(name, []).append(row)
    for name, every in sorted(groups.items()):
        members, cut = _whole(_newest(every))
        texts = sorted(
            (json.dumps(_stable(row), sort_keys=True, default=str), at)
            for at, row in enumerate(members)
        )
        ordered = [members[at] for _, at in texts]
        group = {column: ordered[0][column] for column in wanted.by}
        digest = sha256_json([text for text, _ in texts])
        levels = [found for row in ordered if (found := _level(row)) is not None]
        level: Level = min(levels, key=LEVELS.index, default="small")
        if claim.published is not None and claim.published(group):
            level = "published"
        evidence = RowEvidence(ordered, group, level=level, cut=cut)
        before = looks.get((claim.name, evidence.place.setting or ""), set())
        yield RowGroup(
            name=name,
            evidence=replace(evidence, look=len(before | {digest})),
            digest=digest,
            since=min(
                (row["finished_at"] for row in ordered if row.get("finished_at")), default=None
            ),
        )


def _newest(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of the checkpoint and the data that were measured last."""

    def measured_on(row: Mapping[str, Any]) -> tuple[Any, Any]:
        return row.get("checkpoint_digest"), row.get("dataset_digest")

    newest = max(rows, key=lambda row: (str(row.get("finished_at") or ""), str(measured_on(row))))
    return [row for row in rows if measured_on(row) == measured_on(newest)]


def _whole(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """Return the rows of whole experiments; those of smoke runs, and in what, if there are none."""
    cuts = [_cut(row) for row in rows]
    # A mean over runs has no run of its own: it is neither whole nor cut.
    of_runs = [cut for row, cut in zip(rows, cuts, strict=True) if row["run evaluator"]]
    if of_runs and all(of_runs):
        return list(rows), of_runs[0]
    return [row for row, cut in zip(rows, cuts, strict=True) if not cut], ""


def _level(row: Mapping[str, Any]) -> Level | None:
    """Return what a row can speak for; None for a mean over runs, which others speak for."""
    if row["run evaluator"]:
        return _of_run(row["run evaluator"], row["run parameters"])[0]
    if "board" in row:
        return "small" if str(row["board"]).startswith(PREFIX) else "published"
    evaluator = str(row.get("evaluator"))
    return registry.find(evaluator).LEVEL if evaluator in registry.names() else None


def _cut(row: Mapping[str, Any]) -> str:
    evaluator, parameters = row["run evaluator"], row["run parameters"]
    return _of_run(evaluator, parameters)[1] if evaluator else ""


@lru_cache(maxsize=10_000)
def _of_run(evaluator: str, parameters: str) -> tuple[Level, str]:
    """Return what a run can speak for, and in what it is a smoke run."""
    if evaluator not in registry.names():  # of a flow of somebody's own, or of an older version
        return "small", ""
    found, params = registry.find(evaluator), json.loads(parameters)
    return found.level(params), found.cut(params)


def _stable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without the last digits of its numbers, and without what names its run.

    A view that averages adds up in any order, so they change from one reading to the next, and the
    same rows would be judged anew in each plan run.
    """
    return {
        column: float(f"{value:.10g}") if isinstance(value, float) else value
        for column, value in row.items()
        if column not in _NO_EVIDENCE
    }


def _is_among(row: Mapping[str, Any], among: Mapping[str, tuple[str, ...]]) -> bool:
    return all(
        any(fnmatchcase(str(row[column]), pattern) for pattern in patterns)
        for column, patterns in among.items()
    )


def _missing(
    known: Sequence[Claim[Any]], snapshot: _Snapshot, judged: set[str]
) -> dict[tuple[str, str], str]:
    """Return the ids of the verdicts that a board lacks, by claim and treatment."""
    identities = {claim.name: _identity(claim) for claim in known}
    ids = {
        (name, treatment): _verdict_id(identity, snapshot.board_id, treatment)
        for name, identity in identities.items()
        for treatment in TREATMENTS
    }
    return {place: verdict_id for place, verdict_id in ids.items() if verdict_id not in judged}


def _judge_board(
    store: Store,
    snapshot: _Snapshot,
    missing: Mapping[tuple[str, str], str],
    judging: _Judging,
) -> None:
    try:
        board = stored_board(store, snapshot.board, snapshot.snapshot)
    except LeaderboardError as error:
        judging.new |= {
            verdict_id: _unreadable(claim, snapshot, treatment, str(error))
            for (claim, treatment), verdict_id in missing.items()
        }
        return
    store.release()
    evidence: dict[str, BoardEvidence] = {
        found.treatment.name: found for found in every_treatment(board, TREATMENTS.values())
    }
    for (claim, treatment), verdict_id in missing.items():
        judging.decide(verdict_id, claims.find(claim), evidence[treatment])


def _home_verdicts(claim: Claim[Any], snapshots: Sequence[_Snapshot]) -> list[str]:
    """Return the ids of the verdicts that are the claim's own: on its home board, if it is here.

    In its home snapshot, or else the latest one. Without its home board, on all boards.
    """
    home = claim.home
    treatment = home.treatment if home else "per-task"
    chosen: Sequence[_Snapshot] = snapshots
    if home is not None and (there := [s for s in snapshots if s.board == home.board]):
        chosen = [max(there, key=lambda s: (s.snapshot == home.snapshot, s.snapshot))]
    identity = _identity(claim)
    return [_verdict_id(identity, snapshot.board_id, treatment) for snapshot in chosen]


def _identity(claim: Claim[Any]) -> tuple[str, str]:
    return claim_row(claim).claim_id, claim.version


def _verdict_id(claim: tuple[str, str], evidence: str, group: str) -> str:
    return sha256_json([*claim, evidence, group])


def _unreadable(claim: str, snapshot: _Snapshot, treatment: str, why: str) -> Verdict:
    return Verdict(
        claim=claim,
        verdict="not testable here",
        word="not testable here",
        detail=why,
        place=Place(snapshot.board, snapshot.snapshot, treatment, None),
        level="published",
    )


def _write(
    store: Store, judging: _Judging, known: Sequence[Claim[Any]], night_id: str | None
) -> list[VerdictRow]:
    """Write the new verdicts, and forget them."""
    if not judging.new:
        return []
    rows = [
        _verdict_row(verdict_id, verdict, night_id, *judging.digests.get(verdict_id, (None, None)))
        for verdict_id, verdict in judging.new.items()
    ]
    judged = {row.claim for row in rows}
    write_verdicts(store, rows, [claim_row(claim) for claim in known if claim.name in judged])
    judging.new = {}
    return rows


def _verdict_row(
    verdict_id: str,
    verdict: Verdict,
    night_id: str | None,
    digest: str | None,
    since: datetime | None,
) -> VerdictRow:
    return VerdictRow(
        verdict_id=verdict_id,
        claim=verdict.claim,
        decided_at=datetime.now(UTC),
        verdict=verdict.verdict,
        statistic=verdict.statistic,
        ci_low=verdict.ci_low,
        ci_high=verdict.ci_high,
        threshold=verdict.threshold,
        **verdict.place._asdict(),
        combined=False,
        level=verdict.level,
        cut=verdict.cut,
        exploratory=verdict.exploratory,
        p_value=verdict.p_value,
        smallest_detectable=verdict.smallest_detectable,
        looks=verdict.look,
        rests_on=verdict.rests_on,
        settles=verdict.settles,
        evidence_digest=digest,
        evidence_from=None if since is None else since.replace(tzinfo=UTC),
        night_id=night_id,
        detail=verdict.detail,
    )


def _combine(
    store: Store,
    changed: Sequence[Claim[Any]],
    components: Mapping[str, Sequence[str]],
    night_id: str | None,
) -> list[VerdictRow]:
    """Write what each claim comes to over its settings, unless another process has done so."""
    from db import tables

    if not changed:
        return []
    wanted = [verdict_id for claim in changed for verdict_id in components[claim.name]]
    query = sa.select(tables.verdicts).where(tables.verdicts.c.verdict_id.in_(wanted))
    with store.read() as connection:
        stored = {row["verdict_id"]: row for row in connection.execute(query).mappings()}
        last = {row[0]: row[1:] for row in connection.exec_driver_sql(_COMBINED)}
    rows = []
    for claim in changed:
        own = [stored[each] for each in components[claim.name] if each in stored]
        digest = _combined_digest(claim, [row["verdict_id"] for row in own])
        before, times = last.get(claim.name, ("", 0))
        if digest != before:
            # The count makes it a new verdict when things are again as they once were.
            verdict_id = sha256_json([digest, times])
            rows.append(_combined(claim, own, verdict_id, digest, night_id))
    if rows:
        judged = {row.claim for row in rows}
        write_verdicts(store, rows, [claim_row(claim) for claim in changed if claim.name in judged])
    return rows


def _combined_digest(claim: Claim[Any], ids: Iterable[str]) -> str:
    """Return the digest of a claim and its verdicts, from which the one over all follows."""
    return sha256_json([claim_row(claim).claim_id, COMBINING, sorted(ids)])


def _combined(
    claim: Claim[Any],
    own: Sequence[RowMapping],
    verdict_id: str,
    digest: str,
    night_id: str | None,
) -> VerdictRow:
    verdicts = [_from_store(row) for row in own]
    summary = combine(verdicts, scope=claim.scope, own=claim.level, average=claim.average)
    shown = summary.shown
    mean = summary.pooled.mean if summary.pooled else None
    return VerdictRow(
        verdict_id=verdict_id,
        claim=claim.name,
        decided_at=datetime.now(UTC),
        verdict=summary.verdict,
        statistic=mean.estimate if mean else shown.statistic,
        ci_low=mean.low if mean else shown.ci_low,
        ci_high=mean.high if mean else shown.ci_high,
        threshold=claim.average if mean else shown.threshold,
        board=shown.place.board,
        snapshot=shown.place.snapshot,
        treatment=shown.place.treatment,
        setting=shown.place.setting if len(own) == 1 else None,
        combined=True,
        level=summary.level,
        cut=shown.cut if summary.verdict == "not testable here" else "",
        exploratory=summary.exploratory,
        p_value=summary.p_value,
        smallest_detectable=shown.smallest_detectable,
        looks=max(verdict.look for verdict in verdicts),
        rests_on=summary.rests_on,
        settles=shown.settles if summary.verdict == "inconclusive" else "",
        evidence_digest=digest,
        evidence_from=min(
            (row["evidence_from"].replace(tzinfo=UTC) for row in own if row["evidence_from"]),
            default=None,
        ),
        night_id=night_id,
        detail=summary.detail,
    )


def _from_store(row: RowMapping) -> Verdict:
    return Verdict(
        claim=row["claim"],
        verdict=row["verdict"],
        word=rule_word(row["verdict"]),
        detail=row["detail"] or "",
        place=Place(row["board"], row["snapshot"], row["treatment"], row["setting"]),
        level=row["level"] or "small",
        statistic=row["statistic"],
        ci_low=row["ci_low"],
        ci_high=row["ci_high"],
        threshold=row["threshold"],
        p_value=row["p_value"],
        smallest_detectable=row["smallest_detectable"],
        rests_on=row["rests_on"] or "",
        settles=row["settles"] or "",
        cut=row["cut"] or "",
        exploratory=bool(row["exploratory"]),
        look=row["looks"] or 1,
    )
