"""FewCLUE's CSL: are keywords all from the paper whose abstract is given."""

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

LABELS = {"0": "0", "1": "1"}
_DRAWN = "FewCLUE drew its CSL from CLUE's"

TASK = ClueTask(
    name="fewclue-csl",
    title="FewCLUE CSL: are keywords all from the paper whose abstract is given",
    family="classification",
    hub_id=FEWCLUE,
    config="csl",
    revision=None,
    splits=SPLITS,
    train=f"fewclue-csl/{TRAIN}",
    scored=SCORED,
    columns=("abst", "keyword", "label"),
    read=partial(classification.read_keywords, labels=tuple(LABELS), official=LABELS),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=FEWCLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="1",
    leaks=(
        Leak("test_public", "csl/train", _DRAWN),
        Leak("test_public", "csl/validation", _DRAWN),
    ),
    max_length=256,
    note=PROTOCOL,
)
