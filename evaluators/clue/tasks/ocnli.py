"""OCNLI: does a Chinese sentence follow from another, contradict it, or neither."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE, NLI, OCNLI_PAPER

LABELS = {label: label for label in NLI}

TASK = ClueTask(
    name="ocnli",
    title="OCNLI: does a Chinese sentence follow from another, contradict it, or neither",
    family="classification",
    hub_id=CLUE,
    config="ocnli",
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
    licence="CC BY-NC 2.0",
    citation=OCNLI_PAPER,
    labels=NLI,
    official_labels=LABELS,
    note=(
        "Rows on which the annotators did not agree are left out and counted: 50 of dev's 3,000. "
        "A mirror may hold the 10k cut of train instead of all 50,000 rows: the number of rows "
        "trained on says which."
    ),
)
