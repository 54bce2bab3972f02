"""Tiny checkpoints with random weights: every backbone, every recipe, saved by the real libraries.

The models are transformers' own classes, the recipes sentence-transformers' own modules, and the
tokenizers are each family's own class, trained on a few sentences (`tiny_tokenizers`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.evaluators.sts.tiny_tokenizers import POSITIONS, bytes_tokenizer, tiny_tokenizer

WIDTH, LAYERS = 32, 3
PROMPT = "query: "
CHAT = (
    "{%- for message in messages %}{{ message.role ~ ': ' ~ message.content | trim }}\n"
    "{% endfor %}a dog:"
)


@dataclass(frozen=True)
class Backbone:
    """How to make one architecture.

    Attributes:
        model: transformers' name of the model class.
        config: transformers' name of its configuration class.
        tokenizer: Name of the family's tokenizer, in `tiny_tokenizers`.
        sizes: Settings besides the common ones.
    """

    model: str
    config: str
    tokenizer: str
    sizes: dict[str, Any]


_BERT = {
    "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 4,
    "intermediate_size": 48, "max_position_embeddings": POSITIONS, "initializer_range": 0.1,
}  # fmt: skip
_ROBERTA = {**_BERT, "max_position_embeddings": POSITIONS + 2}  # positions begin after padding
_DECODER = {**_BERT, "num_key_value_heads": 2, "head_dim": 8}
_T5 = {"d_model": WIDTH, "d_kv": 8, "d_ff": 48, "num_layers": LAYERS, "num_heads": 4}
BACKBONES = {
    "BERT": Backbone("BertModel", "BertConfig", "BERT", _BERT),
    "RoBERTa": Backbone("RobertaModel", "RobertaConfig", "RoBERTa", _ROBERTA),
    "XLM-R": Backbone("XLMRobertaModel", "XLMRobertaConfig", "XLM-R", _ROBERTA),
    "MPNet": Backbone("MPNetModel", "MPNetConfig", "MPNet", _ROBERTA),
    "DistilBERT": Backbone(
        "DistilBertModel", "DistilBertConfig", "DistilBERT",
        {"dim": WIDTH, "n_layers": LAYERS, "n_heads": 4, "hidden_dim": 48,
         "max_position_embeddings": POSITIONS, "initializer_range": 0.1},
    ),
    "ALBERT": Backbone("AlbertModel", "AlbertConfig", "ALBERT", {**_BERT, "embedding_size": 16}),
    "ELECTRA": Backbone(
        "ElectraModel", "ElectraConfig", "ELECTRA", {**_BERT, "embedding_size": 16}
    ),
    "DeBERTa-v2": Backbone(
        "DebertaV2Model", "DebertaV2Config", "DeBERTa-v2",
        {**_BERT, "relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm",
         "share_att_key": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
    ),
    "NomicBert": Backbone("NomicBertModel", "NomicBertConfig", "BERT", _BERT),
    "ModernBERT": Backbone(
        "ModernBertModel", "ModernBertConfig", "ModernBERT",
        {**_BERT, "global_attn_every_n_layers": 2, "local_attention": 8},
    ),
    # RoFormer's own tokenizer needs a package; Chinese checkpoints of it have BERT's too.
    "RoFormer": Backbone("RoFormerModel", "RoFormerConfig", "BERT with case", _BERT),
    "T5 encoder": Backbone("T5EncoderModel", "T5Config", "T5", _T5),
    "T5": Backbone("T5Model", "T5Config", "T5", _T5),
    "Llama": Backbone("LlamaModel", "LlamaConfig", "Llama", _DECODER),
    "Qwen2": Backbone("Qwen2ForCausalLM", "Qwen2Config", "Qwen2", _DECODER),
    "Qwen3": Backbone("Qwen3ForCausalLM", "Qwen3Config", "Qwen3", _DECODER),
    "Gemma 3": Backbone(
        "Gemma3TextModel", "Gemma3TextConfig", "Gemma",
        {**_DECODER, "sliding_window": 8, "query_pre_attn_scalar": 8,
         "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
         "use_bidirectional_attention": True},
    ),
    "Mistral": Backbone(
        "MistralModel", "MistralConfig", "Mistral", {**_DECODER, "sliding_window": 8}
    ),
}  # fmt: skip
"""The architectures, by the names in the documentation."""


def save_backbone(
    name: str,
    folder: Path,
    *,
    texts: Sequence[str] = (),
    positions: int = POSITIONS,
    **sizes: Any,
) -> Path:
    """Save one architecture with its tokenizer.

    Args:
        name: Name of the architecture.
        folder: Where to save it.
        texts: Texts to train a tokenizer of bytes on, to which no two texts are the same; without
            any it is the architecture's, trained on a few sentences.
        positions: Number of tokens that a sentence is cut to.
        sizes: Further settings of the configuration.
    """
    import torch
    import transformers

    backbone = BACKBONES[name]
    kind = backbone.tokenizer
    fast = bytes_tokenizer(kind, texts, positions) if texts else tiny_tokenizer(kind)
    fast.save_pretrained(folder)
    config = getattr(transformers, backbone.config)(
        vocab_size=len(fast),
        pad_token_id=fast.pad_token_id,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        **{**backbone.sizes, **sizes},
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = getattr(transformers, backbone.model)(config)
        for parameter in model.parameters():  # biases and norms too, which begin at 0 and 1
            parameter.data += 0.05 * torch.randn_like(parameter)
        model.save_pretrained(folder)
    return folder


Modules = list[Any]


def _pooling(modes: Any = "mean", **options: Any) -> Callable[[], Modules]:
    def make() -> Modules:
        from sentence_transformers.sentence_transformer.modules import Pooling

        return [Pooling(WIDTH, modes, **options)]

    return make


def _after_mean(make: Callable[[Any, Any], Modules]) -> Callable[[], Modules]:
    """Return a recipe of a mean and what `make` builds of sentence-transformers' and torch's."""

    def build() -> Modules:
        from sentence_transformers.sentence_transformer import modules
        from torch import nn

        return [modules.Pooling(WIDTH, "mean"), *make(modules, nn)]

    return build


def _tokens_first() -> Modules:
    from sentence_transformers.sentence_transformer import modules

    return [
        modules.Dense(WIDTH, 24, module_input_name="token_embeddings"),
        modules.Normalize(module_input_name="token_embeddings"),
        modules.Pooling(24, "mean"),
    ]


def _weighted_layers() -> Modules:
    import torch
    from sentence_transformers.sentence_transformer import modules

    weights = torch.nn.Parameter(torch.tensor([0.5, 2.0, 1.0]))
    layers = modules.WeightedLayerPooling(
        WIDTH, num_hidden_layers=LAYERS, layer_start=1, layer_weights=weights
    )
    return [layers, modules.Pooling(WIDTH, "mean")]


@dataclass(frozen=True)
class TinyRecipe:
    """One recipe: its modules after the Transformer, and what the files and the job say besides.

    Attributes:
        modules: Makes the modules.
        model: Arguments of SentenceTransformer.
        sentence: Keys of `sentence_bert_config.json`.
        prompt: Prompt of the job.
        routed: Whether Transformer and modules are a route of a Router.
        chat: Chat template of the tokenizer.
    """

    modules: Callable[[], Modules]
    model: dict[str, Any] | None = None
    sentence: dict[str, Any] | None = None
    prompt: str = ""
    routed: bool = False
    chat: str = ""


RECIPES = {
    "cls": TinyRecipe(_pooling("cls")),
    "max": TinyRecipe(_pooling("max")),
    "mean": TinyRecipe(_pooling("mean")),
    "mean_sqrt_len_tokens": TinyRecipe(_pooling("mean_sqrt_len_tokens")),
    "weightedmean": TinyRecipe(_pooling("weightedmean")),
    "lasttoken": TinyRecipe(_pooling("lasttoken")),
    "all modes": TinyRecipe(
        _pooling(("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"))
    ),
    "prompt": TinyRecipe(_pooling("mean"), prompt=PROMPT),
    "prompt left out": TinyRecipe(
        _pooling(("cls", "max", "mean", "weightedmean", "lasttoken"), include_prompt=False),
        prompt=PROMPT,
    ),
    "length and case": TinyRecipe(
        _pooling("mean"),
        sentence={
            "max_seq_length": 9,
            "do_lower_case": True,
            "processor_kwargs": {"truncation_side": "left"},
        },
    ),
    "no special tokens": TinyRecipe(
        _pooling("mean"),
        sentence={
            "processing_kwargs": {
                "common": {"max_length": 12, "truncation_side": "left"},  # the side has no effect
                "text": {"add_special_tokens": False, "max_length": 15},
            }
        },
    ),
    "Normalize": TinyRecipe(_after_mean(lambda m, nn: [m.Normalize()])),
    "Dense": TinyRecipe(_after_mean(lambda m, nn: [m.Dense(WIDTH, 24), m.Normalize()])),
    "two Dense": TinyRecipe(
        _after_mean(
            lambda m, nn: [
                m.Dense(WIDTH, 96, bias=False, activation_function=nn.GELU()),
                m.Dense(96, 24, activation_function=nn.Identity()),
            ]
        )
    ),
    "residual Dense": TinyRecipe(
        _after_mean(
            lambda m, nn: [
                m.Dense(WIDTH, WIDTH, activation_function=nn.SiLU(), use_residual=True),
                m.Dense(WIDTH, 48, use_residual=True),
            ]
        )
    ),
    "Dense on tokens": TinyRecipe(_tokens_first),
    "LayerNorm": TinyRecipe(
        _after_mean(lambda m, nn: [m.Dropout(0.3), m.LayerNorm(WIDTH), m.Normalize()])
    ),
    "WeightedLayerPooling": TinyRecipe(_weighted_layers),
    "truncate_dim": TinyRecipe(
        _after_mean(lambda m, nn: [m.Normalize()]), model={"truncate_dim": 12}
    ),
    "Router": TinyRecipe(_pooling("mean"), routed=True),
    "chat template": TinyRecipe(_pooling("lasttoken"), prompt=PROMPT, chat=CHAT),
}
"""What follows the encoder, by the names in the documentation."""


def save_recipe(backbone: Path, recipe: TinyRecipe, folder: Path) -> Path:
    """Save a backbone with a recipe as sentence-transformers does."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Router, Transformer

    with torch.random.fork_rng():
        torch.manual_seed(1)
        after = recipe.modules()
        options = {}
        if any(type(module).__name__ == "WeightedLayerPooling" for module in after):
            options = {"config_kwargs": {"output_hidden_states": True}}
        template = backbone / "chat_template.jinja"
        if recipe.chat:
            template.write_text(recipe.chat, encoding="utf-8")
        modules = [Transformer(str(backbone), **options), *after]
        template.unlink(missing_ok=True)
        if recipe.routed:
            modules = [Router.for_query_document(_static_modules(), modules)]
        SentenceTransformer(modules=modules, device="cpu", **(recipe.model or {})).save(
            str(folder), create_model_card=False
        )
    if recipe.sentence:
        file = folder / "sentence_bert_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **recipe.sentence}))
    return folder


@dataclass(frozen=True)
class TinyTable:
    """One table of word vectors with what follows it."""

    modules: Callable[[Any, Any], Modules] = lambda m, nn: []
    model: dict[str, Any] | None = None
    prompt: str = ""
    truncation: int | None = None
    model2vec: bool = False


STATIC = {
    "alone": TinyTable(),
    "prompt": TinyTable(prompt=PROMPT),
    "Normalize": TinyTable(lambda m, nn: [m.Normalize()]),
    "Dense": TinyTable(lambda m, nn: [m.Dense(WIDTH, 24, activation_function=nn.ReLU())]),
    "truncate_dim": TinyTable(model={"truncate_dim": 8}),
    "cut by the tokenizer": TinyTable(truncation=5),
    "files of model2vec": TinyTable(lambda m, nn: [m.Normalize()], model2vec=True),
}
"""Tables of word vectors, by the names in the documentation."""


def save_static(name: str, folder: Path) -> Path:
    """Save a table of word vectors as sentence-transformers or model2vec do."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from torch import nn

    table = STATIC[name]
    with torch.random.fork_rng():
        torch.manual_seed(2)
        static = _static_modules()[0]
        if table.truncation:
            static.tokenizer.enable_truncation(table.truncation)
        SentenceTransformer(
            modules=[static, *table.modules(modules, nn)], device="cpu", **(table.model or {})
        ).save(str(folder), create_model_card=False)
        if table.model2vec:
            _save_model2vec(folder / "model.safetensors")
    return folder


def _save_model2vec(file: Path) -> None:
    """Replace the table by model2vec's: fewer rows, a row number and a weight for each token."""
    import torch
    from safetensors.torch import load_file, save_file

    rows = load_file(file)["embedding.weight"]
    state = {
        "embeddings": rows[:20].contiguous(),
        "mapping": torch.arange(len(rows)) % 20,
        "weights": torch.rand(len(rows)) + 0.5,
    }
    save_file(state, file)


def _static_modules() -> Modules:
    """Return a table of word vectors with a tokenizer of its own."""
    import torch
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    backend = tiny_tokenizer("BERT").backend_tokenizer
    rows = torch.randn(backend.get_vocab_size(), WIDTH)
    return [StaticEmbedding(backend, embedding_weights=rows)]
