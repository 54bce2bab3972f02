"""IFLYTEK: what an application is for, by its description."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Leak, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, FEWCLUE, IFLYTEK, UNKNOWN

_DRAWN = "FewCLUE drew its IFLYTEK from CLUE's"

TASK = ClueTask(
    name="iflytek",
    title="IFLYTEK: what an application is for, by its description, 119 classes",
    family="classification",
    hub_id=CLUE,
    config="iflytek",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
        "few_train": Split("train_few_all", hub_id=FEWCLUE),
        "few_test": Split("test_public", hub_id=FEWCLUE),
    },
    train="iflytek/few_train",
    scored="few_test",
    columns=("sentence", "label"),
    read=reader(tuple(IFLYTEK), IFLYTEK, first="sentence", second=None),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=tuple(IFLYTEK),
    official_labels=IFLYTEK,
    leaks=(
        Leak("few_test", "iflytek/train", _DRAWN),
        Leak("few_test", "iflytek/validation", _DRAWN),
        Leak("few_train", "iflytek/validation", _DRAWN),
    ),
    max_length=256,
    note=(
        "FewCLUE's cut stands in unless a plan names iflytek/train and validation: 3,024 rows of "
        "train_few_all and 1,749 of test_public, which holds 98 of the 119 classes, none of them "
        "more than 30 times. Not comparable with published IFLYTEK."
    ),
)
