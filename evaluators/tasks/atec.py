"""ATEC: do two questions to a payment service mean the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="ATEC",
    title="ATEC: do two questions to a payment service mean the same",
    language="zh",
    hub_id="C-MTEB/ATEC",
    revision="0f319b1142f28d00e055a6770f3f726ae9b7d865",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Ant Financial Artificial Competition 2018, natural language processing track; "
        "packaged by Xiao et al.: C-Pack, https://arxiv.org/abs/2309.07597"
    ),
    fit_splits=("validation", "test"),
    pairs=20000,
    note="Binary labels: Spearman has ties. Published whitening also saw the train split.",
)
