"""TwitterSemEval2015: do two tweets on one topic say the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="TwitterSemEval2015",
    title="TwitterSemEval2015: do two tweets on one topic say the same",
    language="en",
    hub_id="mteb/twittersemeval2015-pairclassification",
    revision="70970daeab8776df92f5ea462b6173c0b46fd2d1",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Xu, Callison-Burch, Dolan: SemEval-2015 Task 1: Paraphrase and Semantic Similarity in "
        "Twitter (PIT). SemEval 2015, https://aclanthology.org/S15-2001"
    ),
    columns=("sent1", "sent2", "labels"),
    type="PairClassification",
    main_metric="max_ap",
    pairs=16777,
)
