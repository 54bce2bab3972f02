"""CSL: are keywords all from the paper whose abstract is given."""

from __future__ import annotations

from functools import partial

from evaluators.clue.reading import classification
from evaluators.clue.task import ClueTask, Leak, Split
from evaluators.clue.tasks._shared import CLUE, CLUE_PAPER, FEWCLUE, UNKNOWN

LABELS = {"0": "0", "1": "1"}
_DRAWN = "FewCLUE drew its CSL from CLUE's"

TASK = ClueTask(
    name="csl",
    title="CSL: are keywords all from the paper whose abstract is given",
    family="classification",
    hub_id=CLUE,
    config="csl",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
        "few_train": Split("train_few_all", hub_id=FEWCLUE),
        "few_test": Split("test_public", hub_id=FEWCLUE),
    },
    train="csl/few_train",
    scored="few_test",
    columns=("abst", "keyword", "label"),
    read=partial(classification.read_keywords, labels=tuple(LABELS), official=LABELS),
    main_metric="accuracy",
    licence=UNKNOWN,
    citation=CLUE_PAPER,
    labels=tuple(LABELS),
    official_labels=LABELS,
    positive="1",
    leaks=(
        Leak("few_test", "csl/train", _DRAWN),
        Leak("few_test", "csl/validation", _DRAWN),
        Leak("few_train", "csl/validation", _DRAWN),
    ),
    max_length=256,
    note=(
        "FewCLUE's cut stands in unless a plan names csl/train and validation: 160 rows of "
        "train_few_all, 2,838 of test_public (592 abstracts). Not comparable with published CSL."
    ),
)
