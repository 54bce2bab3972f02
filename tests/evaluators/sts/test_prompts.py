"""What stands before the sentences: the checkpoint's prompts, MTEB's, or the plan's own text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from evaluators import tasks
from evaluators.errors import CheckpointError
from evaluators.evaluator import MeasuredCheckpoint
from evaluators.sts.evaluator import Sts, StsRequest
from evaluators.sts.prompts import prompt_of
from evaluators.sts.session import Session
from tests.evaluators.sts.conftest import SENTENCES

DECLARES = {
    "prompts": {"query": "query: ", "STS": "the same as: ", "document": ""},
    "default_prompt_name": "query",
}
STS, PAIRS = "SampleEN", "Ocnli"


def _declare(folder: Path, config: Mapping[str, Any]) -> Path:
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    return folder


def _measured(folder: Path, **more: Any) -> MeasuredCheckpoint:
    return MeasuredCheckpoint("model", folder, "digest", **more)


@pytest.fixture
def declared(tmp_path: Path) -> MeasuredCheckpoint:
    return _measured(_declare(tmp_path, DECLARES))


@pytest.mark.parametrize(
    ("prompt", "task", "text"),
    [
        ("declared", STS, "query: "),
        ("none", STS, ""),
        ("", STS, ""),
        ("passage: ", STS, "passage: "),
        ({"name": "query"}, STS, "query: "),
        ({"name": "document"}, STS, ""),
        ({"text": "declared"}, STS, "declared"),
        ({"STS": "a: ", "PairClassification": "b: "}, STS, "a: "),
        ({"STS": "a: ", "PairClassification": "b: "}, PAIRS, "b: "),
        ({"STS": "a: ", STS: "c: "}, STS, "c: "),
        ("mteb", STS, "the same as: "),  # of the type, as mteb finds it
        ("mteb", PAIRS, "query: "),  # no prompt of the type: the default
    ],
)
def test_a_choice_stands_for_a_text(
    declared: MeasuredCheckpoint, prompt: Any, task: str, text: str
) -> None:
    request = StsRequest(tasks=(task,), prompt=prompt)  # as a plan writes it
    assert prompt_of(request.prompt[0], tasks.find(task), declared) == text


def test_mteb_has_prompts_of_its_own(tmp_path: Path) -> None:
    facts = {"STS": "Same? ", "PairClassification": "Follows? ", "tasks": {PAIRS: "Implied? "}}
    checkpoint = _measured(_declare(tmp_path, DECLARES), mteb_prompts=lambda: facts)
    assert prompt_of("mteb", tasks.find(STS), checkpoint) == "Same? "
    assert prompt_of("mteb", tasks.find(PAIRS), checkpoint) == "Implied? "
    assert prompt_of("mteb", tasks.find("Cmnli"), checkpoint) == "Follows? "


def test_a_checkpoint_without_prompts_gets_none(tmp_path: Path) -> None:
    for choice in ("declared", "mteb"):
        assert prompt_of(choice, tasks.find(STS), _measured(tmp_path)) == ""


@pytest.mark.parametrize(
    ("config", "prompt", "message"),
    [
        (DECLARES, {"name": "title"}, "no prompt named 'title': it declares query, document, STS"),
        ({}, {"name": "STS"}, "it declares query, document"),
        ({"prompts": {}, "default_prompt_name": "q"}, "declared", "'q' is not one of its prompts"),
        ({"prompts": ["query: "]}, "declared", "must be texts by name"),
        ({"prompts": {"query": None}}, "mteb", "must be texts by name"),
        (DECLARES, {"PairClassification": "b: "}, "no text for SampleEN of type STS"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    tmp_path: Path, config: dict[str, Any], prompt: Any, message: str
) -> None:
    checkpoint = _measured(_declare(tmp_path, config))
    with pytest.raises(CheckpointError, match=message):
        prompt_of(prompt, tasks.find(STS), checkpoint)


@pytest.mark.parametrize("prompt", [{}, {"name": "a", "text": "b"}, {"Sts": "a"}, (), {"STS": 3}])
def test_a_plan_with_no_such_choice_is_refused(prompt: Any) -> None:
    with pytest.raises(ValidationError):
        StsRequest(tasks=(STS,), prompt=prompt)


def test_each_prompt_is_a_job_and_equal_texts_are_one(declared: MeasuredCheckpoint) -> None:
    request = StsRequest(tasks=(STS,), prompt=("declared", {"name": "query"}, "none", "Q: "))
    evaluator = Sts()
    jobs = evaluator.jobs(evaluator.request_for(request, declared), "digest", lambda _: "rows")
    assert [job.parameters["prompt"] for job in jobs] == ["query: ", "", "Q: "]
    assert len({evaluator.session_key(job) for job in jobs}) == 3


@pytest.mark.parametrize("included", [True, False])
def test_vectors_with_a_prompt_are_those_of_sentence_transformers(
    make_checkpoint: Callable[..., Path], tmp_path: Path, included: bool
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    plain = make_checkpoint()
    body = Transformer(str(plain))
    pooling = Pooling(body.get_embedding_dimension(), "mean", include_prompt=included)
    theirs = SentenceTransformer(
        modules=[body, pooling], prompts={"query": "query: "}, default_prompt_name="query"
    )
    folder = tmp_path / "saved"
    theirs.save(str(folder))
    text = prompt_of("declared", tasks.find(STS), _measured(folder))
    sentences = list(dict.fromkeys(SENTENCES))
    with Session(folder, poolings=("native",), prompt=text) as session:
        session.encode(sentences)
        ours = session._store.vectors("native")[session._store.rows(sentences)]
    assert text == "query: "
    np.testing.assert_allclose(ours, theirs.encode(sentences), atol=1e-5)
    without = SentenceTransformer(str(folder)).encode(sentences, prompt="")
    assert np.abs(ours - without).max() > 1e-3
    shutil.rmtree(folder)
