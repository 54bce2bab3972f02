"""KgCLUE: questions that one edge of a knowledge graph answers."""

from __future__ import annotations

from evaluators.clue.reading.triple import read_triple
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import UNKNOWN

TASK = ClueTask(
    name="kgclue",
    title="KgCLUE: questions that one edge of a knowledge graph answers",
    family="triple",
    hub_id="clue/kgclue",
    config="default",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test_public": Split("test_public"),
    },
    train="kgclue/train",
    graph=("train", "validation", "test_public"),
    scored="test_public",
    columns=("id", "question", "answer"),
    gold="answer",
    read=read_triple,
    main_metric="em_f1",
    licence=UNKNOWN,
    citation="CLUEbenchmark: KgCLUE, https://github.com/CLUEbenchmark/KgCLUE",
    note=(
        "The graph is cut from the answers of the three splits: 22,000 edges of 21,977 subjects,"
        " where KgCLUE's own has 20.56 million of 3.12 million. Nearly every subject has one edge,"
        " so whoever finds the subject has the answer: scores are not those of papers."
    ),
)
