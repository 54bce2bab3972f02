"""FewCLUE's OCNLI: does a sentence follow from another, contradict it, or neither."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask, Leak
from evaluators.clue.tasks._shared import (
    FEWCLUE,
    FEWCLUE_PAPER,
    NLI,
    PROTOCOL,
    SCORED,
    SPLITS,
    TRAIN,
    UNKNOWN,
)

LABELS = {label: label for label in NLI}

TASK = ClueTask(
    name="fewclue-ocnli",
    title="FewCLUE OCNLI: does a sentence follow from another, contradict it, or neither",
    family="classification",
    hub_id=FEWCLUE,
    config="ocnli",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-ocnli/{TRAIN}",
    scored=SCORED,
    columns=("sentence1", "sentence2", "label"),
    read=reader(NLI, LABELS),
    without_label="no consensus",
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=NLI,
    official_labels=LABELS,
    leaks=(
        Leak("test_public", "ocnli/validation", "test_public is part of OCNLI's dev"),
        Leak("train_few_all", "ocnli/train", "FewCLUE drew its train from OCNLI's"),
    ),
    note=PROTOCOL,
)
