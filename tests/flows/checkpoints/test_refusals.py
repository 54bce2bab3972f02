"""Every kind of broken or hostile checkpoint, the words it is refused with, and what they name."""

from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest

from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError
from flows.checkpoints import pull
from tests.flows.checkpoints.conftest import checkpoint_files, weights

INDEX = "model.safetensors.index.json"
ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
WHOLE = weights()


def shards(mapping, **files):
    """Return changes that replace the weights by two shards and an index."""
    index = json.dumps({"weight_map": mapping}).encode()
    first, second = weights(a=np.ones(3, "f4")), weights(b=np.ones(3, "f4"))
    return {"model.safetensors": None, ONE: first, TWO: second, INDEX: index, **files}


def header(entries, data=b""):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


NAN = np.array([0, 1, np.nan, 3], "f4")
FINE = {"a": ONE, "b": TWO}

# What is wrong; the changes to the files (None removes one); what the message must say, always
# with the name of the file first.
TABLE = [
    # configuration
    ("no config", {"config.json": None}, "config.json is missing", "Point the source"),
    ("empty config", {"config.json": b""}, "config.json is not JSON", "Pull the checkpoint again"),
    ("cut config", {"config.json": b'{"a": 1'}, "config.json is not JSON", "truncated"),
    ("config is a list", {"config.json": b"[]"}, "config.json does not hold a JSON object", "Pull"),
    ("config is no text", {"config.json": b"\xff\xfe"}, "config.json is not JSON", "Pull"),
    ("deep config", {"config.json": b"[" * 200_000}, "config.json is not JSON", "Pull"),
    ("cut tokenizer", {"tokenizer.json": b'{"version'}, "tokenizer.json is not JSON", "truncated"),
    ("no tokenizer", {"tokenizer.json": None, "vocab.txt": None}, "has no tokenizer", "vocab.txt"),
    ("cut pooling", {"1_Pooling/config.json": b"{"}, "1_Pooling/config.json is not JSON", "Pull"),
    ("modules is no list", {"modules.json": b"{}"}, "modules.json is not a list", "Pull"),
    (
        "a template that is none",
        {"chat_template.jinja": b"x" * 1_000_001},
        "chat_template.jinja must have at most 1,000,000 bytes, got 1,000,001",
        "not a chat template",
    ),
    # remote code
    (
        "auto_map in config",
        {"config.json": b'{"auto_map": {"AutoModel": "evil.Model"}}'},
        "config.json asks to run code",
        "remote code is refused",
    ),
    (
        "auto_map deep in config",
        {"config.json": b'{"text": [{"auto_map": {"AutoModel": "evil.Model"}}]}'},
        "config.json asks to run code",
        "remote code is refused",
    ),
    (
        "auto_map in tokenizer_config",
        {"tokenizer_config.json": b'{"auto_map": {"AutoTokenizer": ["evil.T", null]}}'},
        "tokenizer_config.json asks to run code",
        "remote code is refused",
    ),
    (
        "foreign module",
        {"modules.json": b'[{"path": "", "type": "custom_st.Transformer"}]'},
        "modules.json asks to run code",
        "custom_st.Transformer",
    ),
    (
        "trust_remote_code",
        {"sentence_bert_config.json": b'{"model_args": {"trust_remote_code": true}}'},
        "sentence_bert_config.json asks to run code",
        "trust_remote_code",
    ),
    # names that lead out
    (
        "module above",
        {"modules.json": b'[{"path": "../x", "type": "sentence_transformers.models.Pooling"}]'},
        "modules.json names the file '../x'",
        "outside the checkpoint",
    ),
    (
        "module of odd name",
        {"modules.json": b'[{"path": "other", "type": "sentence_transformers.models.Pooling"}]'},
        "modules.json names the folder 'other'",
        "1_Pooling",
    ),
    ("shard above", shards({"a": f"../{ONE}"}), f"{INDEX} names the file '../{ONE}'", "refused"),
    ("absolute shard", shards({"a": "/etc/passwd"}), f"{INDEX} names the file", "/etc/passwd"),
    ("drive shard", shards({"a": "C:x.safetensors"}), f"{INDEX} names the file", "refused"),
    ("backslash shard", shards({"a": "..\\x"}), f"{INDEX} names the file", "refused"),
    # shards
    ("missing shard", shards(FINE, **{TWO: None}), f"{TWO} is missing", INDEX),
    ("shard of another", shards({"a": ONE, "b": ONE}), "and the shards disagree, on 1", INDEX),
    ("unlisted tensor", shards({"a": ONE}), f"{TWO} is not named by {INDEX}", "Delete"),
    ("index of nothing", shards({}, **{INDEX: b"{}"}), f"{INDEX} has no weight_map", "Pull"),
    ("index is not JSON", shards({}, **{INDEX: b"{"}), f"{INDEX} is not JSON", "truncated"),
    ("no index", shards(FINE, **{INDEX: None}), f"neither model.safetensors nor {INDEX}", ONE),
    # weights
    (
        "no weights",
        {"model.safetensors": None, "pytorch_model.bin": None},
        "has no weights",
        "model.safetensors is missing",
    ),
    ("pickled weights", {"model.safetensors": None}, "pytorch_model.bin", "safe"),
    (
        "pickled checkpoint",
        {
            "model.safetensors": None,
            "pytorch_model.bin": None,
            "last.ckpt": b"x",
            "optimizer.pt": b"",
        },
        "last.ckpt: these weights are pickled",
        "rankcheck checkpoints convert",
    ),
    ("empty weights", {"model.safetensors": b""}, "model.safetensors is truncated", "has 0"),
    ("7 bytes", {"model.safetensors": WHOLE[:7]}, "model.safetensors is truncated", "has 7"),
    ("cut header", {"model.safetensors": WHOLE[:40]}, "model.safetensors is truncated", "has 40"),
    ("cut data", {"model.safetensors": WHOLE[:-1]}, "model.safetensors is truncated", "end at"),
    ("a byte more", {"model.safetensors": WHOLE + b"x"}, "is truncated or damaged", "end at"),
    ("giant header", {"model.safetensors": b"\xff" * 99}, "is truncated or damaged", "announced"),
    ("header is not JSON", {"model.safetensors": header(b"{{{{")}, "no table of tensors", "Delete"),
    ("header is a list", {"model.safetensors": header(b"[1]")}, "no table of tensors", "Delete"),
    ("html", {"model.safetensors": b"<!DOCTYPE html><title>Sign in</title>"}, "damaged", "Delete"),
    (
        "hole",
        {"model.safetensors": header({"a": tensor(offsets=(4, 12))}, b"x" * 12)},
        "safetensors says",
        "Delete",
    ),
    (
        "overlap",
        {"model.safetensors": header({"a": tensor(), "b": tensor(offsets=(4, 12))}, b"x" * 12)},
        "safetensors says",
        "Delete",
    ),
    (
        "shape against bytes",
        {"model.safetensors": header({"a": tensor(shape=(3,))}, b"x" * 8)},
        "safetensors says",
        "Delete",
    ),
    (
        "unknown dtype",
        {"model.safetensors": header({"a": tensor(dtype="X9")}, b"x" * 8)},
        "safetensors says",
        "Delete",
    ),
    (
        "a key twice",
        {"config.json": b'{"model_type": "bert", "hidden_size": 4, "hidden_size": 8}'},
        "config.json has the key 'hidden_size' twice in one object",
        "delete the wrong one",
    ),
    (
        "a tokenizer of eight million words",
        {"tokenizer.json": b" " * 64_000_001},
        "tokenizer.json must have at most 4,000,500 bytes for weights of 1 rows, got 64,000,001",
        "different checkpoints",
    ),
    (
        "NaN",
        {"model.safetensors": weights(good=np.ones(3, "f4"), bad=NAN)},
        "tensor bad (F32) holds NaN or infinity, first at element 2 of 4",
        "earlier checkpoint",
    ),
    (
        "infinity in half precision",
        {"model.safetensors": weights(bad=np.array([np.inf], "f2"))},
        "tensor bad (F16) holds NaN or infinity",
        "element 0 of 1",
    ),
    (
        "NaN in the second shard",
        shards(FINE, **{TWO: weights(b=NAN)}),
        f"{TWO}: tensor b (F32) holds NaN",
        "element 2",
    ),
]


@pytest.mark.parametrize(
    ("changes", "says", "also"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_refused_with_these_words_and_never_recorded(folder, root, changes, says, also):
    for path, content in changes.items():
        if content is None:
            (folder / path).unlink(missing_ok=True)
        else:
            (folder / path).write_bytes(content)
    for attempt in (lambda: verify(folder), lambda: pull("bad", f"file://{folder}", root=root)):
        with pytest.raises(CheckpointError) as error:
            attempt()
        assert says in str(error.value)
        assert also in str(error.value)
    assert not list(root.rglob("*.json"))


def test_the_untouched_one_and_its_shards_are_accepted(folder):
    verify(folder)
    for path, content in shards(FINE).items():
        (folder / path).unlink() if content is None else (folder / path).write_bytes(content)
    verify(folder)


@pytest.mark.parametrize("path", ["config.json", "model.safetensors", "1_Pooling"])
def test_links_out_of_the_folder_are_refused(folder, tmp_path, path):
    (folder / path).rename(tmp_path / "elsewhere")
    (folder / path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CheckpointError, match=r"is a link to .*elsewhere"):
        verify(folder)


def test_links_inside_the_folder_and_to_the_hubs_own_blobs_are_fine(tmp_path, folder):
    home = tmp_path / "models--org--name"
    snapshot = home / "snapshots" / ("a" * 40)
    for number, (path, content) in enumerate(checkpoint_files().items()):
        blob = home / "blobs" / str(number)
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
        (snapshot / path).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / path).symlink_to(os.path.relpath(blob, (snapshot / path).parent))
    verify(snapshot)
    (folder / "vocab.txt").rename(folder / "words")
    (folder / "vocab.txt").symlink_to("words")
    verify(folder)


def test_other_weights_than_asked_for_are_refused_with_both_hashes(folder):
    with pytest.raises(CheckpointError, match=f"weights_sha256 says {'0' * 64}"):
        verify(folder, weights_sha256="0" * 64)


def test_a_pipe_for_weights_does_not_hang(folder):
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="pickled"):
        verify(folder)


def test_no_folder_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="there is no such folder"):
        verify(tmp_path / "missing")
