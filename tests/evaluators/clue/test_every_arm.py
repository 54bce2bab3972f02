"""A small BERT trains with every head of entities, pairs and prompts on cuts of the real data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from db.settings import settings
from evaluators import registry
from evaluators.small_bert.make import Size, make_small_bert
from flows.inputs import InputPlace, digest, load

CLUE = registry.find("clue")
ARMS: dict[str, tuple[str, Any]] = {
    "crf": ("cluener", {"name": "crf", "overlaps": "longest"}),
    "global-pointer": ("cluener", "global-pointer"),
    "efficient-global-pointer": ("cluener", "efficient-global-pointer"),
    "cosent": ("afqmc", "cosent"),
    "sbert": ("afqmc", "sbert"),
    "linear-cosine": ("afqmc", "linear-cosine"),
    "squared-cosine": ("afqmc", "squared-cosine"),
    "interaction": ("afqmc", {"name": "interaction", "threshold": "powell"}),
    "p-tuning": ("fewclue-eprstmt", "p-tuning"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arms") / "bert"
    make_small_bert(folder, Size())  # with its masked-LM head and unused tokens
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(
    not os.environ.get("RANKCHECK_DATA"), reason="RANKCHECK_DATA names no mirror of CLUE"
)
@pytest.mark.parametrize("arm", ARMS)
def test_a_small_bert_trains_and_answers_with_every_head(
    small: Path, arm: str, tmp_path: Path
) -> None:
    task, head = ARMS[arm]
    place = InputPlace(settings(), tmp_path / "digests.json")
    request = CLUE.Request(
        tasks=(task,),
        head=head,
        leaks="drop",
        max_train=128,
        max_scored=100,
        epochs=2,
        batch=16,
        rate=5e-4,
        max_length=64,
    )
    (job,) = CLUE.jobs(request, "digest", lambda ref: digest(ref, place))
    session = CLUE.open_session(small, [job], lambda ref: load(ref, place), "cpu", None)
    result = session.evaluate(job)
    first = result.scores[0]
    assert first.n > 0
    assert 0 <= first.value <= 1
    assert len(result.curves[0].values) == 2
