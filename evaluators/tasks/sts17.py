"""SemEval-2017 task 1, English pairs."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS17",
    title="SemEval-2017 task 1, English pairs",
    language="en",
    hub_id="mteb/sts17-crosslingual-sts",
    revision="faeb762787bd10488a50c8b5be4a3b82e411949c",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Cer, Diab, Agirre, Lopez-Gazpio, Specia: SemEval-2017 Task 1: Semantic Textual "
        "Similarity Multilingual and Crosslingual Focused Evaluation. SemEval 2017, "
        "https://aclanthology.org/S17-2001"
    ),
    config="en-en",
    pairs=250,
    note="The subset en-en of MTEB's STS17, the one that MTEB(eng, v2) counts.",
)
