"""AFQMC: do two questions to a payment service mean the same."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, UNKNOWN

LABELS = {"0": "0", "1": "1"}

TASK = ClueTask(
    name="afqmc",
    title="AFQMC: do two questions to a payment service mean the same",
    family="classification",
    hub_id=CLUE,
    config="afqmc",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
    },
    train="afqmc/train",
    scored="validation",
    columns=("sentence1", "sentence2", "label"),
    read=reader(tuple(LABELS), LABELS),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="1",
    note="31% of dev is positive: always saying 0 has accuracy 0.690, always 1 has F1 0.473.",
)
