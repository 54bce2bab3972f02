"""Sentences become the tokens that each family's own class of transformers makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.errors import CheckpointError, ScoreError
from evaluators.sts.recipe import Recipe
from evaluators.sts.tokenizer import Tokenizer
from tests.evaluators.sts.tiny_models import save_backbone
from tests.evaluators.sts.tiny_tokenizers import EMPTY, FAMILIES, SENTENCES, tiny_tokenizer


def loaded(folder: Path, name: str) -> Any:
    """Save a family's tokenizer, and load it as a checkpoint's is."""
    from transformers import AutoTokenizer

    tiny_tokenizer(name).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def ids(tokenizer: Any, sentences: tuple[str, ...], **options: Any) -> list[list[int]]:
    encoder = LoadedEncoder(None, tokenizer, torch.device("cpu"), None, has_pooler=False)
    settings = {"prompt": "", "max_length": None, **options}
    found = Tokenizer(encoder, Recipe(Path(), declared=True), **settings)(sentences)
    return [tokens.ids.tolist() for tokens in found]


@pytest.mark.parametrize("name", FAMILIES)
def test_ids_are_those_of_the_familys_class(tmp_path: Path, name: str) -> None:
    tokenizer = loaded(tmp_path, name)
    sentences = SENTENCES if name == "Qwen2" else (*SENTENCES, *EMPTY)
    expected = tokenizer(list(sentences), truncation=True)["input_ids"]
    assert max(map(len, expected)) == 64
    short = tokenizer(list(sentences), truncation=True, max_length=5)["input_ids"]
    prompted = tokenizer([f"query: {sentence}" for sentence in sentences], truncation=True)
    assert ids(tokenizer, sentences) == expected
    assert ids(tokenizer, sentences, max_length=5) == short
    assert ids(tokenizer, sentences, prompt="query: ") == prompted["input_ids"]


@pytest.mark.parametrize(
    ("name", "last"),
    [("Qwen3", "<|endoftext|>"), ("Mistral", "</s>"), ("Gemma", "<eos>"), ("T5", "</s>")],
)
def test_the_token_that_is_pooled_last_survives_truncation(
    tmp_path: Path, name: str, last: str
) -> None:
    tokenizer = loaded(tmp_path, name)
    ends = {sentence[-1] for sentence in ids(tokenizer, (*SENTENCES, *EMPTY), max_length=5)}
    assert ends == {tokenizer.convert_tokens_to_ids(last)}


@pytest.mark.parametrize(("name", "same"), [("BERT", True), ("BERT with case", False)])
def test_case_and_accents_are_the_tokenizers(tmp_path: Path, name: str, same: bool) -> None:
    upper, lower = ids(loaded(tmp_path, name), ("ÉTÉ", "ete"))
    assert (upper == lower) is same


def test_a_sentence_without_tokens_is_named_where_nothing_is_added(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="no tokens of the sentence ''"):
        ids(loaded(tmp_path, "Qwen2"), ("x", ""))


def test_a_tokenizer_that_needs_a_package_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = save_backbone("RoFormer", tmp_path)
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "RoFormerTokenizer"}')
    with pytest.raises(CheckpointError, match=r"needs a package that is not here.*rjieba"):
        load_encoder(folder, device="cpu")
