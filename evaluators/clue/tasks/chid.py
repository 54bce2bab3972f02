"""ChID: choose the idiom that fills a gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluators.clue.reading.choice import read_many_gaps, read_one_gap
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE, FEWCLUE, UNKNOWN
from evaluators.trainer.labelled_data import ChoiceExample


def _read(row: Mapping[str, Any], number: int) -> ChoiceExample | tuple[ChoiceExample, ...]:
    return (read_one_gap if isinstance(row.get("content"), str) else read_many_gaps)(row, number)


_FEW = ("id", "content", "candidates", "answer")

TASK = ClueTask(
    name="chid",
    title="ChID: choose the idiom that fills a gap",
    family="choice",
    hub_id=CLUE,
    config="chid",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
        "few_train": Split("train_few_all", hub_id=FEWCLUE, columns=_FEW),
        "few_test": Split("test_public", hub_id=FEWCLUE, columns=_FEW),
    },
    train="chid/few_train",
    scored="few_test",
    columns=("content", "candidates", "answers"),
    gold="answers",
    read=_read,
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=(
        "Zheng, Huang, Sun: ChID: A Large-scale Chinese IDiom Dataset for Cloze Test. ACL 2019, "
        "https://aclanthology.org/P19-1075"
    ),
    max_length=192,
    note=(
        "FewCLUE's cut stands in unless a plan names chid/train and validation: 202 rows of "
        "train_few_all, 2,002 of test_public, one gap each with 7 idioms to choose from; CLUE's "
        "has 10. Each gap is chosen for by itself. Not comparable with published ChID."
    ),
)
