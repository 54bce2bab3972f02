"""SemEval-2015 task 2, English: forums, students, belief, headlines, images."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS15",
    title="SemEval-2015 task 2, English: forums, students, belief, headlines, images",
    language="en",
    hub_id="mteb/sts15-sts",
    revision="ae752c7c21bf194d8b67fd573edf7ae58183cbe3",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Agirre, Banea, Cardie, Cer, Diab, Gonzalez-Agirre, Guo, Lopez-Gazpio, Maritxalar, "
        "Mihalcea, Rigau, Uria, Wiebe: SemEval-2015 Task 2: Semantic Textual Similarity, "
        "English, Spanish and Pilot on Interpretability. SemEval 2015, "
        "https://aclanthology.org/S15-2045"
    ),
    subset_column="subset",
    pairs=3000,
)
