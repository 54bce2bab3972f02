"""Methods through the command line: small experiments, arms on a real CLUE task, and verdicts."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.flows.home import Home

NewHome = Callable[..., Home]

SMALL = """\
name: methods
evaluations:
  - evaluator: can
    data: [gaussian]
    classes: [15]
    seeds: [0, 1, 2, 3, 4]
    taus: [0.9]
  - evaluator: r_drop
    dropouts: [0.3]
    alphas: [4]
    seeds: [0, 1, 2]
    labelled: 100
    epochs: 10
    passes: 5
  - evaluator: child_tuning
    experiments: [steps]
    optimisers: [adam]
    ratios: [1]
    shares: [0.1]
    seeds: [0, 1, 2]
"""

METHODS = ("plain", "r-drop", "child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout")
ON_CLUE = f"""\
name: methods-on-clue
checkpoints:
  - name: small-bert
    source: small-bert://2x64?seed=0
evaluations:
  - evaluator: clue
    tasks: [tnews]
    methods: [{", ".join(METHODS)}]
    post: {{name: can, tau: 0.999}}
    seeds: [0, 1, 2]
    epochs: 1
    rate: 1.0e-3
    batch: 16
    max_length: 32
    max_train: 64
    max_scored: 100
    leaks: drop
"""


def _verdicts(home: Home) -> dict[str, str]:
    query = "SELECT claim, verdict FROM current_verdicts WHERE combined"
    return dict(home.rows(query))


@pytest.mark.slow  # make run holds the same cuts
def test_small_experiments_are_kept_as_arms_and_judged(new_home: NewHome) -> None:
    home = new_home()
    home.plan.write_text(SMALL, encoding="utf-8")
    assert "3 evaluated" in home.run("run", str(home.plan)).stderr
    gained = dict(
        home.rows(
            "SELECT CASE WHEN setting LIKE '%permuted%' THEN 'permuted' ELSE 'same' END, difference"
            " FROM arm_differences WHERE arm = 'plain/can' AND base = 'plain'"
            " AND metric = 'accuracy' AND seeds = 5"
        )
    )
    assert gained["permuted"] > gained["same"]
    found = _verdicts(home)
    assert found["can-unconfident-less-accurate"] == "holds in a made-up world"
    assert found["childtuning-adam-mean"] == "holds"
    assert found["childtuning-adam-variance"] == "refuted"
    assert found["can-gain"] != "not testable here"
    cut = dict(home.rows("SELECT claim, cut FROM current_verdicts WHERE combined"))
    assert found["rdrop-gain"] == "not testable here"
    assert cut["rdrop-gain"] == "epochs 10 of 150, passes 5 of 30", "a smoke run"


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("RANKCHECK_DATA"), reason="names no mirror of CLUE")
def test_every_arm_trains_on_a_real_task_and_is_judged(new_home: NewHome) -> None:
    home = new_home(RANKCHECK_DATA=os.environ["RANKCHECK_DATA"])
    home.plan.write_text(ON_CLUE, encoding="utf-8")
    # The canary is one more.
    assert "19 evaluated" in home.run("run", str(home.plan)).stderr
    arms = home.rows(
        "SELECT arm, base, seeds FROM arm_differences WHERE task = 'tnews' AND metric = 'accuracy'"
        " AND base = 'plain/linear' AND arm NOT LIKE '%/can%' ORDER BY arm"
    )
    assert arms == [(f"{name}/linear", "plain/linear", 3) for name in sorted(METHODS[1:])]
    judged = home.rows(
        "SELECT claim, verdict, detail FROM current_verdicts"
        " WHERE setting LIKE '%task=tnews%' AND NOT combined"
    )
    assert {claim for claim, _, _ in judged} >= {"can-gain", "rdrop-gain", "childtuning-gain"}
    # Four steps teach little: what is equal in every seed decides nothing.
    for claim, verdict, detail in judged:
        if claim in ("rdrop-gain", "childtuning-gain"):
            assert "3 seeds" in detail, detail
            assert (verdict == "not testable here") == ("nothing was learned" in detail)
