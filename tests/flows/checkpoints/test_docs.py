"""The page names every file that counts, so that a reader can compute a digest by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.checkpoint.names import CONFIGURATION, VOCABULARY, is_identity

PAGE = (Path(__file__).parents[3] / "docs" / "guides" / "checkpoints.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name", [*CONFIGURATION, *VOCABULARY, "*.safetensors", "chat_template.jinja"]
)
def test_every_identity_file_is_on_the_page(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("path", ["1_Pooling/config.json", "2_Dense/model.safetensors"])
def test_the_examples_on_the_page_are_right(path):
    assert f"`{path}`" in PAGE
    assert is_identity(path)


@pytest.mark.parametrize("variable", ["HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE"])
def test_every_setting_is_on_the_page(variable):
    assert f"`{variable}`" in PAGE
