"""Tiny checkpoints with random weights: every backbone, every recipe, saved by the real libraries.

The models are transformers' own classes, the recipes sentence-transformers' own modules, and the
tokenizers are trained here on a few sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WIDTH, LAYERS, POSITIONS = 32, 3, 64
SENTENCES = (
    "A man is playing a guitar.",
    "Two dogs run along the river, and a third one sleeps near the old house!",
    "The old man reads.",
    "  spaces before and after  ",
    "NOT very slowly",
    "x",
    "Women, children and birds: people of the small street hear the music and see four red books.",
    "a " * 100 + "dog",  # longer than the positions
    "狗在河边跑。",
    "ÉTÉ à la plage",
)
PROMPT = "query: "


@dataclass(frozen=True)
class Backbone:
    """How to make one architecture.

    Attributes:
        model: transformers' name of the model class.
        config: transformers' name of its configuration class.
        tokenizer: `wordpiece`, `bpe` or `unigram`.
        ends: Special tokens before and after a sentence.
        sizes: Settings besides the common ones.
        padding_side: Side that the tokenizer pads on.
    """

    model: str
    config: str
    tokenizer: str
    ends: tuple[str, str]
    sizes: dict[str, Any]
    padding_side: str = "right"


_BERT = {
    "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 4,
    "intermediate_size": 48, "max_position_embeddings": POSITIONS, "initializer_range": 0.1,
}  # fmt: skip
_ROBERTA = {**_BERT, "max_position_embeddings": POSITIONS + 2}  # positions begin after padding
_DECODER = {**_BERT, "num_key_value_heads": 2, "head_dim": 8}
_CLS, _S, _EOS = ("[CLS]", "[SEP]"), ("<s>", "</s>"), ("", "</s>")
BACKBONES = {
    "BERT": Backbone("BertModel", "BertConfig", "wordpiece", _CLS, _BERT),
    "RoBERTa": Backbone("RobertaModel", "RobertaConfig", "bpe", _S, _ROBERTA),
    "XLM-R": Backbone("XLMRobertaModel", "XLMRobertaConfig", "unigram", _S, _ROBERTA),
    "MPNet": Backbone("MPNetModel", "MPNetConfig", "wordpiece", _S, _ROBERTA),
    "DistilBERT": Backbone(
        "DistilBertModel", "DistilBertConfig", "wordpiece", _CLS,
        {"dim": WIDTH, "n_layers": LAYERS, "n_heads": 4, "hidden_dim": 48,
         "max_position_embeddings": POSITIONS, "initializer_range": 0.1},
    ),
    "ALBERT": Backbone(
        "AlbertModel", "AlbertConfig", "unigram", _CLS, {**_BERT, "embedding_size": 16}
    ),
    "ELECTRA": Backbone(
        "ElectraModel", "ElectraConfig", "wordpiece", _CLS, {**_BERT, "embedding_size": 16}
    ),
    "DeBERTa-v2": Backbone(
        "DebertaV2Model", "DebertaV2Config", "unigram", _CLS,
        {**_BERT, "relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm",
         "share_att_key": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False},
    ),
    "NomicBert": Backbone("NomicBertModel", "NomicBertConfig", "wordpiece", _CLS, _BERT),
    "ModernBERT": Backbone(
        "ModernBertModel", "ModernBertConfig", "bpe", _CLS,
        {**_BERT, "global_attn_every_n_layers": 2, "local_attention": 8},
    ),
    "RoFormer": Backbone("RoFormerModel", "RoFormerConfig", "wordpiece", _CLS, _BERT),
    "T5 encoder": Backbone(
        "T5EncoderModel", "T5Config", "unigram", _EOS,
        {"d_model": WIDTH, "d_kv": 8, "d_ff": 48, "num_layers": LAYERS, "num_heads": 4},
    ),
    "T5": Backbone(
        "T5Model", "T5Config", "unigram", _EOS,
        {"d_model": WIDTH, "d_kv": 8, "d_ff": 48, "num_layers": LAYERS, "num_heads": 4},
    ),
    "Llama": Backbone("LlamaModel", "LlamaConfig", "bpe", ("<s>", ""), _DECODER, "left"),
    "Qwen2": Backbone("Qwen2ForCausalLM", "Qwen2Config", "bpe", ("", ""), _DECODER, "left"),
    "Qwen3": Backbone("Qwen3ForCausalLM", "Qwen3Config", "bpe", _EOS, _DECODER, "left"),
    "Gemma 3": Backbone(
        "Gemma3TextModel", "Gemma3TextConfig", "unigram", _S,
        {**_DECODER, "sliding_window": 8, "query_pre_attn_scalar": 8,
         "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
         "use_bidirectional_attention": True},
    ),
    "Mistral": Backbone(
        "MistralModel", "MistralConfig", "bpe", _S, {**_DECODER, "sliding_window": 8}, "left"
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
    fast = _tokenizer(backbone, positions, texts)
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


def _tokenizer(backbone: Backbone, positions: int = POSITIONS, texts: Sequence[str] = ()) -> Any:
    """Return a tokenizer trained on texts or the sentences, with the backbone's special tokens."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<unk>", "[CLS]", "[SEP]", "<s>", "</s>", "<mask>"]
    kind = "bpe" if texts else backbone.tokenizer
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer: Any = trainers.WordPieceTrainer(vocab_size=150, special_tokens=special)
    elif kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=8000 if texts else 320,
            special_tokens=special,
            initial_alphabet=alphabet,
            show_progress=False,
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    trainer.show_progress = False
    tokenizer.train_from_iterator(texts or SENTENCES, trainer)
    tokenizer.post_processor = _ends(tokenizer, *backbone.ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=positions,  # RoBERTa's table has two rows that no token has
        padding_side=backbone.padding_side,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="[CLS]",
        sep_token="[SEP]",
        bos_token="<s>",
        eos_token="</s>",
        mask_token="<mask>",
    )


def _ends(tokenizer: Any, first: str, last: str) -> Any:
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(
        single=" ".join(part for part in (first, "$A", last) if part),
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (first, last) if name],
    )


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
    """

    modules: Callable[[], Modules]
    model: dict[str, Any] | None = None
    sentence: dict[str, Any] | None = None
    prompt: str = ""
    routed: bool = False


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
        _pooling("mean"), sentence={"max_seq_length": 9, "do_lower_case": True}
    ),
    "no special tokens": TinyRecipe(
        _pooling("mean"),
        sentence={"processing_kwargs": {"text": {"add_special_tokens": False, "max_length": 12}}},
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
        modules = [Transformer(str(backbone), **options), *after]
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

    backend = _tokenizer(BACKBONES["BERT"]).backend_tokenizer
    rows = torch.randn(backend.get_vocab_size(), WIDTH)
    return [StaticEmbedding(backend, embedding_weights=rows)]
