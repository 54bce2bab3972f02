"""Sentences go through a chat template where sentence-transformers writes them as messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluators.errors import CheckpointError
from evaluators.sts import Session
from tests.evaluators.sts.parity import ours, theirs
from tests.evaluators.sts.tiny_models import (
    PROMPT,
    RECIPES,
    TinyRecipe,
    save_backbone,
    save_recipe,
)

pytest.importorskip("sentence_transformers", reason="the peer is not installed")

FLAT = (
    "{{ bos_token }}{% for message in messages %}{{ message.role ~ ': ' ~ message.content }}"
    "{{ eos_token }}{% endfor %}{% if add_generation_prompt %} answer:{% endif %}{{ tone }}"
)
STRUCTURED = (
    "{% for message in messages %}{{ message.role }}: {{ message['content'][0].text | trim }}\n"
    "{% endfor %}{{ eos_token }} a bird"
)


def backbone(folder: Path, template: Any, name: str = "Qwen3") -> Path:
    from transformers import AutoTokenizer

    save_backbone(name, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return folder


def declared(folder: Path, template: Any, recipe: str = "lasttoken", **call: Any) -> Path:
    """Save a checkpoint whose configuration asks for messages."""
    base = backbone(folder / "base", template)
    saved = save_recipe(base, TinyRecipe(RECIPES[recipe].modules), folder / "saved")
    file = saved / "sentence_bert_config.json"
    config = json.loads(file.read_text())
    assert "message" in config["modality_config"]
    file.write_text(json.dumps({**config, "processing_kwargs": call}))
    return saved


CALLS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "generation prompt and a variable": {
        "chat_template": {"add_generation_prompt": True, "tone": "old"}
    },
    "cut": {"text": {"max_length": 16}, "chat_template": {"max_length": 12}},
    "cut, and the end with it": {"common": {"max_length": 12}, "chat_template": {
        "add_generation_prompt": True, "restore_suffix": False
    }},
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "call"), [*((FLAT, call) for call in CALLS), (STRUCTURED, "cut")]
)
def test_vectors_equal_those_of_sentence_transformers(
    tmp_path: Path, template: str, call: str
) -> None:
    folder = declared(tmp_path, template, **CALLS[call])
    np.testing.assert_allclose(ours(folder), theirs(folder), atol=1e-5)


@pytest.mark.parametrize("template", [FLAT, STRUCTURED])
def test_a_prompt_is_the_message_of_the_system_and_is_pooled(tmp_path: Path, template: str) -> None:
    folder = declared(tmp_path, template, "prompt left out")
    prompted = ours(folder, prompt=PROMPT)
    np.testing.assert_allclose(prompted, theirs(folder, prompt=PROMPT), atol=1e-5)
    assert np.abs(prompted - ours(folder)).max() > 1e-3


@pytest.mark.parametrize("template", [FLAT, STRUCTURED, {"default": FLAT.replace("content", "x")}])
def test_without_modules_the_template_of_the_tokenizer_is_used(
    tmp_path: Path, template: Any
) -> None:
    folder = backbone(tmp_path / "chat", template)
    np.testing.assert_allclose(ours(folder), theirs(folder), atol=1e-5)
    plain = save_backbone("Qwen3", tmp_path / "plain")
    assert np.abs(ours(folder) - ours(plain)).max() > 1e-3


def test_with_modules_saved_before_there_were_messages_no_template_is_used(tmp_path: Path) -> None:
    saved = declared(tmp_path, FLAT)
    file = saved / "sentence_bert_config.json"
    file.write_text(json.dumps({"max_seq_length": 64}))
    np.testing.assert_allclose(ours(saved), theirs(saved), atol=1e-5)
    plain = save_recipe(
        save_backbone("Qwen3", tmp_path / "p"), RECIPES["lasttoken"], tmp_path / "q"
    )
    np.testing.assert_array_equal(ours(saved), ours(plain))


def test_templates_are_part_of_the_identity(tmp_path: Path) -> None:
    from evaluators.checkpoint.files import checkpoint_digest

    folder = backbone(tmp_path, {"default": FLAT, "other": STRUCTURED})
    digest = checkpoint_digest(folder)
    for file in (
        folder / "chat_template.jinja",
        folder / "additional_chat_templates" / "other.jinja",
    ):
        file.write_text(file.read_text() + "!")
        assert checkpoint_digest(folder) != digest
        digest = checkpoint_digest(folder)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"chat_template": {"tools": []}}, "tools of processing_kwargs.chat_template is not"),
        ({"chat_template": {"chat_template": "x"}}, "chat_template of processing_kwargs"),
        ({"text": {"add_special_tokens": False}}, "add_special_tokens has no effect"),
        ({"chat_template": {"truncation": "only_first"}}, "truncation must be longest_first"),
    ],
)
def test_settings_that_are_not_understood_are_refused(
    tmp_path: Path, call: dict[str, Any], says: str
) -> None:
    folder = declared(tmp_path, FLAT, **call)
    with pytest.raises(CheckpointError, match=says):
        ours(folder)


def test_messages_without_a_template_are_refused(tmp_path: Path) -> None:
    folder = declared(tmp_path, FLAT)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(CheckpointError, match="its tokenizer has no chat template"):
        ours(folder)


def test_a_hostile_template_is_an_error_of_its_checkpoint(tmp_path: Path) -> None:
    folder = declared(tmp_path, "{{ 'x' * 999999999999 }}")
    with (
        pytest.raises(CheckpointError, match="the chat template is refused: it needs too much"),
        Session(folder, poolings=["native"], device="cpu") as session,
    ):
        session.encode(["a man"])
