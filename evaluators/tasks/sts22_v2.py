"""SemEval-2022 task 8, English: do two news articles tell the same story."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS22.v2",
    title="SemEval-2022 task 8, English: do two news articles tell the same story",
    language="en",
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
    config="en",
    pairs=197,
    note=(
        "The subset en of MTEB's STS22.v2, the one that MTEB(eng, v2) counts. Articles of 2,800 "
        "characters on average: most are cut to the checkpoint's length."
    ),
)
