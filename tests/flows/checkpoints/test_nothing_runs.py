"""A checkpoint that tries everything to have its code run; the mark it would leave stays absent."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError
from flows.checkpoints import pull
from tests.flows.checkpoints.conftest import checkpoint_files, write_files


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def evil_files(mark: Path, *, safetensors: bool, auto_map: bool) -> dict[str, bytes]:
    """Return a checkpoint with a pickle and Python files that leave the mark."""
    files = checkpoint_files()
    code = f"open({str(mark)!r}, 'w')\n".encode()
    for name in ("modeling_evil.py", "__init__.py", "conftest.py", "setup.py", "sitecustomize.py"):
        files[name] = code
    payload = pickle.dumps(Evil(mark))
    files |= {"pytorch_model.bin": payload, "1_Pooling/pytorch_model.bin": payload}
    files |= {"tokenizer.pkl": payload, "training_args.bin": payload}
    if not safetensors:
        del files["model.safetensors"]
    if auto_map:
        config = {"model_type": "bert", "auto_map": {"AutoModel": "modeling_evil.EvilModel"}}
        files["config.json"] = json.dumps(config).encode()
    return files


def test_the_mark_would_be_left_if_it_were_unpickled(tmp_path):
    pickle.loads(pickle.dumps(Evil(tmp_path / "mark")))  # noqa: S301  # shows that the bait works
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize("scheme", ["file", "hf"])
@pytest.mark.parametrize(
    ("safetensors", "auto_map"), [(False, False), (False, True), (True, True), (True, False)]
)
def test_nothing_is_run(hub, root, tmp_path, scheme, safetensors, auto_map):
    mark = tmp_path / "mark"
    files = evil_files(mark, safetensors=safetensors, auto_map=auto_map)
    folder = write_files(tmp_path / "evil", files)
    hub.model("org/evil").commit(files)
    source = f"file://{folder}" if scheme == "file" else "hf://org/evil"
    if safetensors and not auto_map:
        assert pull("evil", source, root=root).digest
    else:
        with pytest.raises(CheckpointError, match=r"pickled|remote code"):
            pull("evil", source, root=root)
        with pytest.raises(CheckpointError):
            verify(folder)
    assert not mark.exists()


def test_a_safetensors_file_that_is_a_pickle_is_not_unpickled(folder, root, tmp_path):
    mark = tmp_path / "mark"
    (folder / "model.safetensors").write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(CheckpointError, match="truncated or damaged"):
        pull("evil", f"file://{folder}", root=root)
    assert not mark.exists()


def test_pulling_from_inside_the_evil_folder_runs_nothing_either(tmp_path, root):
    mark = tmp_path / "mark"
    folder = write_files(tmp_path / "evil", evil_files(mark, safetensors=True, auto_map=False))
    code = (
        "import pathlib, sys; from flows.checkpoints import pull;"
        "print(pull('evil', 'file://' + sys.argv[1], root=pathlib.Path(sys.argv[2])).digest)"
    )
    # -P: the current folder is no place to import from, as for the installed command.
    command = [sys.executable, "-P", "-c", code, str(folder), str(root)]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) == 64
    assert not mark.exists()
