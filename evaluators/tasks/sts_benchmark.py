"""STS Benchmark: a selection of the STS tasks of 2012 to 2017."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STSBenchmark",
    title="STS Benchmark: a selection of the STS tasks of 2012 to 2017",
    language="en",
    hub_id="mteb/stsbenchmark-sts",
    revision="b0fddb56ed78048fa8b90373c8a3cfc37b684831",
    split="test",
    gold_range=(0.0, 5.0),
    licence="scores CC BY-SA 4.0, texts on their own terms",
    citation=(
        "Cer, Diab, Agirre, Lopez-Gazpio, Specia: SemEval-2017 Task 1: Semantic Textual "
        "Similarity Multilingual and Crosslingual Focused Evaluation. SemEval 2017, "
        "https://aclanthology.org/S17-2001"
    ),
    fit_splits=("train", "validation", "test"),
    pairs=1379,
    note="7 pairs of the test split are also in train: a model trained on train has seen them.",
)
