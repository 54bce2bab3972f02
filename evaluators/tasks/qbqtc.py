"""QBQTC: how well does a title match a search query."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="QBQTC",
    title="QBQTC: how well does a title match a search query",
    language="zh",
    hub_id="C-MTEB/QBQTC",
    revision="790b0510dc52b1553e8c49f3d2afb48c0e5c48b7",
    split="test",
    gold_range=(0.0, 2.0),
    licence="none stated",
    citation=(
        "QQ Browser Query Title Corpus, https://github.com/CLUEbenchmark/QBQTC; packaged by Xiao "
        "et al.: C-Pack, https://arxiv.org/abs/2309.07597"
    ),
    pairs=5000,
    note="Three grades: Spearman has ties. Search queries and titles of pages.",
)
