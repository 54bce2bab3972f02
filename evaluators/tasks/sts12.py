"""SemEval-2012 task 6: captions, news, definitions, translations."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS12",
    title="SemEval-2012 task 6: captions, news, definitions, translations",
    language="en",
    hub_id="mteb/sts12-sts",
    revision="a0d554a64d88156834ff5ae9920b964011b16384",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Agirre, Cer, Diab, Gonzalez-Agirre: SemEval-2012 Task 6: A Pilot on Semantic "
        "Textual Similarity. *SEM 2012, https://aclanthology.org/S12-1051"
    ),
    subset_column="subset",
    pairs=3108,
)
