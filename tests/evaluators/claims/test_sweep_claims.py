"""Claims on batch sweeps: what their sentences say, and what is paired with what."""

from __future__ import annotations

import pytest

from evaluators.claims import RowEvidence, find, names
from evaluators.claims.judging.made_up import accuracies
from evaluators.claims.judging.sweep import FLATNCE, INFONCE, INFONCE_64, combined, sweep_of

CELLS = {(INFONCE, 4): 78.0, (FLATNCE, 4): 83.0, (INFONCE_64, 4): 78.0}


def test_every_verdict_of_a_sweep_says_where_raw_pixels_stand() -> None:
    for name in ("flatnce-gain", "flatnce-c2"):
        below = find(name).decide(accuracies(CELLS, raw=85.0))
        assert "BELOW RAW PIXELS, 85.0" in below.detail, name
        above = find(name).decide(accuracies(CELLS, raw=70.0))
        assert "raw pixels 70.0" in above.detail
        assert "BELOW" not in above.detail
        assert (above.verdict, above.statistic) == (below.verdict, below.statistic)
        assert "not measured" in find(name).decide(accuracies(CELLS, raw=None)).detail


def test_where_there_is_no_gain_the_verdict_says_so() -> None:
    verdict = find("flatnce-c2").decide(accuracies({**CELLS, (FLATNCE, 4): 78.0}))
    assert verdict.verdict == "not testable here"
    assert "no gain whose cause could be told" in verdict.detail
    assert verdict.place.setting == "bench=made-up"


def test_differences_are_paired_by_seed_and_rows_of_means_are_left_out() -> None:
    evidence = accuracies(CELLS, noise=0.0)
    mean = {**evidence.rows[0], "seed": None, "value": 0.0}
    sweep = sweep_of(RowEvidence([*evidence.rows, mean]))
    found = sweep.sum(4, {FLATNCE: 1, INFONCE: -1})
    assert found.estimate == pytest.approx(5.0)
    assert found.error == pytest.approx(0.0, abs=1e-9), "what seeds share cancels"
    assert found.n == 7
    with pytest.raises(Exception, match="2 common seeds"):
        combined([({1: 1.0, 2: 2.0, 3: 3.0}, 1), ({2: 1.0, 3: 1.0, 4: 1.0}, -1)])


def test_the_order_of_rows_does_not_matter() -> None:
    for name in (name for name in names() if name.startswith(("flatnce", "accumulation"))):
        claim = find(name)
        for control in claim.controls():
            turned = RowEvidence(control.evidence.rows[::-1], control.evidence.group)
            assert claim.decide(turned).verdict == control.verdict, (name, control.what)


def test_an_arm_that_still_improves_decides_nothing_and_is_named() -> None:
    late = {(FLATNCE, 4): 0.04, (INFONCE, 4): 0.001}
    verdict = find("flatnce-gain").decide(accuracies(CELLS, late=late))
    assert verdict.verdict == "not testable here"
    assert verdict.detail.startswith(f"still improving: {FLATNCE} at batch 4, with the epochs")
    assert "try twice as many" in verdict.detail


def test_what_is_only_said_beside_a_verdict_may_still_improve() -> None:
    cells = {**CELLS, (FLATNCE, 256): 78.0, (INFONCE, 256): 78.0}
    trained = find("flatnce-gain").decide(accuracies(cells))
    beside = find("flatnce-gain").decide(accuracies(cells, late={(INFONCE, 256): 0.04}))
    assert beside == trained
    assert beside.verdict == "holds"
    across = find("flatnce-c3").decide(accuracies(cells, late={(FLATNCE, 256): 0.04}))
    assert across.detail.startswith("still improving")
