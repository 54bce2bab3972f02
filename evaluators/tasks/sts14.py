"""SemEval-2014 task 10, English: forums, news, headlines, images, tweets."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS14",
    title="SemEval-2014 task 10, English: forums, news, headlines, images, tweets",
    language="en",
    hub_id="mteb/sts14-sts",
    revision="6031580fec1f6af667f0bd2da0a551cf4f0b2375",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Agirre, Banea, Cardie, Cer, Diab, Gonzalez-Agirre, Guo, Mihalcea, Rigau, Wiebe: "
        "SemEval-2014 Task 10: Multilingual Semantic Textual Similarity. SemEval 2014, "
        "https://aclanthology.org/S14-2010"
    ),
    subset_column="subset",
    pairs=3750,
)
