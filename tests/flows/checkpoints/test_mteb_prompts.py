"""What mteb puts before the sentences of a model is found by the model's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.checkpoints.mteb_prompts import mteb_prompts
from flows.checkpoints.source import Checkpoint


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("mine", "hf://Qwen/Qwen3-Embedding-0.6B@main"),
        ("Qwen3-Embedding-0.6B", "file:///models/q"),
        ("qwen3-embedding-0.6b", "file:///models/q"),
    ],
)
def test_by_the_source_or_by_the_name_in_the_plan(name: str, source: str) -> None:
    checkpoint = Checkpoint(name, source, source, None, None, Path("q"), "digest", "", 0)
    expected = "Instruct: Retrieve semantically similar text.\nQuery:"
    assert mteb_prompts(checkpoint)["STS"] == expected


def test_another_model_has_none() -> None:
    source = "file:///models/Qwen3-Embedding-0.6B"
    checkpoint = Checkpoint("mine", source, source, None, None, Path("q"), "digest", "", 0)
    assert mteb_prompts(checkpoint) == {}
