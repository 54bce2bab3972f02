"""OCNLI: does a Chinese sentence follow from another, or contradict it."""

from __future__ import annotations

from evaluators.task import Copy, PairTask

TASK = PairTask(
    name="Ocnli",
    title="OCNLI: does a Chinese sentence follow from another, or contradict it",
    language="zh",
    hub_id="C-MTEB/OCNLI",
    revision="66e76a618a34d6d565d5538088562851e6daa7ec",
    split="validation",
    gold_range=(0.0, 1.0),
    licence="CC BY-NC 2.0",
    citation=(
        "Hu, Richardson, Xu, Li, Kübler, Moss: OCNLI: Original Chinese Natural Language Inference. "
        "Findings of EMNLP 2020, https://aclanthology.org/2020.findings-emnlp.314"
    ),
    columns=("sent1", "sent2", "labels"),
    fit_splits=("validation",),
    type="PairClassification",
    main_metric="max_accuracy",
    pairs=1847,
    copies=(
        # 0 neutral, 1 entailment, 2 contradiction, -1 no consensus
        Copy(
            "clue/clue",
            "ocnli",
            ("sentence1", "sentence2", "label"),
            {1: 1.0, 2: 0.0, 0: None, -1: None},
        ),
    ),
    note="Entailment against contradiction: the neutral pairs of the source are left out.",
)
