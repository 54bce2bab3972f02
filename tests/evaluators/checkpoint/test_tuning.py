"""What a checkpoint declares about its sentence vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.checkpoint.tuning import declared_tuning


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("BertForMaskedLM", "untuned"),  # bert-base-uncased, bert-base-chinese
        ("RobertaForMaskedLM", "untuned"),
        ("GPT2LMHeadModel", "untuned"),
        ("BertModel", "unknown"),  # SimCSE's checkpoints, and bare encoders
        (None, "unknown"),
    ],
)
def test_without_a_recipe_the_class_decides(
    tmp_path: Path, architecture: str | None, expected: str
) -> None:
    config = {} if architecture is None else {"architectures": [architecture]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert declared_tuning(tmp_path) == expected


def test_a_recipe_of_sentence_vectors_is_tuned(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["BertForMaskedLM"]}')
    (tmp_path / "modules.json").write_text("[]")
    assert declared_tuning(tmp_path) == "tuned"
