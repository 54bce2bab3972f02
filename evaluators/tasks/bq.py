"""BQ: do two questions to a bank mean the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="BQ",
    title="BQ: do two questions to a bank mean the same",
    language="zh",
    hub_id="C-MTEB/BQ",
    revision="e3dda5e115e487b39ec7e618c0c6a29137052a55",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Chen, Chen, Liu, Yang, Lu, Tang: The BQ Corpus: A Large-scale Domain-specific "
        "Chinese Corpus For Sentence Semantic Equivalence Identification. EMNLP 2018, "
        "https://aclanthology.org/D18-1536"
    ),
    fit_splits=("validation", "test"),
    pairs=10000,
    note="Binary labels: Spearman has ties. Published whitening also saw the train split.",
)
