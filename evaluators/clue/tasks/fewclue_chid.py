"""FewCLUE's ChID: choose the idiom that fills a gap, one of 7."""

from __future__ import annotations

from evaluators.clue.reading.choice import read_one_gap
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

TASK = ClueTask(
    name="fewclue-chid",
    title="FewCLUE ChID: choose the idiom that fills a gap, one of 7",
    family="choice",
    hub_id=FEWCLUE,
    config="chid",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-chid/{TRAIN}",
    scored=SCORED,
    columns=("id", "content", "candidates", "answer"),
    gold="answer",
    read=read_one_gap,
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    max_length=192,
    note=PROTOCOL,
)
