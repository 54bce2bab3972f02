"""A BERT made from nothing: its vocabulary, its bytes, and what warming does to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from evaluators.checkpoint.load import load_encoder
from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError, DatasetError, TrainingError
from evaluators.small_bert.make import Size, make_small_bert
from evaluators.small_bert.pretrain import Course, pretrain_small_bert
from evaluators.small_bert.vocabulary import SPECIAL, pieces

TINY = Size(layers=1, hidden=16, heads=2, positions=32)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_vocabulary_is_two_standards_first_levels() -> None:
    known = pieces()
    assert len(known) == len(set(known))
    assert known[: len(SPECIAL)] == SPECIAL
    chinese = {piece for piece in known if len(piece) == 1 and "一" <= piece <= "鿿"}
    simplified = {
        bytes((lead, trail)).decode("gb2312")
        for lead in range(0xB0, 0xD7)
        for trail in range(0xA1, 0xFF)
    }
    assert simplified <= chinese
    assert set("的一是不了人我在有他這國為說學") <= chinese
    assert 3755 + 2000 < len(chinese) < 3755 + 5401, "the two levels overlap"
    assert {"a", "##a", "9", "##9", "，", "。", "《", "!"} <= set(known)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    make_small_bert(tmp_path / "a", TINY)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    make_small_bert(tmp_path / "b", TINY)
    make_small_bert(tmp_path / "c", Size(layers=1, hidden=16, heads=2, positions=32, seed=1))
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


def test_it_is_a_checkpoint_like_any_other(tmp_path: Path) -> None:
    make_small_bert(tmp_path / "a", TINY)
    verify(tmp_path / "a")
    loaded = load_encoder(tmp_path / "a", device="cpu")
    assert loaded.max_positions == 32
    tokens = loaded.tokenizer("你好 iPhone", "再見")
    said = loaded.tokenizer.convert_ids_to_tokens(tokens["input_ids"])
    assert said == [
        "[CLS]",
        "你",
        "好",
        "i",
        "##p",
        "##h",
        "##o",
        "##n",
        "##e",
        "[SEP]",
        "再",
        "見",
        "[SEP]",
    ]
    assert tokens["token_type_ids"] == [0] * 10 + [1] * 3


def test_warming_lowers_the_loss_and_is_the_same_each_time(tmp_path: Path) -> None:
    lines = ["天地玄黄宇宙洪荒日月盈昃辰宿列张"] * 20
    course = Course(steps=60, sequences=8, length=32, rate=3e-3)
    for name in "ab":
        make_small_bert(tmp_path / name, TINY)
        fresh = _bytes(tmp_path / name)["model.safetensors"]
        losses = pretrain_small_bert(tmp_path / name, lines, course)
        assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
        assert _bytes(tmp_path / name)["model.safetensors"] != fresh
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    load_encoder(tmp_path / "a", device="cpu")


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    make_small_bert(tmp_path / "a", TINY)
    with pytest.raises(CheckpointError, match="not empty"):
        make_small_bert(tmp_path / "a", TINY)
    with pytest.raises(DatasetError, match="tokens, got 4"):
        pretrain_small_bert(tmp_path / "a", ["天地玄"], Course(steps=1))
    with pytest.raises(TrainingError, match="steps must be at least 1, got 0"):
        Course(steps=0)
    for bad in ({"layers": 0}, {"hidden": 7}, {"hidden": 10**6}, {"heads": 3}, {"positions": 1}):
        with pytest.raises(CheckpointError):
            Size(**bad)
