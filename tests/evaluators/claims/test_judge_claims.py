"""Claims judged on a store: only what is new, with the history kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db import open_store
from db.claims import write_verdicts
from db.leaderboards import write_board
from db.rows import ClaimRow, VerdictRow
from db.store import Store
from evaluators import claims
from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.claims import Claim, Control, Finding, NotTestable, RowEvidence, RowsOf
from evaluators.names import UnknownNameError
from flows.boards.stored import board_rows
from flows.judging.claims import judge_claims
from flows.judging.verdicts import asserted, named, verdicts
from flows.reports.claims import headline, overview_sheet, tally, telling

Scores = list[list[float]]
BELOW: Scores = [[95, 92, 94, 90], [93, 91, 95, 92], [90, 90, 90, 80], [80, 80, 80, 80]]
FIRST: Scores = [[99, 97, 98, 40], [98, 99, 96, 42], [90, 90, 90, 40], [80, 80, 80, 80]]
EACH = len(TREATMENTS)


def keep(store: Store, scores: Scores, name: str = "superglue", **more: Any) -> None:
    board = Board(
        name=name,
        snapshot="2021",
        models=("a", "b", "c", "human"),
        columns=tuple(Column(f"t{j}", f"t{j}") for j in range(4)),
        values=np.array(scores, dtype=float),
        is_human=(False, False, False, True),
        **more,
    )
    write_board(store, board_rows(board, source="made up"))


def current(store: Store, claim: str = "averaging-c4", treatment: str = "per-task") -> list[str]:
    found = verdicts(store, claim=claim, treatment=treatment)
    assert found[0].combined
    return [d.verdict for d in found]


def test_nothing_is_judged_where_there_is_no_store(tmp_path: Path) -> None:
    assert judge_claims(open_store(f"duckdb:///{tmp_path / 'none.duckdb'}")) == []


def test_every_claim_is_judged_under_every_treatment_and_then_no_more(store: Store) -> None:
    keep(store, BELOW)
    seen: list[tuple[str, int, int]] = []
    written = judge_claims(store, "night", lambda *told: seen.append(told))
    assert [row.combined for row in written] == [False] * 5 * EACH + [True] * 5
    assert {row.night_id for row in written} == {"night"}
    assert seen[-1][1:] == (1, 1)
    assert current(store) == ["refuted"] * 2, "on its board, which is its home"
    token = store.freshness()
    assert judge_claims(store) == []
    assert store.freshness() == token, "a night with nothing to judge writes nothing"


def test_changed_data_are_judged_anew_and_the_history_is_kept(store: Store) -> None:
    for scores in (BELOW, FIRST, BELOW):  # back to what it was is a change, too
        keep(store, scores)
        assert len(judge_claims(store)) == 5 * (EACH + 1)
    assert current(store) == ["refuted"] * 2
    every = verdicts(store, claim="averaging-c4", treatment="per-task", history=True)
    for combined in (True, False):
        past = [d for d in every if d.combined is combined]
        assert [d.verdict for d in past] == ["refuted", "holds", "refuted"]
        assert past[0].decided_at > past[2].decided_at


def test_only_the_board_that_changed_is_judged(store: Store) -> None:
    keep(store, BELOW)
    keep(store, BELOW, "other")
    judge_claims(store)
    keep(store, FIRST, "other")
    assert {row.board for row in judge_claims(store) if not row.combined} == {"other"}


def test_a_new_wording_or_version_is_judged_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from evaluators.claims import averaging_c4

    keep(store, BELOW)
    judge_claims(store)
    kept = averaging_c4.CLAIM
    for change in (
        {"version": "of this test"},
        {"decision_rule": "Another rule. " + kept.decision_rule},
    ):
        monkeypatch.setattr(averaging_c4, "CLAIM", replace(kept, **change))
        assert {row.claim for row in judge_claims(store)} == {"averaging-c4"}
        assert judge_claims(store) == []


def test_a_board_that_cannot_be_read_is_not_testable(store: Store) -> None:
    from dataclasses import replace

    keep(store, BELOW)
    board = Board("broken", "1", ("a",), (Column("x", "x"),), np.ones((1, 1)))
    row = board_rows(board, source="made up")
    column = replace(row.columns[0], unit_max=None)
    write_board(store, replace(row, columns=(column,)))
    judge_claims(store)
    broken = [d for d in verdicts(store, board="broken") if not d.combined]
    assert {d.verdict for d in broken} == {"not testable here"}
    assert len(broken) == 5 * EACH
    assert "perfect score" in broken[0].detail
    assert current(store, treatment="per-task")[1] == "not testable here"
    kept = verdicts(store, claim="averaging-c4", board="superglue")
    consistent = [t for t in TREATMENTS.values() if not t.mixed]
    assert [d.verdict for d in kept if not d.combined].count("refuted") == len(consistent)


def made_up_claim() -> Claim[RowEvidence]:
    """A claim about rows of a view, as a newcomer would write it."""

    def judge(evidence: RowEvidence) -> Finding:
        values = [row["value"] for row in evidence.rows if row["model"] != "human"]
        if len(values) < 2:
            raise NotTestable("fewer than two scores")
        mean = sum(values) / len(values)
        word = "holds" if mean > 90 else "refuted"
        return Finding(word, f"mean of {len(values)} scores", statistic=mean, threshold=90.0)

    def controls() -> Sequence[Control[RowEvidence]]:
        rows = [{"model": "a", "value": 95.0}, {"model": "b", "value": 94.0}]
        return (Control("high", RowEvidence(rows), "holds"),)

    return Claim(
        title="scores are high",
        sentence="Scores are high.",
        source="made up for this test",
        decision_rule="Holds when the mean is above 90, refuted otherwise, never inconclusive.",
        evidence=RowsOf("leaderboard_long", by=("task",)),
        judge=judge,
        controls=controls,
        name="high",
    )


@pytest.fixture
def with_row_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], Claim[Any]] = claims.find
    made = made_up_claim()
    monkeypatch.setattr(claims, "names", lambda: ("averaging-c4", "high"))
    monkeypatch.setattr(claims, "find", lambda name: made if name == "high" else find(name))


@pytest.mark.usefixtures("with_row_claim")
def test_a_claim_about_rows_of_a_view_is_judged_group_by_group(store: Store) -> None:
    assert judge_claims(store) == [], "an empty view is no evidence"
    keep(store, BELOW)
    assert len(judge_claims(store)) == EACH + 4 + 2
    assert judge_claims(store) == []
    found = verdicts(store, claim="high")
    assert (found[0].verdict, found[0].combined) == ("mixed", True)
    assert found[0].detail == "3 hold, 1 refuted"
    by_group = {d.setting: d for d in found if not d.combined}
    assert set(by_group) == {f"task=t{j}" for j in range(4)}
    assert by_group["task=t0"].verdict == "holds"
    assert by_group["task=t3"].verdict == "refuted"
    assert by_group["task=t0"].statistic == pytest.approx(np.mean([95, 93, 90]), rel=1e-11)
    assert by_group["task=t0"].board is None
    changed = [[*row[:3], 99] for row in BELOW]
    keep(store, changed)
    again = [row for row in judge_claims(store) if row.claim == "high"]
    assert [row.setting for row in again if not row.combined] == ["task=t3"], "others are the same"
    assert {row.verdict for row in again} == {"holds"}


def test_what_another_flow_wrote_is_shown_as_stored(store: Store) -> None:
    keep(store, BELOW)
    judge_claims(store)
    drift = ClaimRow("environment-drift", "The same job gives the same scores.", "us", "a rule")
    verdict = VerdictRow("x", "environment-drift", datetime.now(UTC), "holds", statistic=0.0)
    write_verdicts(store, [verdict], [drift])
    known = asserted(store)
    assert list(known)[-1] == "environment-drift"
    everything = verdicts(store)
    first = headline(known["environment-drift"], everything)
    assert first is not None
    assert (first.verdict, first.board) == ("holds", None)
    shown = overview_sheet(known, everything).sections[0].rows
    assert [row[0] for row in shown] == list(known)


def test_the_verdict_shown_first_is_that_of_the_claims_home(store: Store) -> None:
    keep(store, FIRST, "aboard")
    keep(store, BELOW)
    judge_claims(store)
    found = verdicts(store)
    first = headline(asserted(store)["averaging-c4"], found)
    assert first is not None
    assert (first.board, first.treatment, first.verdict) == ("superglue", "per-task", "refuted")
    counts = tally("averaging-c4", found)
    assert sum(counts.values()) == 2 * len([t for t in TREATMENTS.values() if not t.mixed])
    assert counts["holds"] == counts["refuted"]
    assert {d.treatment for d in telling(found)} == {
        name for name in TREATMENTS if not name.endswith("+as-printed")
    }


def test_names_of_claims_boards_snapshots_and_treatments_are_checked(store: Store) -> None:
    keep(store, BELOW)
    keep(store, BELOW, "other")
    judge_claims(store)
    known = asserted(store)
    assert named(known, "C5").name == "averaging-c5"
    with pytest.raises(UnknownNameError, match="averaging-c3"):
        named(known, "C3")  # as dimension-c3 ends
    with pytest.raises(UnknownNameError, match="'averaging-c1'"):
        named(known, "averaging-c11")
    with pytest.raises(UnknownNameError, match="board 'supergleu': did you mean 'superglue'"):
        verdicts(store, board="supergleu")
    with pytest.raises(UnknownNameError, match="snapshot"):
        verdicts(store, board="other", snapshot="1999")
    with pytest.raises(UnknownNameError, match="treatment 'per-tsk': did you mean 'per-task'"):
        verdicts(store, treatment="per-tsk")
