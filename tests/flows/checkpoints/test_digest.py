"""The identity is the content, exactly as written down, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from evaluators.checkpoint.files import (
    checkpoint_digest,
    entries,
    identity_files,
    stamp_files,
    weights_sha256_of,
)
from tests.flows.checkpoints.conftest import (
    MINILM_WEIGHTS,
    NEEDED,
    checkpoint_files,
    weights,
    write_files,
)


def by_hand(folder, paths):
    pairs = [[p, hashlib.sha256((folder / p).read_bytes()).hexdigest()] for p in sorted(paths)]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def test_of_a_small_checkpoint_it_is_what_the_design_says(folder):
    assert {p.relative_to(folder).as_posix() for p in identity_files(folder)} == NEEDED
    assert checkpoint_digest(folder) == by_hand(folder, NEEDED)


def test_of_minilm_it_is_what_the_design_says(minilm):
    paths = [
        *("1_Pooling/config.json", "config.json", "config_sentence_transformers.json"),
        *("model.safetensors", "modules.json", "sentence_bert_config.json", "tokenizer.json"),
        *("special_tokens_map.json", "tokenizer_config.json", "vocab.txt"),
    ]
    assert checkpoint_digest(minilm) == by_hand(minilm, paths)
    assert weights_sha256_of(entries(stamp_files(minilm))) == MINILM_WEIGHTS


@pytest.mark.parametrize("path", sorted(NEEDED))
def test_one_byte_of_any_needed_file_changes_it(folder, path):
    before = checkpoint_digest(folder)
    content = bytearray((folder / path).read_bytes())
    content[-1] ^= 1
    (folder / path).write_bytes(bytes(content))
    assert checkpoint_digest(folder) != before


@pytest.mark.parametrize("path", [*sorted(set(checkpoint_files()) - NEEDED), "new.txt"])
def test_other_files_do_not_change_it(folder, path):
    before = checkpoint_digest(folder)
    (folder / path).write_bytes(b"something else")
    assert checkpoint_digest(folder) == before


@pytest.mark.parametrize("path", ["2_Dense/model.safetensors", "2_Dense/config.json", "merges.txt"])
def test_what_scores_depend_on_is_part_of_it(folder, path):
    before = checkpoint_digest(folder)
    write_files(folder, {path: b"{}"})
    assert checkpoint_digest(folder) != before


def test_unchanged_files_are_not_read_again(folder, monkeypatch):
    for path in folder.rglob("*"):
        os.utime(path, (1e9, 1e9))
    stamps = {p: s._replace(hashed_ns=s.hashed_ns + 10**10) for p, s in stamp_files(folder).items()}
    monkeypatch.setattr("evaluators.checkpoint.files._sha256", None)  # reading would fail
    assert stamp_files(folder, known=stamps) == stamps


def test_a_file_changed_in_the_tick_it_was_hashed_in_is_read_again(folder):
    stamps = stamp_files(folder)
    path = folder / "vocab.txt"
    state = path.stat()
    path.write_bytes(b"[UNK]\n[PAD]\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    lying = {**stamps, "vocab.txt": stamps["vocab.txt"]._replace(ctime_ns=path.stat().st_ctime_ns)}
    assert stamp_files(folder, known=lying)["vocab.txt"].sha256 != stamps["vocab.txt"].sha256


def test_a_file_put_back_with_its_old_date_is_read_again(folder):
    stamps = {p: s._replace(hashed_ns=s.hashed_ns + 10**10) for p, s in stamp_files(folder).items()}
    path = folder / "vocab.txt"
    state = path.stat()
    path.write_bytes(b"[UNK]\n[PAD]\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert stamp_files(folder, known=stamps)["vocab.txt"].sha256 != stamps["vocab.txt"].sha256


def test_sharded_weights_have_one_hash_over_their_hashes(folder):
    (folder / "model.safetensors").unlink()
    for number in (1, 2):
        (folder / f"model-0000{number}-of-00002.safetensors").write_bytes(weights(number))
    hashes = [hashlib.sha256(weights(number)).hexdigest() for number in (1, 2)]
    expected = hashlib.sha256(json.dumps(hashes, separators=(",", ":")).encode()).hexdigest()
    assert weights_sha256_of(entries(stamp_files(folder))) == expected
