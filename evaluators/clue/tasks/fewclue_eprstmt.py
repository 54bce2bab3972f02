"""FewCLUE's EPRSTMT: is a product review positive or negative."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask
from evaluators.clue.tasks._shared import (
    FEWCLUE,
    FEWCLUE_PAPER,
    PROTOCOL,
    SCORED,
    SPLITS,
    TRAIN,
    UNKNOWN,
)

LABELS = {"Negative": "Negative", "Positive": "Positive"}

TASK = ClueTask(
    name="fewclue-eprstmt",
    title="FewCLUE EPRSTMT: is a product review positive or negative",
    family="classification",
    hub_id=FEWCLUE,
    config="eprstmt",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-eprstmt/{TRAIN}",
    scored=SCORED,
    columns=("sentence", "label"),
    read=reader(tuple(LABELS), LABELS, first="sentence", second=None),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="Positive",
    note=PROTOCOL,
)
