"""Pickles made by torch become the same tensors in safetensors; others are refused unread."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import re
import subprocess
import sys
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors import safe_open
from safetensors.torch import load_file

from evaluators.checkpoint import child_locks
from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError
from flows.checkpoints import pickle_child
from flows.checkpoints.convert import NOTE, convert
from flows.commands.checkpoints import command
from tests.flows.checkpoints.conftest import checkpoint_files, write_files

BIN, INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"
DTYPES = ("float32", "float16", "bfloat16", "float64", "int64", "uint8", "bool", "float8_e5m2")


def a_state() -> OrderedDict[str, torch.Tensor]:
    """Return tensors of every kind of layout and dtype that checkpoints have."""
    draw = torch.Generator().manual_seed(0)
    big = torch.randn(6, 4, generator=draw)
    state = OrderedDict({f"a.{dtype}": (8 * big).to(getattr(torch, dtype)) for dtype in DTYPES})
    state["transposed"] = torch.randn(3, 5, generator=draw).T
    state["part"], state["scalar"], state["empty"] = big[1:3], torch.tensor(2.5), torch.zeros(0, 3)
    state["parameter"] = torch.nn.Parameter(torch.randn(2, generator=draw))
    state["bits"] = torch.tensor([0x7F7FFFFF, 0x00000001, -0x80000000], dtype=torch.int32).view(
        torch.float32
    )  # the largest, the smallest and minus zero
    return state


def pickled_folder(folder: Path, content: bytes | None = None, **files: bytes) -> Path:
    made = {p: c for p, c in checkpoint_files().items() if p not in ("model.safetensors", BIN)}
    if content is not None:
        made[BIN] = content
    return write_files(folder, {**made, **files})


def saved(state: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer, **options)
    return buffer.getvalue()


def same_bits(actual: torch.Tensor, expected: torch.Tensor) -> bool:
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return False
    first, second = (t.detach().contiguous().reshape(-1) for t in (actual, expected))
    return torch.equal(first.view(torch.uint8), second.view(torch.uint8))


@pytest.mark.parametrize("zipped", [True, False])
def test_every_tensor_keeps_its_dtype_and_bits(tmp_path, zipped):
    state = a_state()
    if not zipped:  # the older format is older than this dtype
        del state["a.float8_e5m2"]
    content = saved(state, _use_new_zipfile_serialization=zipped)
    folder = pickled_folder(tmp_path / "old", content, README__md=b"")
    converted = convert(str(folder), tmp_path / "new")
    tensors = load_file(tmp_path / "new" / "model.safetensors")
    assert tensors.keys() == state.keys()
    assert [name for name in state if not same_bits(tensors[name], state[name])] == []
    assert (converted.tensors, converted.unlocked) == (len(state), ())
    assert converted.pickles == {BIN: hashlib.sha256(content).hexdigest()}
    note = json.loads((tmp_path / "new" / NOTE).read_text())
    assert note["sha256"] == dict(converted.pickles)
    assert (tmp_path / "new" / "vocab.txt").read_bytes() == (folder / "vocab.txt").read_bytes()
    assert not list(tmp_path.glob("new/**/*.bin"))


def test_a_real_models_pickle_loads_to_the_same_model_with_tied_weights_named_once(tmp_path):
    from transformers import AutoModel, BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=30,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    model = BertForMaskedLM(config)
    folder = pickled_folder(tmp_path / "old", saved(model.state_dict()))
    config.architectures = ["BertForMaskedLM"]
    config.save_pretrained(folder)
    model.save_pretrained(tmp_path / "by-transformers")
    converted = convert(f"file://{folder}", tmp_path / "new")
    own = load_file(tmp_path / "new" / "model.safetensors")
    theirs = load_file(tmp_path / "by-transformers" / "model.safetensors")
    assert own.keys() == theirs.keys()
    assert all(same_bits(own[name], theirs[name]) for name in own)
    word = "bert.embeddings.word_embeddings.weight"
    assert converted.tied["cls.predictions.decoder.weight"] == word
    with safe_open(tmp_path / "new" / "model.safetensors", "pt") as file:
        assert file.metadata()["format"] == "pt"
    loaded = AutoModel.from_pretrained(tmp_path / "new", add_pooling_layer=False)
    assert all(
        same_bits(v, own["bert." + k]) for k, v in loaded.state_dict().items() if "weight" in k
    )


def test_a_t5_keeps_the_name_that_its_encoder_reads(tmp_path):
    from transformers import T5Config, T5EncoderModel, T5ForConditionalGeneration

    config = T5Config(vocab_size=20, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    model = T5ForConditionalGeneration(config)
    folder = pickled_folder(tmp_path / "old", saved(model.state_dict()))
    config.architectures = ["T5ForConditionalGeneration"]
    config.save_pretrained(folder)
    converted = convert(str(folder), tmp_path / "new")
    assert set(converted.tied.values()) == {"shared.weight"}
    _, info = T5EncoderModel.from_pretrained(tmp_path / "new", output_loading_info=True)
    assert not info["missing_keys"]


def test_shards_and_modules_are_converted_and_verified(tmp_path):
    state = a_state()
    names = sorted(state)
    halves = [dict.fromkeys(names[:7]), dict.fromkeys(names[7:])]
    folder = pickled_folder(tmp_path / "old")
    mapping = {}
    for number, half in enumerate(halves, start=1):
        shard = f"pytorch_model-0000{number}-of-00002.bin"
        (folder / shard).write_bytes(saved({name: state[name] for name in half}))
        mapping |= dict.fromkeys(half, shard)
    (folder / INDEX).write_text(json.dumps({"weight_map": mapping}))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / BIN).write_bytes(saved({"linear.weight": state["part"]}))
    converted = convert(str(folder), tmp_path / "new")
    verify(tmp_path / "new")
    assert len(converted.pickles) == 3
    index = json.loads((tmp_path / "new" / "model.safetensors.index.json").read_text())
    assert index["weight_map"][names[0]] == "model-00001-of-00002.safetensors"
    assert index["weight_map"].keys() == state.keys()
    dense = load_file(tmp_path / "new" / "2_Dense" / "model.safetensors")
    assert same_bits(dense["linear.weight"], state["part"])


def test_a_repository_is_downloaded_verified_and_its_commit_noted(hub, tmp_path):
    content = saved(a_state())
    files = {p: c for p, c in checkpoint_files().items() if p != "model.safetensors"} | {
        BIN: content
    }
    repo = hub.model("org/pickled")
    commit = repo.commit({**files, "pytorch_model.fp16.bin": b"another variant"})
    done = CliRunner().invoke(
        command, ["convert", "hf://org/pickled", str(tmp_path / "new")], catch_exceptions=False
    )
    assert f"source     file://{tmp_path / 'new'}" in done.output
    note = json.loads((tmp_path / "new" / NOTE).read_text())
    assert (note["resolved_revision"], note["requested_revision"]) == (commit, "main")
    assert note["sha256"] == {BIN: hashlib.sha256(content).hexdigest()}
    assert not list((tmp_path / "new").glob("*.bin"))
    assert not any("fp16" in request.path for request in hub.requests)
    repo.claimed[BIN] = "0" * 64
    with pytest.raises(CheckpointError, match="arrived twice with bytes other than the hub states"):
        convert("hf://org/pickled", tmp_path / "other")
    assert not (tmp_path / "other").exists()


class Evil:
    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


def archive(pickled: bytes, records: dict[str, bytes], compression=zipfile.ZIP_STORED) -> bytes:
    """Return an archive as torch writes it, around a hand-made pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/version", b"3\n")
        file.writestr("archive/byteorder", b"little")
        for name, content in records.items():
            file.writestr(f"archive/data/{name}", content)
    return buffer.getvalue()


STORAGE = object()


class _Claim(pickle.Pickler):
    """Pickles a tensor whose storage claims more elements than its record has."""

    def __init__(self, file: io.BytesIO, elements: int) -> None:
        super().__init__(file, protocol=2)
        self.elements = elements

    def persistent_id(self, value: object) -> object:
        if value is STORAGE:
            return ("storage", torch.FloatStorage, "0", "cpu", self.elements)
        return None


def claim(elements: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    rebuilt = Evil(torch._utils._rebuild_tensor_v2, STORAGE, 0, size, stride, False, OrderedDict())
    _Claim(file, elements).dump({"a": rebuilt})
    return archive(file.getvalue(), {"0": b"\0" * 16})


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name in ("storages", "tensors", "pickle"):
            file.addfile(tarfile.TarInfo(name), io.BytesIO())
    return buffer.getvalue()


GOOD = saved({"a": torch.zeros(64)})
HOSTILE = {
    "os.system in torch's zip": (
        lambda mark: saved({"a": Evil(os.system, f"touch {mark}")}),
        "it asks for posix.system, which is not part of a tensor; nothing was run",
    ),
    "os.system in a bare pickle": (
        lambda mark: pickle.dumps(Evil(os.system, f"touch {mark}")),
        "not torch's",
    ),
    "os.system in the older format": (
        lambda mark: saved(
            {"a": Evil(os.system, f"touch {mark}")}, _use_new_zipfile_serialization=False
        ),
        "it asks for posix.system",
    ),
    "a path that is opened": (
        lambda mark: saved({"a": Evil(Path.touch, mark)}),
        "it asks for getattr",
    ),
    "eval": (
        lambda mark: saved({"a": Evil(eval, f"open({str(mark)!r}, 'w')")}),
        "it asks for eval",
    ),
    "a zip bomb": (
        lambda mark: archive(b"", {"0": b"\0" * 50_000_000}, zipfile.ZIP_DEFLATED),
        "compressed records, which torch never writes",
    ),
    "a storage of 4 GB in 16 bytes": (lambda mark: claim(10**9, (10**9,), (1,)), "claims|damaged"),
    "a storage a little too large": (lambda mark: claim(5, (5,), (1,)), "claims 20 bytes"),
    "an expanded tensor": (
        lambda mark: claim(4, (10**6, 10**6), (0, 0)),
        "have 4000000000000 bytes, more than the whole file",
    ),
    "a claim in the older format": (
        lambda mark: saved({"a": torch.zeros(64)}, _use_new_zipfile_serialization=False).replace(
            b"K@Nt", b"J\0\xca\x9a;Nt"
        ),
        "claims more memory|damaged",
    ),
    "a truncated zip": (lambda mark: GOOD[:-200], "truncated or damaged"),
    "a truncated older file": (
        lambda mark: saved({"a": torch.zeros(64)}, _use_new_zipfile_serialization=False)[:-100],
        "truncated, damaged",
    ),
    "an empty file": (lambda mark: b"", "truncated, damaged"),
    "the tar format": (lambda mark: tar(), "tar format of torch before 0.4"),
    "something beside tensors": (lambda mark: saved({"a": torch.zeros(2), "epoch": 3}), "is a int"),
    "a state inside": (
        lambda mark: saved({"state_dict": {"a": torch.zeros(2)}}),
        "'state_dict' is a dict, and only tensors by name are converted",
    ),
    "a list": (lambda mark: saved([torch.zeros(2)]), "holds a list, not tensors by name"),
    "a number as name": (lambda mark: saved({3: torch.zeros(2)}), "3 is not the name"),
    "nothing": (lambda mark: saved({}), "holds no tensors"),
    "a sparse tensor": (
        lambda mark: saved({"a": torch.eye(3).to_sparse()}),
        "is not a plain dense tensor",
    ),
    "a tensor without values": (
        lambda mark: saved({"a": torch.zeros(2, device="meta")}),
        "is not a plain dense tensor",
    ),
    "NaN": (lambda mark: saved({"a": torch.tensor([1, torch.nan])}), "holds NaN or infinity"),
}


LIMITED = ("a storage of 4 GB in 16 bytes", "a claim in the older format")  # refused by a limit
THROUGH_THE_CHILD = (*LIMITED, "os.system in torch's zip", "NaN")


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in (*LIMITED, "NaN")])
def test_is_refused_by_name_and_nothing_is_run(tmp_path, name):
    make, says = HOSTILE[name]
    mark, file = tmp_path / "mark", tmp_path / BIN
    file.write_bytes(make(mark))
    request = {"files": [(str(file), "x.safetensors")], "out": str(tmp_path), "tied": []}
    answer = pickle_child.answer(request)
    assert re.search(says, answer["refused"])
    assert "weights_only=False" not in answer["refused"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [BIN]


@pytest.mark.parametrize("name", THROUGH_THE_CHILD)
def test_the_child_refuses_and_no_folder_is_left(tmp_path, name):
    make, says = HOSTILE[name]
    folder = pickled_folder(tmp_path / "old", make(tmp_path / "mark"))
    with pytest.raises(CheckpointError, match=says):
        convert(str(folder), tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]


def test_what_cannot_be_converted_is_said_before_anything_is_read(tmp_path):
    ready = write_files(tmp_path / "ready", checkpoint_files())
    other = pickled_folder(tmp_path / "other", **{"model.ckpt": b"x"})
    code = b'{"auto_map": {"A": "b.C"}}'
    evil = pickled_folder(tmp_path / "evil", GOOD, **{"config.json": code})
    lacking = pickled_folder(
        tmp_path / "lacking", **{INDEX: b'{"weight_map": {"a": "pytorch_model-1-of-1.bin"}}'}
    )
    outside = pickled_folder(
        tmp_path / "out", **{INDEX: b'{"weight_map": {"a": "../pytorch_model.bin"}}'}
    )
    for folder, says in (
        (ready, "has safetensors already"),
        (other, r"has model\.ckpt, but neither pytorch_model\.bin"),
        (evil, "remote code is refused"),
        (lacking, "is missing, though"),
        (outside, "is not a shard"),
        (tmp_path / "nowhere", "there is no such folder"),
    ):
        with pytest.raises(CheckpointError, match=says):
            convert(str(folder), tmp_path / "new")
    with pytest.raises(CheckpointError, match="must not exist yet"):
        convert(str(evil), ready)
    with pytest.raises(CheckpointError, match="must be a folder"):
        convert("memory://bucket/x", tmp_path / "new")
    assert not (tmp_path / "new").exists()


ATTEMPTS = """
import importlib.util, json, pathlib, socket, subprocess, sys
spec = importlib.util.spec_from_file_location("locks", sys.argv[1])
locks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(locks)
out, secret, port = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
unlocked = locks.lock(["/usr", "/lib", "/lib64", "/proc", sys.prefix, sys.base_prefix], str(out))
unlocked += locks.limit(memory=1 << 28, seconds=60, file_bytes=1000)
attempts = {
    "write inside": lambda: (out / "x").write_bytes(b"x"),
    "write much": lambda: (out / "y").write_bytes(b"x" * 2000),
    "write outside": lambda: (out.parent / "z").write_bytes(b"x"),
    "read": secret.read_bytes,
    "program": lambda: subprocess.run(["/bin/true"], check=True),
    "network": lambda: socket.create_connection(("127.0.0.1", port), timeout=2),
    "memory": lambda: bytearray(1 << 29),
}
ended = {}
for name, attempt in attempts.items():
    try:
        attempt()
        ended[name] = "allowed"
    except Exception as error:
        ended[name] = type(error).__name__
print(json.dumps([unlocked, ended]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the locks are Linux's")
def test_the_locked_process_can_only_write_small_files_inside(hub, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "secret").write_text("s")
    port = hub.endpoint.rpartition(":")[2]
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-c", ATTEMPTS, child_locks.__file__),
            *(str(tmp_path / "out"), str(tmp_path / "secret"), port),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    unlocked, ended = json.loads(done.stdout)
    if unlocked:
        pytest.skip(f"this kernel cannot lock {unlocked}")
    assert ended == {
        "write inside": "allowed",
        "write much": "OSError",
        "write outside": "PermissionError",
        "read": "PermissionError",
        "program": "PermissionError",
        "network": "PermissionError",
        "memory": "MemoryError",
    }
