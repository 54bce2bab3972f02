"""SICK relatedness, the 4,927 pairs of the test set, as SentEval scores it."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="SICK-R-SentEval",
    title="SICK relatedness, the 4,927 pairs of the test set, as SentEval scores it",
    language="en",
    hub_id="mteb/sickr-sts",
    revision="20a6d6f312dd54037fe07a32d58e5e168867909d",
    split="senteval_test",
    gold_range=(1.0, 5.0),
    licence="CC BY-NC-SA 3.0",
    citation=(
        "Marelli, Menini, Baroni, Bentivogli, Bernardi, Zamparelli: A SICK cure for the "
        "evaluation of compositional distributional semantic models. LREC 2014, "
        "https://aclanthology.org/L14-1314"
    ),
    fit_splits=("test",),
    pairs=4927,
    note=(
        "The hub has no such split: it needs a mirror with senteval_test.parquet. The target "
        "whitening is fitted on all 9,927 pairs, which are its train, trial and test sets."
    ),
)
