"""FewCLUE's BUSTM: do two short requests to an assistant mean the same."""

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

LABELS = {"0": "0", "1": "1"}

TASK = ClueTask(
    name="fewclue-bustm",
    title="FewCLUE BUSTM: do two short requests to an assistant mean the same",
    family="classification",
    hub_id=FEWCLUE,
    config="bustm",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-bustm/{TRAIN}",
    scored=SCORED,
    columns=("sentence1", "sentence2", "label"),
    read=reader(tuple(LABELS), LABELS),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="1",
    note=PROTOCOL,
)
