"""Make checkpoints of real sizes with random weights: speed does not depend on the weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

_WORDS = 5000


def make_bert(folder: Path, *, toy: bool) -> None:
    """Write a BERT of the size of BERT-base (toy: of two layers)."""
    from transformers import BertConfig, BertModel

    size = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 2}
    small = {**size, "intermediate_size": 128, "vocab_size": _WORDS + 4}
    _save(folder, BertModel(BertConfig(**(small if toy else {}))))


def make_qwen3(folder: Path, *, toy: bool) -> None:
    """Write a decoder of the size of Qwen3-Embedding-0.6B (toy: of two layers)."""
    from transformers import Qwen3Config, Qwen3Model

    large = {
        "hidden_size": 1024,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 3072,
        "vocab_size": 151_669,
        "max_position_embeddings": 32_768,
    }
    small = {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "intermediate_size": 128,
        "vocab_size": _WORDS + 4,
        "max_position_embeddings": 512,
    }
    tokens = {"pad_token_id": 0, "bos_token_id": None, "eos_token_id": 3}
    _save(folder, Qwen3Model(Qwen3Config(**(small if toy else large), **tokens)))


def made_up_sentences(count: int, tokens: tuple[int, int], seed: int) -> list[str]:
    """Return distinct sentences of made-up words, their lengths even between two bounds.

    Args:
        count: How many.
        tokens: Least and largest number of tokens, special tokens included.
        seed: Seed of words and lengths.
    """
    draw = np.random.default_rng(seed)
    lengths = draw.integers(tokens[0] - 2, tokens[1] - 1, size=count)
    return [
        " ".join(f"w{word}" for word in [i % _WORDS, *draw.integers(0, _WORDS, size=n - 1)])
        for i, n in enumerate(lengths)
    ]


def _save(folder: Path, model: Any) -> None:
    with torch.no_grad():
        model.to(torch.bfloat16).save_pretrained(folder)
    _tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"w{i}" for i in range(_WORDS))], folder)


def _tokenizer(vocabulary: Sequence[str], folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    ids = {word: number for number, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
        model_max_length=512,
    )
    fast.save_pretrained(folder)
