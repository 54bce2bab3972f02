"""FewCLUE's CLUEWSC: does a pronoun refer to a noun."""

from __future__ import annotations

from functools import partial

from evaluators.clue.reading import classification
from evaluators.clue.task import ClueTask, Leak
from evaluators.clue.tasks._shared import (
    FEWCLUE,
    FEWCLUE_PAPER,
    PROTOCOL,
    SCORED,
    SPLITS,
    TRAIN,
    UNKNOWN,
)

LABELS = {"true": "true", "false": "false"}
_MIXED = "FewCLUE mixed CLUEWSC's train and dev"

TASK = ClueTask(
    name="fewclue-cluewsc",
    title="FewCLUE CLUEWSC: does a pronoun refer to a noun",
    family="classification",
    hub_id=FEWCLUE,
    config="cluewsc",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-cluewsc/{TRAIN}",
    scored=SCORED,
    columns=("text", "target", "label"),
    read=partial(classification.read_coreference, labels=tuple(LABELS)),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="true",
    leaks=(
        Leak("*", "cluewsc2020/train", _MIXED),
        Leak("*", "cluewsc2020/validation", _MIXED),
        Leak("*", "cluewsc2020/curc_train", _MIXED),
        Leak("*", "cluewsc2020/curc_dev", _MIXED),
    ),
    note=(
        f"{PROTOCOL} 240 rows of test_public ask about a text that train_few_all asks about too, "
        "with another noun or pronoun."
    ),
)
