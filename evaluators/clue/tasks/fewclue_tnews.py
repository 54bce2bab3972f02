"""FewCLUE's TNEWS: the section that a news title stood in, 15 of them."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Leak
from evaluators.clue.tasks._shared import (
    FEWCLUE,
    FEWCLUE_PAPER,
    PROTOCOL,
    SCORED,
    SPLITS,
    TNEWS,
    TRAIN,
    UNKNOWN,
)

TASK = ClueTask(
    name="fewclue-tnews",
    title="FewCLUE TNEWS: the section that a news title stood in, 15 of them",
    family="classification",
    hub_id=FEWCLUE,
    config="tnews",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-tnews/{TRAIN}",
    scored=SCORED,
    columns=("sentence", "label"),
    read=reader(tuple(TNEWS), TNEWS, first="sentence", second=None),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(TNEWS),
    official_labels=TNEWS,
    leaks=(
        Leak("test_public", "tnews/train", "every title of test_public is in CLUE's train"),
        Leak("train_few_all", "tnews/validation", "22 titles are in CLUE's dev"),
    ),
    note=PROTOCOL,
)
