"""A plan of experiments on the dimension rule, through the command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.flows.home import Home

NewHome = Callable[..., Home]

PLAN = """\
name: dimension
checkpoints:
  - name: mini
    source: file:///small
evaluations:
  - evaluator: dimension_kept
    tasks: [SampleEN]
    poolings: [cls]
  - evaluator: sts
    tasks: [SampleEN]
  - evaluator: dimension_kept
    tasks: [SampleEN]
  - evaluator: dimension_theory
    items: [100]
    dimensions: [32]
  - evaluator: dimension_words
    corpora: [python-docstrings, nowhere]
    items: [30]
    dimensions: [2, 4]
    seeds: [0, 1]
  - evaluator: dimension_embeddings
    tasks: [SampleEN]
    rhos: [0.8]
    projections: [pca]
    replicates: 2
"""


def test_every_kind_of_cell_lands_in_the_law_and_none_runs_twice(new_home: NewHome) -> None:
    home = new_home(plan=PLAN)
    first = home.run("run", str(home.plan), status=1)
    assert "unknown corpus 'nowhere'" in first.stderr
    assert "sts with the same keys further up" in first.stderr  # no curve with pooling cls
    law = home.rows("SELECT experiment, subject, items, criterion, n_star FROM dimension_law")
    assert {(row[0], row[1]) for row in law} == {
        ("kept", "mini"),
        ("theory", "formula"),
        ("words", "python-docstrings"),
        ("embeddings", "mini"),
    }
    assert ("theory", "formula", 100, "2 ln N + h(n) < 0", 38.0) in law
    assert {row[2] for row in law if row[1] == "mini"} == {400}
    ((kept,),) = home.rows(
        "SELECT n_star FROM dimension_law WHERE criterion = '95% of the full score'"
    )
    ((below,),) = home.rows("""
        SELECT max(k) FROM sts_curve WHERE spearman < 0.95 * (
            SELECT spearman FROM sts_curve ORDER BY k DESC LIMIT 1)
    """)
    assert kept == below + 1
    again = home.run("run", str(home.plan), status=1)
    assert "0 evaluated" in again.stderr
    without = home.folder / "alone.yaml"
    without.write_text(
        "name: alone\nevaluations:\n  - evaluator: dimension_theory\n    items: [512]\n",
        encoding="utf-8",
    )
    alone = home.run("run", str(without))
    assert "2 evaluated" in alone.stderr
    assert home.rows("SELECT n_star FROM dimension_law WHERE items = 512") == [(52.0,)]
