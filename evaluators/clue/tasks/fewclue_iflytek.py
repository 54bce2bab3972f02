"""FewCLUE's IFLYTEK: what an application is for, by its description, 119 classes."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Leak
from evaluators.clue.tasks._shared import (
    FEWCLUE,
    FEWCLUE_PAPER,
    IFLYTEK,
    PROTOCOL,
    SCORED,
    SPLITS,
    TRAIN,
    UNKNOWN,
)

_DRAWN = "FewCLUE drew its IFLYTEK from CLUE's"

TASK = ClueTask(
    name="fewclue-iflytek",
    title="FewCLUE IFLYTEK: what an application is for, by its description, 119 classes",
    family="classification",
    hub_id=FEWCLUE,
    config="iflytek",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-iflytek/{TRAIN}",
    scored=SCORED,
    columns=("sentence", "label"),
    read=reader(tuple(IFLYTEK), IFLYTEK, first="sentence", second=None),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(IFLYTEK),
    official_labels=IFLYTEK,
    leaks=(
        Leak("test_public", "iflytek/train", _DRAWN),
        Leak("test_public", "iflytek/validation", _DRAWN),
    ),
    max_length=256,
    note=PROTOCOL,
)
