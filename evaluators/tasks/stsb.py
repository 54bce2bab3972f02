"""STS Benchmark translated to Chinese."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STSB",
    title="STS Benchmark translated to Chinese",
    language="zh",
    hub_id="mteb/STSB",
    revision="e036defee8f190911de6fc825a944b928c8cda53",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Chinese machine translation of Cer et al. 2017 (https://aclanthology.org/S17-2001); "
        "packaged by Xiao et al.: C-Pack, https://arxiv.org/abs/2309.07597"
    ),
    fit_splits=("train", "validation", "test"),
    pairs=1361,
    mirror_ids=("C-MTEB/STSB",),
    note="Scores are rounded to integers.",
)
