"""English sample of 200 graded pairs, written for this project."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="SampleEN",
    title="English sample of 200 graded pairs, written for this project",
    language="en",
    hub_id="rankcheck/sample-en",
    revision=None,
    split="test",
    gold_range=(0.0, 5.0),
    licence="CC0 1.0",
    citation="rankcheck, data/samples/README.md",
    subset_column="topic",
    pairs=200,
    note="Small: a check that everything works, not a benchmark.",
)
