"""Write a small BERT as an ordinary checkpoint: config, safetensors, tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.checkpoint.quiet import quiet
from evaluators.errors import CheckpointError
from evaluators.small_bert.vocabulary import pieces

LARGEST_LAYERS, LARGEST_HIDDEN = 48, 4096


@dataclass(frozen=True)
class Size:
    """Sizes of a BERT.

    Attributes:
        layers: Of the encoder.
        hidden: Width of the states; the feed-forward layers are four times as wide.
        heads: Number of attention heads, which divides `hidden`.
        positions: Maximum number of tokens of a sequence.
        seed: Seed of the weights.
    """

    layers: int = 4
    hidden: int = 256
    heads: int = 4
    positions: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.layers <= LARGEST_LAYERS and 8 <= self.hidden <= LARGEST_HIDDEN):
            raise CheckpointError(
                f"a small BERT must have 1 to {LARGEST_LAYERS} layers, 8 to {LARGEST_HIDDEN} wide,"
                f" got {self.layers} layers of {self.hidden}"
            )
        if self.heads < 1 or self.hidden % self.heads:
            raise CheckpointError(f"heads must divide the width of {self.hidden}, got {self.heads}")
        if self.positions < 16 or self.seed < 0:
            raise CheckpointError("positions must be at least 16, and the seed at least 0")


def make_small_bert(folder: Path, size: Size) -> None:
    """Write the checkpoint; the same size and seed give the same bytes.

    Args:
        folder: Made where it is missing; it must be empty.
        size: How large, and the seed.

    Raises:
        CheckpointError: The folder is not empty.
    """
    import torch
    from transformers import BertConfig, BertForMaskedLM

    _validate_empty(folder)
    vocabulary = pieces()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(size.seed)
        model = BertForMaskedLM(BertConfig(**_config(size, len(vocabulary))))
    folder.mkdir(parents=True, exist_ok=True)
    with quiet():
        model.save_pretrained(folder)
    save_tokenizer(folder, size.positions)


def save_tokenizer(folder: Path, positions: int) -> None:
    """Write a tokenizer with lower case, and one piece for each Chinese character."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertTokenizer

    vocabulary = {piece: number for number, piece in enumerate(pieces())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    BertTokenizer(tokenizer_object=tokenizer, model_max_length=positions).save_pretrained(folder)


def _config(size: Size, vocabulary: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 4 * size.hidden,
        "max_position_embeddings": size.positions,
    }


def _validate_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CheckpointError(f"{folder} exists and is not empty: name a new folder")
