from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.checkpoint.load import load_encoder
from evaluators.errors import CheckpointError, ScoreError
from evaluators.sts import Session
from evaluators.sts.recipe import read_recipe
from evaluators.sts.tokenizer import Tokenizer
from tests.evaluators.sts.tiny_models import RECIPES, TinyRecipe, save_backbone, save_recipe

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


# Case SentEval #7: a normaliser removes the sentence, and no special tokens are added.
def without_special_tokens(folder: Path) -> Path:
    from tokenizers import normalizers
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder)
    backend = loaded.backend_tokenizer
    backend.normalizer = normalizers.Replace("x", "")
    backend.post_processor = None
    loaded.save_pretrained(folder)
    return folder


def test_sentence_without_tokens_is_an_error_that_names_it(
    make_checkpoint: Callable[..., Path],
) -> None:
    folder = without_special_tokens(make_checkpoint())
    with Session(folder, poolings=["last-mean"], device="cpu") as session:
        session.encode(["a man", "ax"])
        for sentence in ("x", "", "xxx"):
            with pytest.raises(ScoreError, match=f"no tokens of the sentence {sentence!r}"):
                session.encode(["the dog", sentence])
        assert len(session.vectors(["a man", "ax"], "last-mean")) == 2


def test_sentence_of_which_only_an_unpooled_prompt_is_left_is_named(
    with_modules: Callable[..., Path],
) -> None:
    folder = without_special_tokens(with_modules({**MEAN, "include_prompt": False}))
    prompted = {"prompt": "query: ", "device": "cpu"}
    with Session(folder, poolings=["native"], **prompted) as session:
        session.encode(["a man"])
        with pytest.raises(ScoreError, match="nothing of the sentence 'x' is left behind"):
            session.encode(["x"])
    with (
        Session(folder, poolings=["native"], max_length=2, **prompted) as session,
        pytest.raises(ScoreError, match=r"\(max_length is 2 tokens\)"),
    ):
        session.encode(["a man"])
    with Session(folder, poolings=["last-mean"], **prompted) as session:
        session.encode(["x"])  # the prompt is pooled here


def test_positions_that_are_computed_go_as_far_as_the_checkpoint_says(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the peer is not installed")
    for backbone, limit in (("Qwen2", 100), ("BERT", 64)):  # BERT looks positions up
        folder = save_recipe(
            save_backbone(backbone, tmp_path / backbone),
            TinyRecipe(RECIPES["mean"].modules, sentence={"max_seq_length": 100}),
            tmp_path / f"{backbone} saved",
        )
        assert tokenizer(folder).max_length == limit


def test_settings_of_the_tokenizer_call_are_honoured(with_modules: Callable[..., Path]) -> None:
    text = {"add_special_tokens": False, "max_length": 5}
    call = {"common": {"truncation_side": "left", "max_length": 3}, "text": text}
    plain = tokenizer(with_modules(MEAN))(["a man is eating bread"])[0].ids.tolist()
    cut = with_modules(MEAN, sentence_config={"processing_kwargs": call})
    assert tokenizer(cut)(["a man is eating bread"])[0].ids.tolist() == plain[1:4]
    sided = {"processing_kwargs": call, "processor_kwargs": {"truncation_side": "left"}}
    cut = with_modules(MEAN, sentence_config=sided)
    assert tokenizer(cut)(["a man is eating bread"])[0].ids.tolist() == plain[-4:-1]
