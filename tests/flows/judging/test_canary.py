"""A night after a changed library runs the canary again and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.errors import ScoreError
from flows.judging.canaries import compare
from tests.flows.home import ROOT, Home

pytestmark = pytest.mark.waits

NewHome = Callable[..., Home]
PLAN = """\
name: canary
checkpoints:
  - name: mini
    source: file:///small
evaluations:
  - evaluator: sts
    tasks: [SampleZH]
"""


def another_scipy(folder: Path) -> str:
    """Make a distribution that says it is another scipy; the library itself is the same."""
    info = folder / "scipy-99.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scipy\nVersion: 99.0\n")
    return f"{folder}:{ROOT}"


def test_a_changed_library_runs_the_canary_again_and_names_the_library(
    new_home: NewHome, tmp_path: Path
) -> None:
    home = new_home(plan=PLAN)
    assert "2 evaluated" in home.run("run", str(home.plan)).stderr  # the task and the canary
    assert "Nothing to evaluate" in home.run("run", str(home.plan)).stderr

    path = another_scipy(tmp_path / "lib")
    changed = replace(home, environment={**home.environment, "PYTHONPATH": path})
    night = changed.run("run", str(home.plan)).stderr
    assert "1 evaluated, 1 done before" in night
    assert "canary: the environment changed" in night
    assert "canary SampleEN stayed within its tolerance" in night
    assert "→ 99.0" in night
    ((verdict, moved, threshold, detail),) = home.rows(
        "SELECT verdict, statistic, threshold, detail FROM verdicts"
        " WHERE claim = 'environment-drift'"
    )
    assert verdict == "holds"
    assert moved == 0.0
    assert threshold == 1e-4
    assert "scipy: " in detail
    assert "Nothing to evaluate" in changed.run("run", str(home.plan)).stderr
    of_canaries = "SELECT count(*) FROM verdicts WHERE claim = 'environment-drift'"
    assert home.rows(of_canaries) == [(1,)]
    # The repetition supersedes the first run in the views; both stay in the table.
    assert home.rows("SELECT count(*) FROM sts_scores WHERE task = 'SampleEN'") == [(1,)]
    assert home.rows("SELECT count(*) FROM runs WHERE task = 'SampleEN'") == [(2,)]


def test_a_score_that_left_its_tolerance_is_a_drift_that_names_what_changed() -> None:
    drift = compare(
        "SampleEN",
        {"spearman": 0.70, "pearson": 0.71},
        {"spearman": 0.70, "pearson": 0.7102},
        tolerance=1e-4,
        environment_before={"libraries": {"torch": "2.12"}},
        environment_now={"libraries": {"torch": "2.13"}},
    )
    assert drift.drifted
    assert drift.moved == pytest.approx(2e-4)
    assert "torch: 2.12 → 2.13" in drift.sentence()
    assert "left its tolerance" in drift.sentence()


def test_runs_without_a_common_metric_are_an_error_and_no_steady_verdict() -> None:
    with pytest.raises(ScoreError):
        compare("x", {"a": 1.0}, {"b": 1.0}, tolerance=1, environment_before={}, environment_now={})
