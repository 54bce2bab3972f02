"""LCQMC: do two questions from a question site mean the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="LCQMC",
    title="LCQMC: do two questions from a question site mean the same",
    language="zh",
    hub_id="C-MTEB/LCQMC",
    revision="17f9b096f80380fce5ed12a9be8be7784b337daf",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Liu, Chen, Deng, Zeng, Chen, Li, Tang: LCQMC: A Large-scale Chinese Question "
        "Matching Corpus. COLING 2018, https://aclanthology.org/C18-1166"
    ),
    fit_splits=("validation", "test"),
    pairs=12500,
    note="Binary labels: Spearman has ties. Published whitening also saw the train split.",
)
