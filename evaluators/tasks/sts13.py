"""SemEval-2013 shared task without SMT: headlines and definitions."""

from __future__ import annotations

from evaluators.task import PairTask

TASK = PairTask(
    name="STS13",
    title="SemEval-2013 shared task without SMT: headlines and definitions",
    language="en",
    hub_id="mteb/sts13-sts",
    revision="7e90230a92c190f1bf69ae9002b8cea547a64cca",
    split="test",
    gold_range=(0.0, 5.0),
    licence="none stated",
    citation=(
        "Agirre, Cer, Diab, Gonzalez-Agirre, Guo: *SEM 2013 shared task: Semantic Textual "
        "Similarity. *SEM 2013, https://aclanthology.org/S13-1004"
    ),
    subset_column="subset",
    pairs=1500,
    note="The SMT sub-dataset is left out, as everywhere: its licence forbids passing it on.",
)
