"""CMNLI: does a sentence follow from another, in machine-translated MultiNLI and XNLI."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, NLI, UNKNOWN

LABELS = {label: label for label in NLI}

TASK = ClueTask(
    name="cmnli",
    title="CMNLI: does a sentence follow from another, in translated MultiNLI and XNLI",
    family="classification",
    hub_id=CLUE,
    config="cmnli",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
    },
    train="ocnli/train",
    scored="validation",
    columns=("sentence1", "sentence2", "label"),
    read=reader(NLI, LABELS),
    without_label="no consensus",
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=NLI,
    official_labels=LABELS,
    note=(
        "Scored by the model trained on OCNLI unless a plan names cmnli/train: a transfer, not "
        "comparable with published scores."
    ),
)
