"""TwitterURLCorpus: do two tweets with one link say the same."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="TwitterURLCorpus",
    title="TwitterURLCorpus: do two tweets with one link say the same",
    language="en",
    hub_id="mteb/twitterurlcorpus-pairclassification",
    revision="8b6510b0b1fa4e4c4f879467980e9be563ec1cdf",
    split="test",
    gold_range=(0.0, 1.0),
    licence="none stated",
    citation=(
        "Lan, Qiu, He, Xu: A Continuously Growing Dataset of Sentential Paraphrases. EMNLP 2017, "
        "https://aclanthology.org/D17-1126"
    ),
    columns=("sent1", "sent2", "labels"),
    type="PairClassification",
    main_metric="max_ap",
    pairs=51534,
)
