"""Read what a checkpoint says of its sentences: length, case, prompts, truncation of vectors.

`sentence_bert_config.json` (and its earlier names) belongs to the Transformer module,
`config_sentence_transformers.json` to the whole model. Keys that leave `encode` of
sentence-transformers 6 as it is are read over; others must be understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.checkpoint.json_files import read_object
from evaluators.checkpoint.prompts import NAME, read_prompts
from evaluators.errors import CheckpointError
from evaluators.sts.chat import ChatSettings, read_chat
from evaluators.sts.step_files import validate_keys
from evaluators.sts.steps import TOKENS

_FAMILIES = ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
_EARLIER = {
    "model_args": "model_kwargs",
    "tokenizer_args": "processor_kwargs",
    "config_args": "config_kwargs",
}
# Retrieval of queries and documents, and layout in memory: neither is part of scoring pairs.
_NO_EFFECT = {"unpad_inputs", "query_length", "document_length", "query_expansion"}
_KEYS = {
    "transformer_task",
    "modality_config",
    "module_output_name",
    "processing_kwargs",
    "max_seq_length",
    "do_lower_case",
    "tokenizer_name_or_path",
    *_EARLIER,
    *_EARLIER.values(),
    *_NO_EFFECT,
}
# The dtype is the job's, and masks make the side and amount of padding irrelevant.
_MODEL_NO_EFFECT = {
    "dtype",
    "torch_dtype",
    "attn_implementation",
    "device_map",
    "add_pooling_layer",
}
_PROCESSOR_NO_EFFECT = {"padding_side", "use_fast", "fix_mistral_regex"}
_PADDING = {"padding", "padding_side", "pad_to_multiple_of", "return_tensors"}


@dataclass(frozen=True)
class SentenceSettings:
    """How sentences become tokens.

    Attributes:
        max_length: Number of tokens that a sentence is cut to; None where nothing is declared.
        lower_case: Whether sentences are lowercased before they are tokenised.
        special_tokens: Whether the tokenizer adds its special tokens.
        truncation_side: `left`, `right`, or None for the tokenizer's own.
        all_layers: Whether the configuration asks for the states of all layers.
        chat: How a sentence becomes a message of a chat; None where it stays a text.
        problem: Reason why sentence-transformers would do something else, or None.
    """

    max_length: int | None = None
    lower_case: bool = False
    special_tokens: bool = True
    truncation_side: str | None = None
    all_layers: bool = False
    chat: ChatSettings | None = None
    problem: str | None = None


@dataclass(frozen=True)
class ModelSettings:
    """What the configuration of the whole model declares.

    Attributes:
        default_prompt: Prompt that is put before sentences by default, or None.
        truncate_dim: Number of leading dimensions of the vector that are kept, or None for all.
        similarity: Similarity of two vectors; scores here are always of cosines.
        problem: Reason why the model is not one of sentence vectors, or None.
    """

    default_prompt: str | None = None
    truncate_dim: int | None = None
    similarity: str | None = None
    problem: str | None = None


def read_sentence_settings(encoder: Path) -> SentenceSettings:
    """Read the configuration of a Transformer module.

    Raises:
        CheckpointError: A file is not a JSON object.
    """
    files = (encoder / f"sentence_{family}_config.json" for family in _FAMILIES)
    file = next((each for each in files if each.is_file() and read_object(each)), None)
    config = read_object(file) if file else {}
    config = {_EARLIER.get(key, key): value for key, value in config.items()}
    loading = config.get("config_kwargs") or {}
    saved = read_object(encoder / "config.json")
    all_layers = loading.get("output_hidden_states", saved.get("output_hidden_states"))
    limit, lower = config.get("max_seq_length"), bool(config.get("do_lower_case", False))
    if file is None:
        return SentenceSettings(all_layers=bool(all_layers))
    processor = config.get("processor_kwargs") or {}
    call = config.get("processing_kwargs") or {}
    texts = {**(call.get("text") or {}), **(call.get("common") or {})}
    chat = None
    try:
        if "message" in (config.get("modality_config") or {}):
            chat, texts = read_chat(file, config["modality_config"]["message"], call)
        _validate(file, config, processor, texts)
    except CheckpointError as error:
        return SentenceSettings(limit, lower, problem=str(error))
    return SentenceSettings(
        max_length=texts.get("max_length", processor.get("model_max_length", limit)),
        lower_case=lower,
        special_tokens=texts.get("add_special_tokens", True),
        truncation_side=processor.get("truncation_side"),
        all_layers=bool(all_layers),
        chat=chat,
    )


def read_model_settings(folder: Path) -> ModelSettings:
    """Read `config_sentence_transformers.json`; keys that the library ignores are ignored.

    Raises:
        CheckpointError: The file is not a JSON object.
    """
    file = folder / NAME
    config = read_object(file)
    dimensions, kind = config.get("truncate_dim"), config.get("model_type", "SentenceTransformer")
    prompt, problem = "", None
    try:
        _, prompt = read_prompts(folder)
    except CheckpointError as error:
        problem = str(error)
    if kind != "SentenceTransformer":
        problem = f"{file}: the model_type {kind!r} gives no sentence vectors"
    elif dimensions is not None and not (type(dimensions) is int and dimensions > 0):
        problem = f"{file}: truncate_dim must be a positive number, got {dimensions!r}"
    similarity = config.get("similarity_fn_name")
    return ModelSettings(prompt or None, dimensions, similarity, problem)


def _validate(
    file: Path, config: Mapping[str, Any], processor: Mapping[str, Any], texts: Mapping[str, Any]
) -> None:
    """Validate that nothing in a Transformer's configuration has an effect that is not known."""
    validate_keys(file, config, _KEYS)
    task = config.get("transformer_task", "feature-extraction")
    if task != "feature-extraction":
        raise CheckpointError(f"{file}: the transformer_task {task!r} gives no sentence vectors")
    _validate_text(file, config)
    if config.get("tokenizer_name_or_path"):
        raise CheckpointError(f"{file} takes the tokenizer of another checkpoint")
    for key, known in (
        ("model_kwargs", _MODEL_NO_EFFECT),
        ("config_kwargs", {"use_cache", "output_hidden_states"}),
        ("processor_kwargs", {"model_max_length", "truncation_side", *_PROCESSOR_NO_EFFECT}),
    ):
        # never run, whatever it says
        validate_keys(file, config.get(key) or {}, known | {"trust_remote_code"})
    known = {"common", "text", "audio", "image", "video", "chat_template"}
    validate_keys(file, config.get("processing_kwargs") or {}, known)
    # transformers 5 takes the side of the tokenizer, whatever its call says
    known = {"max_length", "add_special_tokens", "truncation", "truncation_side", *_PADDING}
    validate_keys(file, texts, known)
    if texts.get("truncation", True) not in (True, "longest_first"):
        raise CheckpointError(
            f"{file}: truncation must be longest_first, got {texts['truncation']!r}"
        )


def _validate_text(file: Path, config: Mapping[str, Any]) -> None:
    """Validate that a text becomes the last layer's token vectors, by a plain forward pass."""
    modalities = config.get("modality_config")
    if modalities is None:
        return
    text = modalities.get("message") or modalities.get("text") or {}
    method, output = text.get("method"), text.get("method_output_name")
    output = output[0] if isinstance(output, list) and len(output) == 1 else output
    feature = config.get("module_output_name")
    if (method, output, feature) != ("forward", "last_hidden_state", TOKENS):
        raise CheckpointError(
            f"{file}: the text of a sentence must become token_embeddings by forward and"
            f" last_hidden_state, got {feature} by {method} and {output}"
        )
