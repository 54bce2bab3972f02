"""BIOSSES: sentences of biomedical articles."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="BIOSSES",
    title="BIOSSES: sentences of biomedical articles",
    language="en",
    hub_id="mteb/biosses-sts",
    revision="d3fb88f8f02e40887cd149695127462bbcf29b4a",
    split="test",
    gold_range=(0.0, 4.0),
    licence="none stated",
    citation=(
        "Soğancıoğlu, Öztürk, Özgür: BIOSSES: a semantic sentence similarity estimation system for "
        "the biomedical domain. Bioinformatics 2017, https://doi.org/10.1093/bioinformatics/btx238"
    ),
    pairs=100,
    note="100 pairs: intervals are wide.",
)
