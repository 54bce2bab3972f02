"""CLUENER: entities of ten types in news."""

from __future__ import annotations

from evaluators.clue.reading.span import entity_reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUENER, UNKNOWN

TASK = ClueTask(
    name="cluener",
    title="CLUENER: entities of ten types in news",
    family="entity",
    hub_id="clue/cluener",
    config="default",
    revision=None,
    splits={
        "train": Split("train"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
    },
    train="cluener/train",
    scored="validation",
    columns=("text", "entities"),
    gold="entities",
    read=entity_reader(CLUENER),
    main_metric="entity_f1",
    licence=UNKNOWN,
    citation=(
        "Xu, Tong, Dong, Liao, Yu, Tian et al.: CLUENER2020: Fine-grained Named Entity Recognition "
        "Dataset and Benchmark for Chinese. https://arxiv.org/abs/2001.04351"
    ),
    labels=CLUENER,
    official_labels={label: label for label in CLUENER},
    note=(
        "Published offsets include an entity's last character, ours end after it. One entity of "
        "train lies inside another; there are none in dev. Published scores are official_macro_f1."
    ),
)
