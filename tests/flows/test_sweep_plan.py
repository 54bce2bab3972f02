"""A batch sweep through the command line: cells, baselines, verdicts, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable

from tests.flows.home import Home

NewHome = Callable[..., Home]

PLAN = """\
name: sweep
evaluations:
  - evaluator: gradient_accumulation
    batches: [16]
    seeds: [0, 1, 2]
  - evaluator: batch_sweep
    augmentations: [weak]
    arms: [infonce/float32, flatnce/float32]
    batches: [32, 256]
    seeds: [1, 2, 3]
    epochs: 1
"""


def test_a_sweep_is_kept_judged_and_resumed_by_cell(new_home: NewHome) -> None:
    home = new_home()
    # As after a kill: the first half of the cells is there.
    home.plan.write_text(PLAN.replace("[32, 256]", "[256]"), encoding="utf-8")
    assert "5 evaluated" in home.run("run", str(home.plan)).stderr
    home.plan.write_text(PLAN, encoding="utf-8")
    assert "2 evaluated" in home.run("run", str(home.plan)).stderr
    cells = home.rows(
        "SELECT arm, batch, seeds, raw IS NOT NULL FROM batch_sweep"
        " WHERE metric = 'few5' AND seed IS NULL AND batch IS NOT NULL ORDER BY ALL"
    )
    arms = ("flatnce/float32", "infonce/float32")
    assert cells == [(arm, batch, 3, True) for arm in arms for batch in (32, 256)]
    ((compared,),) = home.rows(
        "SELECT count(*) FROM batch_sweep_differences WHERE metric = 'few5' AND base = 'raw'"
    )
    assert compared == 4
    verdicts = {
        claim: (verdict, cut)
        for claim, verdict, cut in home.rows(
            "SELECT claim, verdict, cut FROM current_verdicts WHERE combined"
        )
    }
    assert verdicts["accumulation-plain"] == verdicts["accumulation-cached"] == ("holds", "")
    assert verdicts["flatnce-gain"] == ("not testable here", "epochs 1 of 20"), "a smoke run"
