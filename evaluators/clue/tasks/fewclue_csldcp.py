"""FewCLUE's CSLDCP: the discipline of a paper by its abstract, 67 of them."""

from __future__ import annotations

from evaluators.clue.reading.classification import reader
from evaluators.clue.task import ClueTask
from evaluators.clue.tasks._shared import (
    CSLDCP,
    FEWCLUE,
    FEWCLUE_PAPER,
    PROTOCOL,
    SCORED,
    SPLITS,
    TRAIN,
    UNKNOWN,
)

LABELS = {label: label for label in CSLDCP}

TASK = ClueTask(
    name="fewclue-csldcp",
    title="FewCLUE CSLDCP: the discipline of a paper by its abstract, 67 of them",
    family="classification",
    hub_id=FEWCLUE,
    config="csldcp",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-csldcp/{TRAIN}",
    scored=SCORED,
    columns=("content", "label"),
    read=reader(CSLDCP, LABELS, first="content", second=None, ids=()),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=CSLDCP,
    official_labels=LABELS,
    max_length=256,
    note=(
        f"{PROTOCOL} The published ids of test_public repeat (49 of 1,784), so the number of a row "
        "in its file is its identity."
    ),
)
