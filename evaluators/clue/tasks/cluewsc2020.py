"""CLUEWSC2020: does a pronoun refer to a noun."""

from __future__ import annotations

from functools import partial

from evaluators.clue.reading import classification
from evaluators.clue.task import ClueTask, Leak, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, UNKNOWN

LABELS = {"true": "true", "false": "false"}
_CURC = "curc/cluewsc2020"
_COLUMNS = ("text_a", "text_b", "label")
_SAME = "curc's copy holds CLUE's rows, transformed"

TASK = ClueTask(
    name="cluewsc2020",
    title="CLUEWSC2020: does a pronoun refer to a noun",
    family="classification",
    hub_id=CLUE,
    config="cluewsc2020",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
        "curc_train": Split("train", hub_id=_CURC, config="default", columns=_COLUMNS),
        "curc_dev": Split(
            "validation", hub_id=_CURC, config="default", columns=_COLUMNS, also=("test",)
        ),
    },
    train="cluewsc2020/curc_train",
    scored="curc_dev",
    columns=("text", "target", "label"),
    read=partial(classification.read_coreference, labels=tuple(LABELS)),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="true",
    leaks=(
        Leak("curc_dev", "cluewsc2020/validation", _SAME),
        Leak("curc_train", "cluewsc2020/train", _SAME),
    ),
    note=(
        "Trained and scored on curc's transformed copy: 1,209 of the 1,244 rows of train, and its "
        "validation and test, which together are CLUE's dev of 304."
    ),
)
