"""Read which model a result file is about, and how it was run."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.importers._draft import as_dict, as_number

PLAIN = "no chat template"


@dataclass(frozen=True)
class Evaluated:
    """The model as evaluated, as far as the file states it.

    Attributes:
        model: Its name or path; empty if nothing is stated.
        named: Whether that says who it is: a path or a backend does not.
        on: The model below an adapter, empty without one.
        revision: Branch, tag or step; empty for the main one.
        subfolder: Folder of the repository that holds it, empty for the top.
        commit: The commit that the revision was then.
        dtype: Precision that was asked for, empty where the default was.
        loaded: Precision that the weights were loaded in.
        quantised: How it was quantised, empty if it was not.
        prompt: How questions were put: with or without a chat template, system instruction.
        arguments: All other arguments of the model and of its generation.
        parameters: How many parameters it has; None where not stated.
    """

    model: str
    named: bool
    on: str
    revision: str
    subfolder: str
    commit: str
    dtype: str
    loaded: str
    quantised: str
    prompt: str
    arguments: Mapping[str, str]
    parameters: float | None = None


_ADAPTERS = ("peft", "delta")
_NAMES = ("pretrained", "model", "path", "engine", "model_name", "load")
_UNSET = {"", "none", "null", "false", "auto", "default"}
_SHORT = {"half": "float16", "fp16": "float16", "bf16": "bfloat16", "float": "float32"}
_QUANTISED = ("quantization", "quantization_config", "autogptq", "gptqmodel", "gguf_file")


def evaluated_of(content: Mapping[str, Any]) -> Evaluated:
    """Return the model that a file is about, and how it was run."""
    config = as_dict(content.get("config"))
    general = as_dict(content.get("config_general"))  # lighteval's
    general = as_dict(general.get("model_config")) | general
    arguments = _arguments(config.get("gen_kwargs")) | _arguments(config.get("model_args"))

    def pop(*keys: str) -> str:
        """Return the first argument that is set; a key that is null is not."""
        values = [arguments.pop(key, "") for key in keys]
        return next((value for value in values if value.casefold() not in _UNSET), "")

    adapter, named = pop(*_ADAPTERS), pop(*_NAMES)
    top = str(content.get("model_name") or general.get("model_name") or "").strip()
    if names_nobody(top) or (adapter and top == named):
        top = adapter or named or top or str(config.get("model") or "").strip()
    model, commit = _of_cache(top)
    step = pop("iteration")
    revision = pop("revision") or (f"step{step}" if step else "")
    revision = revision or str(config.get("model_revision") or general.get("revision") or "")
    sha = config.get("model_sha") or content.get("model_sha") or general.get("model_sha")
    bits = [name for name in ("8bit", "4bit") if _is_on(pop(f"load_in_{name}"))]
    kinds = [(key, value) for key in _QUANTISED if (value := pop(key))]
    bits += [key if _is_on(value) else value for key, value in kinds]
    return Evaluated(
        model=clean_path(model),
        named=not names_nobody(model) and not is_path(model),
        on=clean_path(named) if adapter and clean_path(named) != clean_path(model) else "",
        revision="" if revision in ("main", "None") else revision,
        subfolder=pop("subfolder"),
        commit=commit or str(sha or ""),
        dtype=_dtype(pop("dtype")),
        loaded=_dtype(config.get("model_dtype") or general.get("model_dtype") or ""),
        quantised=" ".join(bits),
        prompt=_prompt(content, general),
        arguments=arguments,
        parameters=as_number(config.get("model_num_parameters")),
    )


def _arguments(stated: object) -> dict[str, str]:
    if isinstance(stated, dict):
        pairs = [(str(key), value) for key, value in stated.items()]
        simple = [(k, v) for k, v in pairs if isinstance(v, (str, int, float)) and v is not None]
        return {key: str(value).strip() for key, value in simple}
    parts = re.split(r",(?=\s*[A-Za-z_]\w*=)", str(stated or ""))
    split = (part.partition("=") for part in parts if "=" in part)
    return {key.strip(): value.strip() for key, _, value in split}


def _is_on(value: str) -> bool:
    return value.casefold() in ("true", "1", "yes")


def _dtype(value: object) -> str:
    name = str(value).removeprefix("torch.")
    return "" if name.casefold() in _UNSET else _SHORT.get(name, name)


def _prompt(content: Mapping[str, Any], general: Mapping[str, Any]) -> str:
    """Return how questions were put, in words; the digest tells two templates apart."""
    template = _digest(content, "chat_template")
    if not template and general.get("use_chat_template") is True:
        template = "of the model"
    parts = [f"chat template {template}" if template else PLAIN]
    if template and content.get("fewshot_as_multiturn") is True:
        parts.append("examples as turns")
    if instruction := _digest(content, "system_instruction"):
        parts.append(f"system instruction {instruction}")
    return ", ".join(parts)


def _digest(content: Mapping[str, Any], key: str) -> str:
    text = content.get(key)
    if isinstance(sha := content.get(f"{key}_sha"), str) and sha:
        return sha[:8]
    if not isinstance(text, str) or not text:
        return ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


_NOBODY = _UNSET | {
    *("hf", "hf-causal", "hf-causal-experimental", "hf-seq2seq", "hf-auto", "hf-multimodal"),
    *("huggingface", "neox", "gpt-neox", "megatron", "megatron_lm", "nemo_lm", "vllm", "vllm-vlm"),
    *("sglang", "openai", "openai-completions", "openai-chat-completions", "anthropic", "gguf"),
    *("local-completions", "local-chat-completions", "anthropic-chat", "ggml", "deepsparse"),
    *("mamba_ssm", "openvino", "neuronx", "ipex", "optimum", "tgi", "accelerate", "transformers"),
    *("model", "models", "nan", "unknown", "n/a", "checkpoint", "pretrained", "peft"),
}
"""Values that are backends of the harness or say nothing: many models share each of them."""


def names_nobody(name: str) -> bool:
    """Return whether a name is empty, or of what runs models instead of a model."""
    return name.strip().casefold() in _NOBODY


def is_path(name: str) -> bool:
    """Return whether a name is a place on somebody's disk."""
    return bool(re.match(r"[/~\\.]|[A-Za-z]:[\\/]|[^/]+/[^/]+/.", name)) and "://" not in name


def clean_path(name: str) -> str:
    """Return a path without what does not change where it leads: `//`, `/./`, a trailing `/`."""
    if "://" in name or not re.search(r"[/\\]", name):
        return name.strip()
    windows = re.match(r"[A-Za-z]:\\|\\|\.\\", name)
    plain = re.sub("/+", "/", name.strip().replace("\\", "/") if windows else name.strip())
    return posixpath.normpath(plain)


def _of_cache(name: str) -> tuple[str, str]:
    """Return the repository and commit of a path in the cache of the Hugging Face hub."""
    match = re.search(r"models--([^/]+?)--([^/]+)/snapshots/([0-9a-f]{40})", name)
    return (f"{match[1]}/{match[2]}", match[3]) if match else (name, "")
