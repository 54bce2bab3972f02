"""SemEval-2016 task 1, English: answers, headlines, plagiarism, postediting."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS16",
    title="SemEval-2016 task 1, English: answers, headlines, plagiarism, postediting",
    language="en",
    hub_id="mteb/sts16-sts",
    revision="4d8694f8f0e0100860b497b999b3dbed754a0513",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Agirre, Banea, Cer, Diab, Gonzalez-Agirre, Mihalcea, Rigau, Wiebe: SemEval-2016 "
        "Task 1: Semantic Textual Similarity, Monolingual and Cross-Lingual Evaluation. "
        "SemEval 2016, https://aclanthology.org/S16-1081"
    ),
    subset_column="subset",
    pairs=1186,
)
