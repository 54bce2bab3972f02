"""SICK relatedness, all pairs, as MTEB scores it."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="SICK-R",
    title="SICK relatedness, all pairs, as MTEB scores it",
    language="en",
    hub_id="mteb/sickr-sts",
    revision="20a6d6f312dd54037fe07a32d58e5e168867909d",
    split="test",
    gold_range=(1.0, 5.0),
    licence="CC BY-NC-SA 3.0",
    citation=(
        "Marelli, Menini, Baroni, Bentivogli, Bernardi, Zamparelli: A SICK cure for the "
        "evaluation of compositional distributional semantic models. LREC 2014, "
        "https://aclanthology.org/L14-1314"
    ),
    pairs=9927,
    note=(
        "MTEB scores all 9,927 pairs, train and trial included; SentEval and the SimCSE and "
        "whitening papers score the 4,927 of the test set: that is the task SICK-R-SentEval."
    ),
)
