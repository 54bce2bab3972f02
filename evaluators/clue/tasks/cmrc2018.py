"""CMRC2018: the piece of a Wikipedia paragraph that answers a question."""

from __future__ import annotations

from evaluators.clue.reading.span import span_reader
from evaluators.clue.task import ClueTask, Split
from evaluators.clue.tasks._shared import CLUE

TASK = ClueTask(
    name="cmrc2018",
    title="CMRC2018: the piece of a Wikipedia paragraph that answers a question",
    family="span",
    hub_id=CLUE,
    config="cmrc2018",
    revision=None,
    splits={
        "train": Split("train"),
        "trial": Split("trial"),
        "validation": Split("validation"),
        "test": Split("test", labelled=False),
    },
    train="cmrc2018/trial",
    scored="validation",
    columns=("id", "context", "question", "answers"),
    gold="answers",
    read=span_reader(without_question=("TRIAL_776_QUERY_4", "TRIAL_20_QUERY_0")),
    main_metric="em_f1",
    licence="CC BY-SA 4.0",
    citation=(
        "Cui, Liu, Che, Xiao, Chen, Ma, Wang, Hu: A Span-Extraction Dataset for Chinese Machine "
        "Reading Comprehension. EMNLP 2019, https://aclanthology.org/D19-1600"
    ),
    max_length=512,
    note=(
        "Trained on trial (1,000 questions) unless a plan names cmrc2018/train, which has ten "
        "times as many: scores are not those of papers. Two questions of trial are empty and left "
        "out. CLUE's column is em."
    ),
)
