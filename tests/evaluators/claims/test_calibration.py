"""No rule is wrong more often than it says: see docs/reports/calibration.md."""

from __future__ import annotations

import pytest

from evaluators import claims
from evaluators.claims import RowsOf
from tests.evaluators.claims import calibration
from tests.evaluators.claims.calibration import Situation

ON_ROWS = calibration.situations()
EXACT = {
    # Theorems and errors of arithmetic: no number of theirs is drawn.
    *("accumulation-cached", "accumulation-dropout", "accumulation-plain", "dimension-c1"),
    *("flatnce-cancellation", "gaussian-formulas-as-printed", "gaussian-singular-covariances"),
    *("gaussian-traces-are-equal", "entropy-power-transform", "orthogonal-map-breaks-down"),
    *("orthogonal-map-determinants", "orthogonal-map-is-exact", "widening-is-lossless"),
    *("widening-keeps-a-checkpoint", "widening-keeps-epsilon", "widening-printed-bias"),
    "widening-rope-is-approximate",
    *("loss-weights-ignore-scale", "gradient-norm-weights-ignore-shift"),
    *("loss-over-itself-is-geometric-mean", "common-descent-exists", "frank-wolfe-finds-descent"),
    *("shared-encoder-bound", "feature-gradients-descend", "gains-follow-products"),
    *("exponentiated-gradient-stays-positive", "positive-in-floating-point"),
    *("simsiam-toy-keeps-its-invariant", "gradient-penalty-is-cheaper"),
    *("normalised-critics-are-flat-in-pieces", "normalised-critics-jump"),
    *("nystrom-is-exact-at-full-landmarks", "external-attention-ignores-other-positions"),
    "double-normalisation-mixes-positions",
    *("bio-spans-exist-in-the-source", "sparse-softmax-of-all-classes-is-softmax"),
    *("trie-answers-are-legal", "greedy-repeats-most-whatever-the-table"),
    *("repetition-eigenvalue-is-bounded", "repetition-trace-formula-as-printed"),
    "univae-decoder-sees-only-latents",
}


def test_every_rule_on_rows_is_calibrated() -> None:
    on_rows = {name for name in claims.names() if isinstance(claims.find(name).evidence, RowsOf)}
    assert {situation.claim for situation in ON_ROWS} == on_rows - EXACT


@pytest.mark.parametrize("situation", ON_ROWS, ids=lambda s: f"{s.claim}: {s.what}")
def test_a_rule_is_rarely_wrong(situation: Situation) -> None:
    found = calibration.simulate(situation, 60)
    assert found.wrong <= found.bound
    assert sum(found.counts.values()) == 60


@pytest.mark.slow
@pytest.mark.parametrize(
    "situation", [*ON_ROWS, *calibration.boards()], ids=lambda s: f"{s.claim}: {s.what}"
)
def test_a_rule_is_wrong_in_five_per_cent_at_most(situation: Situation) -> None:
    found = calibration.simulate(situation, 100 if situation.claim.startswith("aver") else 1000, 9)
    assert found.wrong <= found.bound


@pytest.mark.parametrize("added", [False, True])
def test_plan_runs_in_which_nothing_is_true_decide_no_more_than_announced(added: bool) -> None:
    found = calibration.nights(400, added=added)
    assert found.decided <= 0.05
    assert found.announced >= 0.9, "all of the few decided verdicts are wrong, and so it is said"
