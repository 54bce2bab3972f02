"""AFQMC: do two questions to a payment service mean the same."""

from __future__ import annotations

from evaluators.task import Copy, PairTask

TASK = PairTask(
    name="AFQMC",
    title="AFQMC: do two questions to a payment service mean the same",
    language="zh",
    hub_id="C-MTEB/AFQMC",
    revision="b44c3b011063adb25877c13823db83bb193913c4",
    split="validation",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Xu, Hu, Zhang, Li, Cao et al.: CLUE: A Chinese Language Understanding Evaluation "
        "Benchmark. COLING 2020, https://aclanthology.org/2020.coling-main.419"
    ),
    fit_splits=("validation",),
    pairs=4316,
    copies=(Copy("clue/clue", "afqmc", ("sentence1", "sentence2", "label")),),
    note="Binary labels: Spearman has ties. The labels of the test split are hidden.",
)
