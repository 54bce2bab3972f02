"""`small-bert://` and `rankcheck checkpoints make-small-bert`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluators.errors import CheckpointError, DatasetError
from evaluators.names import UnknownNameError
from evaluators.small_bert.make import Size
from flows.checkpoints import list_checkpoints, pull
from flows.checkpoints.keep import prune
from flows.checkpoints.source import small_bert_of
from flows.cli import cli

SMALL = "small-bert://1x16?heads=2&positions=32"


def test_it_is_made_when_it_is_first_asked_for_and_found_after(tmp_path: Path) -> None:
    first = pull("mine", SMALL, root=tmp_path)
    stamp = (first.folder / "model.safetensors").stat().st_mtime_ns
    again = pull("mine", SMALL, root=tmp_path)
    assert (again.digest, again.folder) == (first.digest, first.folder)
    assert (first.folder / "model.safetensors").stat().st_mtime_ns == stamp
    other = pull("other", f"{SMALL}&seed=1", root=tmp_path)
    assert other.digest != first.digest
    kept = list_checkpoints(tmp_path)
    assert {one.source for one in kept} == {SMALL, f"{SMALL}&seed=1"}
    assert all(one.complete for one in kept)
    assert len(prune(tmp_path, max_gb=0.0).removed) == 2
    assert pull("mine", SMALL, root=tmp_path).digest == first.digest, "made anew, the same"


def test_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    first = pull("mine", SMALL, root=tmp_path)
    (first.folder / "model.safetensors").write_bytes(b"cut")
    assert pull("mine", SMALL, root=tmp_path).digest == first.digest


def test_sizes_are_read() -> None:
    assert small_bert_of("4x256?seed=3").size == Size(4, 256, 4, 512, 3)
    assert small_bert_of("2x32") == (Size(2, 32, 1, 512, 0), "", 1000)
    assert small_bert_of("2x32?pretrain=zh&steps=20") == (Size(2, 32, 1, 512, 0), "zh", 20)


@pytest.mark.parametrize(
    "bad",
    [
        *("4-256", "4x256?seed=", "4x256?seed=-1", "0x256", "4x250?heads=4", "4x256?seed=x"),
        *("4x256?pretrain=", "4x256?steps=5", "4x256?pretrain=zh&steps=0"),
    ],
)
def test_what_is_no_size_is_refused(bad: str) -> None:
    with pytest.raises(CheckpointError):
        small_bert_of(bad)


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'seed'"):
        small_bert_of("4x256?sed=1")


def test_the_command_makes_one_and_warms_it(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("天地玄黄宇宙洪荒\n" * 40, encoding="utf-8")
    small = ["--layers", "1", "--hidden", "16", "--heads", "2", "--positions", "128"]
    command = ["checkpoints", "make-small-bert", str(tmp_path / "bert"), *small]
    done = CliRunner().invoke(cli, [*command, "--pretrain", str(text), "--steps", "2"])
    assert done.exit_code == 0, done.output
    assert f"source     file://{tmp_path}/bert" in done.output
    got = pull("made", f"file://{tmp_path}/bert", root=tmp_path / "root")
    assert got.folder == tmp_path / "bert"


def test_a_plan_warms_one_on_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKCHECK_CORPORA", str(tmp_path))
    text = tmp_path / "words.txt"
    text.write_text("天地玄黄宇宙洪荒\n" * 40, encoding="utf-8")
    small = "small-bert://1x16?heads=2&positions=128"
    warm = f"{small}&pretrain=words&steps=2"
    random = pull("cold", small, root=tmp_path / "root")
    warmed = pull("warm", warm, root=tmp_path / "root")
    assert warmed.digest != random.digest
    assert pull("again", warm, root=tmp_path / "other").digest == warmed.digest
    assert pull("longer", f"{small}&pretrain=words&steps=3", root=tmp_path / "root").digest not in (
        random.digest,
        warmed.digest,
    )
    with pytest.raises(DatasetError, match="unknown corpus 'word': did you mean 'words'"):
        pull("none", f"{small}&pretrain=word", root=tmp_path / "root")
