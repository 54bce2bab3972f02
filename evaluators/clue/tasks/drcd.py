"""DRCD: the piece of a Wikipedia paragraph in traditional characters that answers a question."""

from __future__ import annotations

from evaluators.clue.reading.span import span_reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE

TASK = ClueTask(
    name="drcd",
    title="DRCD: the piece of a paragraph in traditional characters that answers a question",
    family="span",
    hub_id=CLUE,
    config="drcd",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "validation_even": Split("validation", half="even"),
        "validation_odd": Split("validation", half="odd"),
        "test": Split("test"),
    },
    train="drcd/validation_even",
    scored="test",
    columns=("id", "context", "question", "answers"),
    gold="answers",
    read=span_reader(),
    main_metric="em_f1",
    licence="CC BY-SA 3.0",
    citation=(
        "Shao, Liu, Lai, Tseng, Tsai: DRCD: a Chinese Machine Reading Comprehension Dataset. "
        "https://arxiv.org/abs/1806.00920"
    ),
    max_length=512,
    note=(
        "Trained on every second question of validation (1,762) unless a plan names drcd/train, "
        "and scored on test, whose labels are published. The halves share their paragraphs: do "
        "not score one of them."
    ),
)
