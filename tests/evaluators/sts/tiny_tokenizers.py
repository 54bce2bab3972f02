"""Tiny tokenizers: each family's own class of transformers, trained on a few sentences.

The class is made once with no vocabulary, its own pipeline trains one, and the class is made again
with it, as it is made of the files of a real checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

POSITIONS = 64
SENTENCES = (
    "A man is playing a guitar.",
    "Two dogs run along the river, and a third one sleeps near the old house!",
    "The old man reads.",
    "  spaces before and after  ",
    "NOT very slowly",
    "x",
    "Women, children and birds: people of the small street hear the music and see four red books.",
    "a " * 200 + "dog",  # longer than the positions
    "狗在河边跑。",
    "ÉTÉ à la plage",
)
EMPTY = ("", " ")
"""Sentences of which only special tokens remain, or none."""

_CLS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_S = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
_LEFT = {"padding_side": "left"}


@dataclass(frozen=True)
class Family:
    """How to make one family's tokenizer.

    Attributes:
        kind: transformers' name of the class.
        model: `wordpiece`, `bpe` of bytes, `pieces` of BPE with bytes to fall back on, `unigram`.
        special: The first tokens of the vocabulary, in the family's order.
        ends: Special tokens around a sentence; None where the class puts its own.
        options: Arguments of the class.
    """

    kind: str
    model: str
    special: tuple[str, ...]
    ends: tuple[str, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)


_TEXT_END = ("<|endoftext|>",)
FAMILIES = {
    "BERT": Family("BertTokenizer", "wordpiece", _CLS),
    "BERT with case": Family("BertTokenizer", "wordpiece", _CLS, None, {"do_lower_case": False}),
    "DistilBERT": Family("DistilBertTokenizer", "wordpiece", _CLS),
    "ELECTRA": Family("ElectraTokenizer", "wordpiece", _CLS),
    "MPNet": Family("MPNetTokenizer", "wordpiece", ("<s>", "<pad>", "</s>", "[UNK]", "<mask>")),
    "RoBERTa": Family("RobertaTokenizer", "bpe", _S),
    "ModernBERT": Family(
        "PreTrainedTokenizerFast", "bpe", _CLS, ("[CLS]", "[SEP]"),
        {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
         "mask_token": "[MASK]", "model_input_names": ["input_ids", "attention_mask"]},
    ),
    "XLM-R": Family("XLMRobertaTokenizer", "unigram", _S),
    "ALBERT": Family("AlbertTokenizer", "unigram", ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")),
    "DeBERTa-v2": Family(
        "DebertaV2Tokenizer", "unigram", ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")
    ),
    "T5": Family("T5Tokenizer", "unigram", ("<pad>", "</s>", "<unk>")),
    "Llama": Family(
        "LlamaTokenizer", "pieces", ("<unk>", "<s>", "</s>"), ("<s>", ""),
        {"pad_token": "<unk>", **_LEFT},
    ),
    "Mistral": Family(
        "LlamaTokenizer", "pieces", ("<unk>", "<s>", "</s>"), ("<s>", "</s>"),
        {"pad_token": "</s>", **_LEFT},
    ),
    "Gemma": Family(
        "GemmaTokenizer", "pieces", ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>"),
        ("<bos>", "<eos>"),
    ),
    "Qwen2": Family("Qwen2Tokenizer", "bpe", _TEXT_END, ("", ""), _LEFT),
    # as Qwen3-Embedding: the token that is pooled comes from the post-processor
    "Qwen3": Family("Qwen2Tokenizer", "bpe", _TEXT_END, ("", "<|endoftext|>"), _LEFT),
}  # fmt: skip
"""The tokenizers, by the names of their families."""


def tiny_tokenizer(name: str) -> Any:
    """Return one family's tokenizer with a vocabulary of the sentences."""
    import transformers
    from tokenizers import Tokenizer, models

    family = FAMILIES[name]
    kind = getattr(transformers, family.kind)
    options = {"model_max_length": POSITIONS, **family.options}
    if kind is transformers.PreTrainedTokenizerFast:
        backend = _bytes_pipeline(Tokenizer(models.BPE()))
        backend.train_from_iterator(SENTENCES, _trainer(family))
        tokenizer = kind(tokenizer_object=backend, **options)
    else:
        trained = Tokenizer.from_str(kind(**options).backend_tokenizer.to_str())
        trained.train_from_iterator(SENTENCES, _trainer(family))
        model = json.loads(trained.to_str())["model"]
        if family.model == "unigram":
            options["vocab"] = [tuple(piece) for piece in model["vocab"]]
        else:
            options["vocab"] = model["vocab"]
        if "merges" in model:
            options["merges"] = [tuple(pair) for pair in model["merges"]]
        tokenizer = kind(**options)
    if family.ends is not None:
        tokenizer.backend_tokenizer.post_processor = _around(tokenizer, *family.ends)
    return tokenizer


def bytes_tokenizer(name: str, texts: Sequence[str], positions: int) -> Any:
    """Return a tokenizer of bytes that is trained on texts, with one family's special tokens.

    No two texts have the same tokens.
    """
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    family = FAMILIES[name]
    own = ("[CLS]", "[SEP]") if family.model == "wordpiece" else ("", "</s>")
    ends = family.ends or own
    pad = next((t for t in family.special if "pad" in t.lower()), family.special[0])
    backend = _bytes_pipeline(Tokenizer(models.BPE()))
    backend.train_from_iterator(texts, _trainer(replace(family, model="bpe"), 8000))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=positions,
        pad_token=pad,
        eos_token=ends[1] or family.special[-1],
    )
    tokenizer.backend_tokenizer.post_processor = _around(tokenizer, *ends)
    return tokenizer


def _bytes_pipeline(backend: Any) -> Any:
    from tokenizers import decoders, normalizers, pre_tokenizers

    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return backend


def _trainer(family: Family, vocabulary: int = 320) -> Any:
    from tokenizers import pre_tokenizers, trainers

    special = list(family.special)
    quiet = {"show_progress": False}
    if family.model == "wordpiece":
        return trainers.WordPieceTrainer(vocab_size=150, special_tokens=special, **quiet)
    if family.model == "unigram":
        unknown = next(token for token in special if "unk" in token.lower())
        return trainers.UnigramTrainer(
            vocab_size=120, special_tokens=special, unk_token=unknown, **quiet
        )
    if family.model == "pieces":
        return trainers.BpeTrainer(
            vocab_size=400, special_tokens=[*special, *_BYTES], max_token_length=6,
            limit_alphabet=60, **quiet,
        )  # fmt: skip
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=alphabet, **quiet
    )


def _around(tokenizer: Any, first: str, last: str) -> Any:
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(
        single=" ".join(part for part in (first, "$A", last) if part),
        special_tokens=[
            (name, tokenizer.convert_tokens_to_ids(name)) for name in (first, last) if name
        ],
    )
