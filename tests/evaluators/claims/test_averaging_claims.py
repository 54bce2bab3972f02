"""C1 to C5 on the boards that ship with the project, and on hostile ones."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.claims import VERDICTS, BoardEvidence, Verdict, find, names
from evaluators.claims.judging.evidence import every_treatment
from evaluators.claims.judging.made_up import made_up
from flows.boards.board_file import boards, read_board

CONSISTENT = [name for name, treatment in TREATMENTS.items() if not treatment.mixed]
AVERAGING = [name for name in names() if name.startswith("averaging-")]


@cache
def on(board: str, snapshot: str) -> dict[str, BoardEvidence]:
    evidence = every_treatment(read_board(board, snapshot), TREATMENTS.values())
    return {found.treatment.name: found for found in evidence}


def decide(claim: str, board: str, snapshot: str, treatment: str = "per-task") -> Verdict:
    return find(claim).decide(on(board, snapshot)[treatment])


@pytest.mark.parametrize(
    ("board", "snapshot", "treatment", "ranks"),
    [
        ("glue", "2021", "per-task", "16/16/16"),
        ("glue", "2022-01", "per-task", "19/19/19"),
        ("superglue", "2021", "per-task", "4/4/5"),
        ("superglue", "2022-01", "per-task", "6/6/7"),
        ("glue", "2021", "per-metric", "17/17/17"),
        ("glue", "2022-01", "per-metric", "20/20/20"),
        ("superglue", "2021", "per-metric", "5/5/5"),
        ("superglue", "2022-01", "per-metric", "7/7/7"),
    ],
)
def test_no_other_mean_puts_humans_first_without_diagnostics(
    board: str, snapshot: str, treatment: str, ranks: str
) -> None:
    for suffix in ("", "+as-printed"):
        verdict = decide("averaging-c4", board, snapshot, treatment + suffix)
        assert verdict.verdict == "refuted"
        assert f"human rank {ranks} (AM/GM/HM)" in verdict.detail
        assert verdict.statistic == min(int(r) for r in ranks.split("/")[1:])


@pytest.mark.parametrize("snapshot", ["2021", "2022-01"])
@pytest.mark.parametrize("treatment", ["per-task", "per-metric"])
def test_human_level_on_superglue_is_reached_without_diagnostics(
    snapshot: str, treatment: str
) -> None:
    assert decide("averaging-c3", "superglue", snapshot, treatment).verdict == "refuted"


def test_superglue_with_diagnostics_is_led_by_humans_under_the_arithmetic_mean_too() -> None:
    reached = decide("averaging-c3", "superglue", "2021", "per-task+diagnostics")
    assert reached.verdict == "holds"
    assert "first under the arithmetic mean too" in reached.detail
    by_the_mean = decide("averaging-c4", "superglue", "2021", "per-task+diagnostics")
    assert by_the_mean.verdict == "inconclusive"
    assert "not the mean" in by_the_mean.detail
    assert decide("averaging-c4", "superglue", "2022-01", "per-task+diagnostics").verdict == (
        "refuted"
    )


@pytest.mark.parametrize(
    ("board", "treatment", "ranks"),
    [
        ("glue", "paper-mixed", "16/1/1"),
        ("glue", "paper-mixed+as-printed", "16/6/1"),
        ("superglue", "paper-mixed", "4/1/1"),
    ],
)
def test_the_mixed_rule_puts_humans_first_and_is_no_support(
    board: str, treatment: str, ranks: str
) -> None:
    verdict = decide("averaging-c4", board, "2021", treatment)
    assert f"human rank {ranks}" in verdict.detail
    assert verdict.detail.startswith("MIXED TREATMENT")
    assert verdict.verdict == "inconclusive"


def test_glue_has_no_human_diagnostic_to_rank_by() -> None:
    verdict = decide("averaging-c4", "glue", "2021", "per-task+diagnostics")
    assert verdict.verdict == "not testable here"
    assert "suspect" in verdict.detail
    assert "by its numbers" not in decide("averaging-c2", "glue", "2021").detail


def test_what_the_other_boards_can_say() -> None:
    for board in ("xglue-understanding", "xglue-generation", "xglue-unique"):
        for claim in AVERAGING:
            assert decide(claim, board, "2022-02").verdict == "not testable here"
    xtreme = decide("averaging-c2", "xtreme", "2021-11")
    assert (xtreme.verdict, xtreme.statistic) == ("not testable here", 15)
    assert "tables are not at hand" in xtreme.detail
    assert decide("averaging-c3", "glue", "2021").verdict == "not testable here"
    assert decide("averaging-c4", "value", "2021").verdict == "not testable here"
    assert decide("averaging-c1", "clue-v1-reading", "9d23293").verdict == "refuted"


def test_the_rules_that_do_put_humans_first_are_named() -> None:
    verdict = decide("averaging-c4", "superglue", "2021")
    assert verdict.verdict == "refuted"
    assert "first under copeland, dowdall" in verdict.detail


def test_models_without_the_other_means_decide_nothing_on_glue() -> None:
    verdict = decide("averaging-c5", "glue", "2021")
    assert verdict.verdict == "inconclusive"
    assert "10 models without a geometric or harmonic mean" in verdict.detail
    assert decide("averaging-c5", "superglue", "2021").verdict == "inconclusive"


def test_treatments_that_come_to_the_same_share_their_resamples() -> None:
    evidence = on("xtreme", "2021-11")
    assert evidence["per-task"].resampled is evidence["per-metric+diagnostics"].resampled
    glue = on("glue", "2021")
    assert glue["per-task"].resampled is not glue["per-metric"].resampled


cells = st.one_of(st.floats(-5, 100), st.sampled_from([0.0, 1e-9, 50.0, 100.0]), st.just(math.nan))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.data(),
    n=st.integers(1, 7),
    c=st.integers(1, 5),
    treatment=st.sampled_from(list(TREATMENTS)),
)
def test_any_board_gets_a_verdict_with_finite_numbers(
    data: st.DataObject, n: int, c: int, treatment: str
) -> None:
    values = data.draw(st.lists(st.lists(cells, min_size=c, max_size=c), min_size=n, max_size=n))
    human = data.draw(st.one_of(st.none(), st.integers(0, n - 1)))
    evidence = made_up(
        values, human=human, name="superglue", treatment=treatment, diagnostics=min(1, c - 1)
    )
    for claim in AVERAGING:
        verdict = find(claim).decide(evidence)
        assert verdict.verdict in VERDICTS
        for number in (verdict.statistic, verdict.ci_low, verdict.ci_high, verdict.threshold):
            assert number is None or math.isfinite(number)
        if TREATMENTS[treatment].mixed:
            assert verdict.verdict in ("inconclusive", "not testable here")


@pytest.mark.parametrize("claim", AVERAGING)
def test_a_cost_column_and_an_empty_board_are_not_testable(claim: str) -> None:
    cost = Board("glue", "1", ("a",) * 6, (Column("x", "x", higher_is_better=False),), np.ones(6))
    empty = Board("superglue", "1", (), (Column("x", "x"),), np.empty((0, 1)))
    for board in (cost, empty):
        verdict = find(claim).decide(BoardEvidence(board, TREATMENTS["per-task"]))
        assert verdict.verdict == "not testable here"
        assert verdict.detail


def test_the_report_shows_the_verdicts_that_come_out() -> None:
    """A judge that changes its mind needs a new version, and the report a new table."""
    path = Path(__file__).parents[3] / "docs" / "reports" / "averaging-claims.md"
    page = path.read_text(encoding="utf-8")
    shown = re.findall(r"^\| (\S+) (\S+) \| `(\S+)` \| (.*) \|$", page, re.MULTILINE)
    assert {board for board, *_ in shown} == set(boards())
    for board, snapshot, treatment, cells in shown:
        computed = [_cell(decide(claim, board, snapshot, treatment)) for claim in AVERAGING]
        assert cells.split(" | ") == computed, (board, snapshot, treatment)


def _cell(verdict: Verdict) -> str:
    if verdict.verdict == "not testable here":
        return "–"
    return f"{verdict.verdict} {round(verdict.statistic, 3) + 0.0:g}"
