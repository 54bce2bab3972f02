from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.checkpoint.load import load_encoder
from evaluators.errors import CheckpointError
from evaluators.sts.recipe import read_recipe
from evaluators.sts.tokenizer import Tokenizer

MEAN = {"pooling_mode": "mean"}


def tokenizer(folder: Path, *, prompt: str = "", max_length: int | None = None) -> Tokenizer:
    return Tokenizer(
        load_encoder(folder, device="cpu"),
        read_recipe(folder),
        prompt=prompt,
        max_length=max_length,
    )


def test_ids_are_those_of_the_transformers_tokenizer(
    checkpoint: Path, sentences: tuple[str, ...]
) -> None:
    from transformers import AutoTokenizer

    expected = AutoTokenizer.from_pretrained(checkpoint)(list(sentences))["input_ids"]
    assert [tokens.ids.tolist() for tokens in tokenizer(checkpoint)(sentences)] == expected


def test_long_sentences_are_cut_and_counted(
    with_modules: Callable[..., Path], sentences: tuple[str, ...]
) -> None:
    folder = with_modules(MEAN, sentence_config={"max_seq_length": 10})
    lengths = [len(tokens.ids) for tokens in tokenizer(folder, max_length=64)(sentences)]
    cut = tokenizer(folder)
    found = cut(sentences)
    assert [len(tokens.ids) for tokens in found] == [min(n, 10) for n in lengths]
    assert cut.truncated == sum(n > 10 for n in lengths) > 0
    separator = tokenizer(folder)(["man"])[0].ids[-1]
    assert all(tokens.ids[-1] == separator for tokens in found)


def test_limit_is_the_jobs_then_the_recipes_then_the_tokenizers_then_the_positions(
    with_modules: Callable[..., Path], make_checkpoint: Callable[..., Path]
) -> None:
    recipe = with_modules(MEAN, sentence_config={"max_seq_length": 10})
    assert tokenizer(recipe, max_length=20).max_length == 20
    assert tokenizer(recipe).max_length == 10
    assert tokenizer(make_checkpoint(max_position_embeddings=128)).max_length == 64
    assert tokenizer(make_checkpoint(max_position_embeddings=32)).max_length == 32


@pytest.mark.parametrize("asked", [0, 65])
def test_limit_the_positions_do_not_hold_is_refused(checkpoint: Path, asked: int) -> None:
    with pytest.raises(CheckpointError, match=f"max_length must be 1 to 64.*got {asked}"):
        tokenizer(checkpoint, max_length=asked)


def test_lowercase_is_done_where_the_checkpoint_asks(with_modules: Callable[..., Path]) -> None:
    plain = with_modules(MEAN, sentence_config={"max_seq_length": 20})
    lower = with_modules(MEAN, sentence_config={"do_lower_case": True})
    assert (
        tokenizer(plain)(["A Man"])[0].ids.tolist() != tokenizer(plain)(["a man"])[0].ids.tolist()
    )
    assert (
        tokenizer(lower)(["A Man"])[0].ids.tolist() == tokenizer(lower)(["a man"])[0].ids.tolist()
    )


def test_prompt_length_counts_the_opening_special_token(checkpoint: Path) -> None:
    assert tokenizer(checkpoint).prompt_length() == 0
    assert tokenizer(checkpoint, prompt="query: ").prompt_length() == 3  # [CLS] query :
