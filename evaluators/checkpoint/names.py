"""Select the files of a checkpoint in a repository or folder by their names."""

from __future__ import annotations

import re

INDEX = "model.safetensors.index.json"
ROUTER = "router_config.json"
ADAPTER = "adapter_config.json"
PICKLED = "pytorch_model.bin"
PICKLED_INDEX = "pytorch_model.bin.index.json"

CONFIGURATION = (
    "config.json",
    "config_sentence_transformers.json",
    "modules.json",
    ROUTER,
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
VOCABULARY = (
    "added_tokens.json",
    "bpe.codes",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
)
# Folders of sentence-transformers' modules: 1_Pooling, 2_Dense, or 0_Transformer for the encoder;
# those of a Router are named after their route: document_0_Transformer.
_MODULE = r"\d+_\w+|[^/]*_Pooling|[^/]+_\d+_[A-Z]\w*"
MODULE_FOLDER = re.compile(_MODULE)
_FOLDER = re.compile(rf"(?:\d+_(?:Router|Asym)/)?(?:{_MODULE})")
# chat_template.jinja, and further templates by their names
_PATTERN = re.compile(r"[^/]+\.(?:safetensors|jinja)|sentence_[a-z-]+_config\.json")
_TEMPLATES = re.compile(r"(?:[^/]+/)*additional_chat_templates")


def is_identity(path: str) -> bool:
    """Return whether a file, by its path inside the checkpoint, is part of the digest.

    The digest covers exactly what scores depend on: weights, configuration and tokenizer, in the
    checkpoint itself and in the folders of its sentence-transformers modules.
    """
    folder, _, name = path.rpartition("/")
    known = name in CONFIGURATION or name in VOCABULARY or bool(_PATTERN.fullmatch(name))
    return known and _is_read(folder)


def is_needed(path: str) -> bool:
    """Return whether a file is read: part of the digest, a shards' index, or an adapter's mark.

    The index is not part of the digest, as `verify` requires that it matches the shards, and an
    adapter is refused.
    """
    folder, _, name = path.rpartition("/")
    return (name in (INDEX, ADAPTER) and _is_read(folder)) or is_identity(path)


def _is_read(folder: str) -> bool:
    return not folder or bool(_FOLDER.fullmatch(folder) or _TEMPLATES.fullmatch(folder))
