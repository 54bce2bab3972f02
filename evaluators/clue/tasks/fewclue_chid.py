"""FewCLUE's ChID: choose the idiom that fills a gap, one of 7."""

from __future__ import annotations

from evaluators.clue.fewclue import PROTOCOL, SCORED, SPLITS, TRAIN
from evaluators.clue.reading.idioms import read_one_gap
from evaluators.clue.sources import FEWCLUE, FEWCLUE_PAPER, UNKNOWN
from evaluators.clue.task import ClueTask

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
