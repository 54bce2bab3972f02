"""PAWS-X, Chinese: paraphrases and near-copies with other meanings."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="PAWSX",
    title="PAWS-X, Chinese: paraphrases and near-copies with other meanings",
    language="zh",
    hub_id="mteb/PAWSX",
    revision="bd129d4230ee0551b5469c566bced8da75abae0a",
    split="test",
    gold_range=(0.0, 1.0),
    licence="free use, naming Google LLC as the source is appreciated; none stated on the hub copy",
    citation=(
        "Yang, Zhang, Tar, Baldridge: PAWS-X: A Cross-lingual Adversarial Dataset for "
        "Paraphrase Identification. EMNLP 2019, https://aclanthology.org/D19-1382"
    ),
    fit_splits=("validation", "test"),
    pairs=2000,
    mirror_ids=("C-MTEB/PAWSX",),
    note="Binary labels: Spearman has ties. Published whitening also saw the train split.",
)
