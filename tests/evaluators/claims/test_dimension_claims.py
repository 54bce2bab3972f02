"""The claims on the dimension rule, on rows as the experiments leave them and on hostile ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from evaluators.claims import VERDICTS, RowEvidence, Verdict, find, names
from evaluators.claims.judging.dimensions import needed
from evaluators.claims.judging.made_up import needs
from evaluators.dimension.theory import published_dimension, smallest_dimension
from evaluators.dimension_retrieval.prediction import asymptotic_slope
from evaluators.dimension_retrieval.recall_curve import (
    LEVELS,
    RetrievalCurve,
    agreement,
    level_results,
)
from flows.judging.claims import judge_claims
from flows.judging.verdicts import asserted, verdicts
from flows.reports.claims import headline
from tests.db.sample_rows import make_run

CLAIMS = [name for name in names() if name.startswith("dimension-")]
ITEMS = (100, 316, 1000, 3162, 10_000)


def decide(claim: str, evidence: RowEvidence) -> Verdict:
    return find(claim).decide(evidence)


def test_the_exact_formula_confirms_the_arithmetic() -> None:
    items = (100, 512, 1000, 10_000, 100_000, 1_000_000, 5_000_000)
    verdict = decide("dimension-c1", needs(items, [smallest_dimension(N) for N in items]))
    assert verdict.verdict == "holds"
    assert (verdict.statistic, verdict.threshold) == (1, 1)
    assert "the slope of the exact n in ln N is 8.3" in verdict.detail
    assert "N = 100,000: 96 (printed 96), N = 5,000,000: 128 (printed 128)" in verdict.detail
    far = (*items, 10**12)
    off = [*(float(published_dimension(N)) for N in items), 225.0]  # 8.14 ln N at the last
    assert decide("dimension-c1", needs(far, off)).verdict == "refuted"


@pytest.mark.parametrize("rho", [0.35, 0.462, 0.618, 0.8])
def test_the_coefficient_is_that_of_the_noise(rho: float, rng: np.random.Generator) -> None:
    b = asymptotic_slope(rho)
    exact = [b * math.log(N) - b for N in ITEMS]
    drawn = [n + 0.3 * e for n, e in zip(exact, rng.standard_normal(5), strict=True)]
    evidence = needs(ITEMS, drawn, 0.3, predicted=exact, parameters={"rho": rho})
    verdict = decide("dimension-833", evidence)
    assert verdict.verdict == ("holds" if rho == 0.462 else "refuted")
    assert f"-2/ln(1 - ρ²) = {b:.4g}" in verdict.detail
    assert f"predicted at these N {b:.4g}" in verdict.detail
    assert decide("dimension-log-law", evidence).verdict == "holds"


def test_the_law_holds_or_falls_at_the_rates_it_says(rng: np.random.Generator) -> None:
    """A true logarithm, drawn anew, is refuted by chance at most; a true power law likewise."""
    logs, powers = [], []
    for _ in range(16):
        noise = 0.5 * rng.standard_normal(5)
        straight = [8.33 * math.log(N) - 11 for N in ITEMS]
        bent = [10 * (N / 100) ** 0.3 for N in ITEMS]
        for found, truth in ((logs, straight), (powers, bent)):
            drawn = [n + e for n, e in zip(truth, noise, strict=True)]
            found.append(decide("dimension-log-law", needs(ITEMS, drawn, 0.5)).verdict)
    assert logs.count("refuted") == 0
    assert logs.count("holds") > 11
    assert powers.count("holds") == 0
    assert powers.count("refuted") > 11


def test_the_ratio_from_rows_is_that_of_the_curves(rng: np.random.Generator) -> None:
    dims, curves, rows = (8, 16, 24, 32, 48, 64), [], []
    for items in (100, 1000, 10_000):
        middle = 3 * math.log(items)
        theory = [1 / (1 + math.exp(-(n - middle) / 5)) for n in dims]
        replicates = np.clip(np.array(theory) + 0.02 * rng.standard_normal((16, 6)), 0, 1)
        levels = level_results(dims, replicates, theory, LEVELS)
        drawn = tuple(map(tuple, replicates.tolist()))
        curves.append(
            RetrievalCurve(
                items, 64, 0.6, "gaussian", 0, dims, tuple(replicates.mean(axis=0).tolist()),
                drawn, 100, tuple(theory), levels, 0, 0.0, 0, "cpu",
            )
        )  # fmt: skip
        half = levels[0]
        row = needs([items], [half.measured.n], predicted=[half.predicted or 0]).rows[0]
        ends = {"ci_low": half.measured.ci_low, "ci_high": half.measured.ci_high}
        rows.append({**row, **ends})
    joint = agreement(curves)
    verdict = decide("dimension-prediction", RowEvidence(rows))
    assert verdict.statistic == pytest.approx(joint.estimate, rel=1e-9)
    assert verdict.ci_low is not None
    assert verdict.ci_high is not None
    # That of the rows takes the quantile of one cell for all: a little wider, never narrower.
    assert joint.low * 0.995 < verdict.ci_low <= joint.low
    assert joint.high <= verdict.ci_high < joint.high * 1.005


def test_many_cells_are_not_refuted_by_the_luck_of_one(rng: np.random.Generator) -> None:
    """n95 is the rule's n exactly in each of five cells: 5% of all draws may say it is more."""
    exact = np.array([cell.rule for cell in needed(needs(ITEMS, [1.0] * 5))])
    fell = [
        decide("dimension-c3", needs(ITEMS, exact + 3 * e, 3)).verdict
        for e in rng.standard_normal((400, 5))
    ]
    assert fell.count("refuted") / len(fell) < 0.05
    assert fell.count("holds") / len(fell) < 0.05


def test_a_cell_drawn_again_with_more_trials_counts_once() -> None:
    once, more = (list(needs(ITEMS[:1], [n], 1).rows) for n in (20.0, 30.0))
    more[0]["trials"] = 2
    for rows in (once + more, more + once):
        assert [cell.n for cell in needed(RowEvidence(rows))] == [30.0]
    more[0]["seed"] = 1
    assert len(needed(RowEvidence(once + more))) == 2


numbers = st.one_of(
    st.none(), st.floats(0.1, 1e6), st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e-9, 50.0])
)


@st.composite
def hostile(draw: st.DrawFn) -> RowEvidence:
    columns = ("n_star", "ci_low", "ci_high", "beyond", "predicted", "trials")
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 6))):
        row: dict[str, Any] = {name: draw(numbers) for name in columns}
        row["items"] = draw(st.sampled_from([None, 0, 1, 2, 100, 1000, 10_000, 10**7]))
        row |= {"task": "t", "seed": draw(st.integers(0, 2)), "experiment": "x"}
        row["parameters"] = draw(st.sampled_from(['{"rho": 0.5}', '{"rho": "x"}', None, "{}"]))
        rows.append(row)
    return RowEvidence(rows, {"experiment": "x"})


@pytest.mark.parametrize(
    ("low", "high", "claims"),
    [
        (1.0, -1.0, ("dimension-prediction", "dimension-833", "dimension-log-law")),
        (5.0, 4.0, ("dimension-prediction", "dimension-833", "dimension-log-law")),
        (-2.0, 3.0, ("dimension-prediction",)),
        (0.0, 3.0, ("dimension-prediction",)),
    ],
)
def test_what_is_no_interval_is_not_testable(
    low: float, high: float, claims: tuple[str, ...]
) -> None:
    items, measured = (100, 1000, 10_000), (27.4, 45.5, 65.6)
    made = needs(items, measured, 0.4, predicted=measured)
    rows = [{**row, "ci_low": low, "ci_high": high} for row in made.rows]
    for claim in claims:
        verdict = decide(claim, RowEvidence(rows, {"experiment": "retrieval"}))
        assert verdict.verdict == "not testable here"


@settings(max_examples=150, deadline=None)
@given(evidence=hostile(), claim=st.sampled_from(CLAIMS))
def test_any_rows_get_a_verdict_with_finite_numbers(evidence: RowEvidence, claim: str) -> None:
    verdict = decide(claim, evidence)
    assert verdict.verdict in VERDICTS
    for number in (verdict.statistic, verdict.ci_low, verdict.ci_high, verdict.threshold):
        assert number is None or math.isfinite(number)


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_order_of_the_rows_changes_nothing(claim: str) -> None:
    for control in find(claim).controls():
        turned = RowEvidence(list(reversed(control.evidence.rows)), control.evidence.group)
        assert decide(claim, turned) == decide(claim, control.evidence), control.what


def keep(store: Store, experiment: str, more: dict[str, Any], criterion: str, ns: Sequence[float]):
    for items, n in zip(ITEMS, ns, strict=True):
        run = make_run(
            f"{experiment} {more} {items}",
            evaluator=f"dimension_{experiment}",
            task="recall@1",
            checkpoint_digest="",
            dataset_digest="",
            parameters={"items": items, **more},
        )
        found = ScoreRow("n_star", n, 100, {"criterion": criterion}, n - 0.5, n + 0.5)
        noise = ScoreRow("n_star", 80.0, 100, {"criterion": "all of the gain"})  # not judged
        assert record(store, run, [found, noise])


def test_each_setting_of_an_experiment_in_the_store_has_its_verdict(store: Store) -> None:
    for rho in (0.462, 0.8):
        b = asymptotic_slope(rho)
        given_ = {"rho": rho, "setting": f"gaussian, rho = {rho:g}"}
        keep(store, "retrieval", given_, "recall 0.5", [b * math.log(N) - 3 for N in ITEMS])
    words = {"subject": "corpus", "setting": "softmax"}
    keep(store, "words", words, "95% of the gain", [7 * math.log(N) for N in ITEMS])
    judged = {
        (row.claim, row.setting): row.verdict for row in judge_claims(store) if not row.combined
    }
    found = {at: word for at, word in judged.items() if "all of the gain" not in str(at)}
    assert {at[0] for at in set(judged) - set(found)} == {"dimension-prediction"}
    at = "experiment=retrieval, subject=synthetic, setting=gaussian, rho = {}, criterion=recall 0.5"
    gain = "experiment=words, subject=corpus, setting=softmax, criterion=95% of the gain"
    assert found == {
        ("dimension-833", at.format(0.462)): "holds in a made-up world",
        ("dimension-833", at.format(0.8)): "refuted",
        ("dimension-833", gain): "holds",
        ("dimension-log-law", at.format(0.462)): "holds in a made-up world",
        ("dimension-log-law", at.format(0.8)): "holds in a made-up world",
        ("dimension-log-law", gain): "holds",
        ("dimension-prediction", at.format(0.462)): "not testable here",
        ("dimension-prediction", at.format(0.8)): "not testable here",
        ("dimension-c2", gain): "holds",
    }
    assert judge_claims(store) == []
    shown = headline(asserted(store)["dimension-833"], verdicts(store))
    assert shown is not None
    assert shown.verdict == "refuted", "one counterexample is enough, at whatever level"
    assert shown.level == "made-up"
