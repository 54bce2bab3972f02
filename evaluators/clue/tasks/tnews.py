"""TNEWS: the section that a news title stood in."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, TNEWS, UNKNOWN

TASK = ClueTask(
    name="tnews",
    title="TNEWS: the section that a news title stood in, 15 of them",
    family="classification",
    hub_id=CLUE,
    config="tnews",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
    },
    train="tnews/train",
    scored="validation",
    columns=("sentence", "label"),
    read=reader(tuple(TNEWS), TNEWS, first="sentence", second=None),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=tuple(TNEWS),
    official_labels=TNEWS,
    note=(
        "924 titles of dev are also in train (1,099 rows of dev, 2,210 of train); many titles "
        "stand in dev with several labels, so no model reaches 1."
    ),
)
