"""C3: choose the answer to a question on a dialogue or a text."""

from __future__ import annotations

from evaluators.clue.reading.choice import read_dialogue
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE

TASK = ClueTask(
    name="c3",
    title="C3: choose the answer to a question on a dialogue or a text",
    family="choice",
    hub_id=CLUE,
    config="c3",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test"),
    },
    train="c3/train",
    scored="validation",
    columns=("context", "question", "choice", "answer"),
    gold="answer",
    read=read_dialogue,
    main_metric="accuracy",
    licence="non-commercial research",
    citation=(
        "Sun, Yu, Yu, Cardie: Investigating Prior Knowledge for Challenging Chinese Machine "
        "Reading Comprehension. TACL 2020, https://aclanthology.org/2020.tacl-1.10"
    ),
    max_length=512,
    note=(
        "Two to four choices. The turns of a context are joined by line ends. Of two choices that "
        "read the same (two questions of train) the first is the answer."
    ),
)
