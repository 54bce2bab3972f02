from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluators import registry
from evaluators.dimension_retrieval.prediction import asymptotic_slope, predicted_recall
from evaluators.dimension_retrieval.recall_curve import RetrievalCurve, agreement, level_results
from evaluators.dimension_retrieval.recall_scan import Blocks
from evaluators.dimension_retrieval.synthetic import SyntheticCell, synthetic_curve
from evaluators.errors import DimensionError, ScoreError
from evaluators.names import UnknownNameError
from tests.evaluators.conftest import torch_threads

CELL = SyntheticCell(items=300, rho=0.618, d=256, replicates=24)


@pytest.fixture(scope="module")
def curve() -> RetrievalCurve:
    with torch_threads(2):
        return synthetic_curve(CELL, device="cpu")


def test_measured_is_predicted(curve: RetrievalCurve) -> None:
    assert curve.predicted is not None
    rows = np.array(curve.by_replicate)
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    apart = (np.array(curve.recall) - curve.predicted) / np.maximum(error, 2e-3)
    assert np.abs(apart).max() < 4
    for level in curve.levels:
        assert level.ratio_low is not None
        assert level.ratio_high is not None
        assert level.ratio_low < 1 < level.ratio_high
        assert level.ratio_high / level.ratio_low < 1.15


def test_isotropic_items_in_few_dimensions_would_be_the_wrong_prediction(
    curve: RetrievalCurve,
) -> None:
    middle = int(np.argmin(np.abs(np.array(curve.recall) - 0.7)))
    n = curve.dims[middle]
    ours = abs(predicted_recall(n, 300, 0.618, 256) - curve.recall[middle])
    assert abs(predicted_recall(n, 300, 0.618) - curve.recall[middle]) > 1.5 * ours


def test_same_seed_same_numbers_whatever_blocks_threads_and_progress(
    curve: RetrievalCurve,
) -> None:
    told: list[tuple[str, int, int]] = []
    with torch_threads(1):
        again = synthetic_curve(
            CELL, device="cpu", blocks=Blocks(50, 77), progress=lambda *each: told.append(each)
        )
    assert again.by_replicate == curve.by_replicate
    assert told[-1] == ("recall@1 of 300 items at rho 0.618", 24 * 300, 24 * 300)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    other = synthetic_curve(replace(CELL, seed=1, replicates=2), device="cpu")
    assert other.by_replicate != curve.by_replicate[:2]


@pytest.mark.usefixtures("two_threads")
def test_torch_has_its_threads_again_after_an_error() -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        synthetic_curve(replace(CELL, items=20, replicates=3), device="cpu", progress=fail)
    assert torch.get_num_threads() == 2


def test_the_two_smallest_experiments() -> None:
    two = synthetic_curve(SyntheticCell(items=2, rho=0.5, d=2, replicates=3), device="cpu")
    assert two.dims == (2,)
    assert two.queries == 2
    for projection in ("pca", "whitening"):
        three = SyntheticCell(items=3, rho=0.5, d=4, replicates=2, projection=projection)
        found = synthetic_curve(three, device="cpu")
        assert found.dims[-1] <= 2
        assert found.predicted is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"items": 1}, "items must be at least 2, got 1"),
        ({"rho": 1.0}, "rho, .* got 1.0"),
        ({"rho": float("nan")}, "rho, .* got nan"),
        ({"dims": (2, 257)}, "n = 257 dimensions of 300 items in 256: the gaussian"),
        ({"projection": "pca", "items": 9, "dims": (9,)}, "at most 8"),
        ({"dims": (3, 3)}, "increasing whole numbers"),
        ({"dims": ()}, "increasing whole numbers"),
        ({"dims": (0, 3)}, "of at least 1"),
        ({"replicates": 0}, "at least 1, got .* and 0"),
        ({"queries": 0}, "at least 1, got 0 and"),
        ({"d": 1}, "coordinates must be at least 2, got 1"),
    ],
)
def test_what_cannot_be_run_is_said(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(DimensionError, match=message):
        synthetic_curve(replace(CELL, **wrong), device="cpu")  # type: ignore[arg-type]


def test_unknown_projection_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        synthetic_curve(replace(CELL, projection="gausian"), device="cpu")


def test_no_ratio_without_a_crossing_and_no_agreement_without_a_ratio() -> None:
    low = synthetic_curve(replace(CELL, dims=(2, 3), replicates=2), device="cpu")
    assert low.levels[0].measured.n is None
    assert low.levels[0].ratio is None
    with pytest.raises(ScoreError, match=r"300 items at rho 0\.618 has no ratio"):
        agreement([low])
    with pytest.raises(ScoreError, match="at least one cell"):
        agreement([])


def test_agreement_of_one_cell_is_its_interval_and_more_cells_narrow_it(
    curve: RetrievalCurve,
) -> None:
    level = curve.levels[0]
    one = agreement([curve])
    assert one.estimate == pytest.approx(level.ratio)
    assert one.high / one.low == pytest.approx(level.ratio_high / level.ratio_low)  # type: ignore[operator]
    four = agreement([curve] * 4)
    assert np.log(four.high / four.low) < 0.52 * np.log(one.high / one.low)


def test_a_curve_that_falls_again_is_read_on_its_rise() -> None:
    rows = np.array([[0.1, 0.4, 0.6, 0.96, 0.2], [0.1, 0.4, 0.6, 0.96, 0.2]])
    found = level_results((1, 2, 3, 4, 5), rows, None)
    assert found[0].measured.n == pytest.approx(2.5)
    assert found[2].measured.n == pytest.approx(4 - 0.01 / 0.36)


def default_cells() -> list[SyntheticCell]:
    evaluator = registry.find("dimension_retrieval")
    jobs = evaluator.jobs(evaluator.Request(), "", str)
    return [
        SyntheticCell(
            job.parameters["items"], job.parameters["rho"], replicates=job.parameters["replicates"]
        )
        for job in jobs
    ]


def test_the_default_request_is_twenty_cells_with_more_replicates_of_fewer_items() -> None:
    cells = default_cells()
    assert len({(cell.items, cell.rho) for cell in cells}) == len(cells) == 20
    replicates = {100: 200, 316: 100, 1000: 48, 3162: 24, 10_000: 16}
    assert {cell.items: cell.replicates for cell in cells} == replicates


def test_planning_is_light() -> None:
    code = (
        "import sys; from evaluators import registry;"
        "e = registry.find('dimension_retrieval');"
        "assert len(e.jobs(e.Request(), '', str)) == 20;"
        "assert not {'torch', 'scipy', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_intervals_cover_the_prediction_as_often_as_they_say() -> None:
    cell = SyntheticCell(items=200, rho=0.618, d=128, replicates=8, dims=tuple(range(4, 40, 2)))
    inside: list[bool] = []
    for seed in range(300):
        level = synthetic_curve(replace(cell, seed=seed), device="cpu").levels[0]
        assert level.ratio_low is not None
        assert level.ratio_high is not None
        inside.append(level.ratio_low <= 1 <= level.ratio_high)
    assert 0.92 < np.mean(inside) <= 1  # 95% within two and a half standard errors


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.35, 0.462, 0.618, 0.8])
def test_the_small_experiment_agrees_with_theory(rho: float) -> None:
    curves = [synthetic_curve(cell) for cell in default_cells() if cell.rho == rho]
    for curve in curves:
        level = curve.levels[0]
        assert level.ratio_low < 1 < level.ratio_high  # type: ignore[operator]
    found = agreement(curves, confidence=1 - 0.05 / 4)  # 95% for the four together
    assert found.low < 1 < found.high
    assert found.high / found.low < 1.02
    ns = np.array([curve.levels[0].measured.n for curve in curves], dtype=float)
    logs = np.log([curve.items for curve in curves])
    fit = np.polyfit(logs, ns, 1)
    assert np.corrcoef(logs, ns)[0, 1] ** 2 > 0.98
    assert 0.85 < fit[0] / asymptotic_slope(rho) < 1.1
