"""A tiny BERT with random weights, saved as a real checkpoint: quick, and nothing is mocked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WORDS = (  # noqa: SIM905
    "a an the man woman child dog cat bird is are was playing reading eating running sleeping "
    "on in under near red blue green small big old young house street river music guitar book "
    "bread and not very slowly quickly two three four people with of to from sees hears likes "
    "query passage"
).split()
SENTENCES = tuple(
    " ".join(WORDS[(7 * i + j * (i % 5 + 1)) % len(WORDS)] for j in range(1 + i * 3 % 17))
    for i in range(40)
)


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Save a tiny BERT; keywords go to its configuration."""

    def make(*, pooler: bool = True, seed: int = 0, **config: Any) -> Path:
        import torch
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        folder = tmp_path_factory.mktemp("checkpoint")
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, ":", *"abcdefghijklmnopqrstuvwxyz"]
        vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
        )
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            model_max_length=64,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        ).save_pretrained(folder)
        sizes: dict[str, Any] = {
            "vocab_size": len(vocabulary),
            "hidden_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "intermediate_size": 48,
            "max_position_embeddings": 64,
            "initializer_range": 0.1,
        }
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            BertModel(BertConfig(**{**sizes, **config}), add_pooling_layer=pooler).save_pretrained(
                folder
            )
        return folder

    return make


@pytest.fixture(scope="session")
def checkpoint(make_checkpoint: Callable[..., Path]) -> Path:
    """A plain transformers checkpoint: no modules.json."""
    return make_checkpoint()


@pytest.fixture
def with_modules(make_checkpoint: Callable[..., Path]) -> Callable[..., Path]:
    """Turn a tiny BERT into a sentence-transformers checkpoint."""

    def make(
        pooling: dict[str, Any],
        *kinds: str,
        folder: Path | None = None,
        dense: dict[str, Any] | None = None,
        sentence_config: dict[str, Any] | None = None,
    ) -> Path:
        folder = folder or make_checkpoint()
        names = ["Transformer", "Pooling", *kinds]
        modules = [
            {
                "idx": i,
                "name": str(i),
                "path": "" if i == 0 else f"{i}_{kind}",
                "type": f"sentence_transformers.models.{kind}",
            }
            for i, kind in enumerate(names)
        ]
        (folder / "modules.json").write_text(json.dumps(modules))
        for module in modules[1:]:
            (folder / module["path"]).mkdir(exist_ok=True)
        (folder / "1_Pooling" / "config.json").write_text(
            json.dumps({"word_embedding_dimension": 32, **pooling})
        )
        if sentence_config is not None:
            (folder / "sentence_bert_config.json").write_text(json.dumps(sentence_config))
        if dense is not None:
            save_dense(folder / f"{names.index('Dense')}_Dense", dense)
        return folder

    return make


def save_dense(place: Path, config: dict[str, Any]) -> None:
    import torch
    from safetensors.torch import save_file

    rng = np.random.default_rng(3)
    shape = config["out_features"], config["in_features"]
    state = {"linear.weight": torch.from_numpy(rng.normal(size=shape).astype(np.float32))}
    if config.get("bias", True):
        state["linear.bias"] = torch.from_numpy(rng.normal(size=shape[0]).astype(np.float32))
    save_file(state, place / "model.safetensors")
    (place / "config.json").write_text(json.dumps(config))


@pytest.fixture
def sentences() -> tuple[str, ...]:
    """Sentences of 1 to 17 words, in no order of length."""
    return SENTENCES
