"""SprintDuplicateQuestions: do two posts to a phone company's forum ask the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="SprintDuplicateQuestions",
    title="SprintDuplicateQuestions: do two posts to a phone company's forum ask the same",
    language="en",
    hub_id="mteb/sprintduplicatequestions-pairclassification",
    revision="d66bd1f72af766a5cc4b0ca5e00c162f89e8cc46",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Shah, Lei, Moschitti, Romeo, Nakov: Adversarial Domain Adaptation for Duplicate Question "
        "Detection. EMNLP 2018, https://aclanthology.org/D18-1131"
    ),
    columns=("sent1", "sent2", "labels"),
    type="PairClassification",
    main_metric="max_ap",
    pairs=101000,
    note="1% of the pairs are duplicates: accuracy says nothing here.",
)
