"""CMNLI: does a sentence follow from another, or contradict it."""

from __future__ import annotations

from evaluators.task import Copy, PairTask

TASK = PairTask(
    name="Cmnli",
    title="CMNLI: does a sentence follow from another, or contradict it",
    language="zh",
    hub_id="C-MTEB/CMNLI",
    revision="41bc36f332156f7adc9e38f53777c959b2ae9766",
    split="validation",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Xu, Hu, Zhang, Li, Cao et al.: CLUE: A Chinese Language Understanding Evaluation "
        "Benchmark. COLING 2020, https://aclanthology.org/2020.coling-main.419"
    ),
    columns=("sent1", "sent2", "labels"),
    fit_splits=("validation",),
    type="PairClassification",
    main_metric="max_accuracy",
    pairs=8315,
    copies=(
        # 0 neutral, 1 entailment, 2 contradiction, -1 no consensus
        Copy(
            "clue/clue",
            "cmnli",
            ("sentence1", "sentence2", "label"),
            {1: 1.0, 2: 0.0, 0: None, -1: None},
        ),
    ),
    note="Entailment against contradiction: the neutral pairs of the source are left out.",
)
