"""Bundled sample, then each mirror in its order, then the hub."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from evaluators.errors import DatasetError
from evaluators.tasks import find
from flows.inputs.pairs import load_task
from flows.inputs.places import locate
from tests.flows.inputs.conftest import ROWS

OTHER = [("x", "y", 1.0), ("u", "v", 2.0)]


def test_the_first_mirror_that_has_the_split_wins(mirror, task):
    first, second = mirror(OTHER, name="first"), mirror(ROWS, name="second")
    assert len(load_task(task, mirrors=[first, second])) == 2
    assert len(load_task(task, mirrors=[second, first])) == 3
    mirror(ROWS, name="first", split="train")
    assert len(load_task(task, split="train", mirrors=[second, first])) == 3


def test_a_mirror_under_the_former_name_is_found_after_the_present_one(mirror, task):
    folder = mirror(OTHER, repository="old/tiny")
    assert len(load_task(task, mirrors=[folder])) == 2
    mirror(ROWS, repository="org/tiny")
    assert len(load_task(task, mirrors=[folder])) == 3


def test_the_configuration_is_a_folder(mirror, task):
    folder = mirror(ROWS)
    assert locate(replace(task, config="zh"), "test", [folder]).kind == "hub"


@pytest.mark.parametrize("name", ["SampleEN", "SampleZH"])
def test_the_samples_ship_with_the_project_and_no_mirror_replaces_them(mirror, name):
    task = find(name)
    data = load_task(task, mirrors=[mirror(ROWS, repository=task.hub_id)])
    assert len(data) == task.pairs
    assert len({*data.first, *data.second}) == 2 * len(data)
    assert data.subsets is not None
    assert len(set(data.subsets)) >= 8
    with pytest.raises(DatasetError, match="has only the split 'test', not 'train'"):
        load_task(task, split="train")


def test_a_lost_sample_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.inputs.places.SAMPLES", tmp_path)
    with pytest.raises(DatasetError, match=r"sample-en\.tsv is missing.*restore it"):
        load_task(find("SampleEN"))


def test_a_mirror_that_is_no_folder_is_not_passed_over_in_silence(tmp_path, task):
    with pytest.raises(DatasetError, match=r"missing is not a folder: correct RANKCHECK_DATA"):
        load_task(task, mirrors=[tmp_path / "missing"])


@pytest.mark.parametrize("split", ["../test", "test[:10]", "a/b", ".hidden", "test+train"])
def test_a_split_is_a_name_and_no_path_or_query(mirror, task, split):
    with pytest.raises(DatasetError, match="is not a split name of Tiny"):
        load_task(task, split=split, mirrors=[mirror()])


def test_importing_is_light_and_reading_a_mirror_needs_no_hub_library(mirror):
    folder = mirror(ROWS, repository="mteb/sts12-sts")
    code = f"""
import sys, pathlib
heavy = ("pyarrow", "pandas", "numpy", "datasets", "huggingface_hub", "torch")
import flows.inputs.pairs, flows.inputs.known_digests, flows.inputs.check, flows.inputs.hub
print([m for m in heavy if m in sys.modules])
from evaluators.tasks import find
flows.inputs.pairs.load_task(find("STS12"), mirrors=[pathlib.Path({str(folder)!r})])
print([m for m in heavy if m in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["[]", "['pyarrow', 'numpy']"]
