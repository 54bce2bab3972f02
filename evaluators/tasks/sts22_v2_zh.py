"""SemEval-2022 task 8, Chinese: do two news articles tell the same story."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS22.v2-zh",
    title="SemEval-2022 task 8, Chinese: do two news articles tell the same story",
    language="zh",
    hub_id="mteb/sts22-crosslingual-sts",
    revision="d31f33a128469b20e357535c39b82fb3c3f6f2bd",
    split="test",
    gold_range=(1.0, 4.0),
    licence="none stated",
    citation=(
        "Chen, Zeynali, Camargo, Flöck, Gaffney, Grabowicz, Hale, Jurgens, Samory: SemEval-2022 "
        "Task 8: Multilingual news article similarity. SemEval 2022, "
        "https://aclanthology.org/2022.semeval-1.155"
    ),
    config="zh",
    pairs=637,
    note=(
        "The subset zh of MTEB's STS22.v2. C-MTEB's first list had STS22 with the pairs whose text "
        "is empty; MTEB(cmn, v1) has neither."
    ),
)
