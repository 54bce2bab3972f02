from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.errors import PlanError
from flows.plans.plan import read_plan

ROOT = Path(__file__).parents[3]

GOOD = """\
name: test
checkpoints:
  - name: mini
    source: file:///somewhere
evaluations:
  - evaluator: sts
    tasks: [SampleEN]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("plan", sorted((ROOT / "plans").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_plan_of_the_project_is_valid(plan: Path) -> None:
    assert read_plan(plan).name == plan.stem


def test_defaults(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, GOOD))
    assert plan.rerun == "missing"
    assert plan.canary.task == "SampleEN"
    assert plan.evaluations[0].request.poolings == ("native",)


BAD = {
    "unknown top key": (GOOD + "evaluation: []\n", 8, "did you mean 'evaluations'"),
    "unknown checkpoint key": (GOOD.replace("source:", "sorce:"), 4, "did you mean 'source'"),
    "unknown scheme": (GOOD.replace("file://", "htp://"), 4, "did you mean 'http'"),
    "a relative path": (GOOD.replace("file:///", "file://"), 4, "absolute path"),
    "a path out of a package": (
        GOOD.replace("file:///somewhere", "package://module/../../etc"),
        4,
        "package://module/../../etc",
    ),
    "no scheme": (GOOD.replace("file:///somewhere", "mini"), 4, "hf://"),
    "unknown evaluator": (GOOD.replace("evaluator: sts", "evaluator: stss"), 6, "'sts'"),
    "unknown task": (GOOD.replace("SampleEN", "SampelEN"), 7, "did you mean 'SampleEN'"),
    "unknown evaluator key": (GOOD + "    pooling: [cls]\n", 8, "did you mean 'poolings'"),
    "unknown pooling": (GOOD + "    poolings: [native, clss]\n", 8, "did you mean 'cls'"),
    "unknown whitening": (GOOD + "    whitening: [targe]\n", 8, "did you mean 'target'"),
    "unknown dtype": (GOOD + "    dtype: int8\n", 8, "float32"),
    "wrong type": (GOOD + "    seed: many\n", 8, "integer"),
    "no tasks": (GOOD.replace("[SampleEN]", "[]"), 7, "add at least one"),
    "bad rerun": ("rerun: sometimes\n" + GOOD, 1, "known are missing, always"),
    "bad age": ("rerun: {older-than: soon}\n" + GOOD, 1, "30d"),
    "no checkpoints": ("name: x\ncheckpoints: []\n", 2, "add at least one"),
    "one task without brackets": (GOOD.replace("[SampleEN]", "SampleEN"), 6, "tasks: [SampleEN]"),
    "no poolings": (GOOD + "    poolings: []\n", 8, "poolings: must not be empty"),
    "a negative length": (GOOD + "    max_length: -3\n", 8, "must be at least 1, got -3"),
    "an unknown board": (GOOD + "leaderboards: [superglu]\n", 8, "did you mean 'superglue'"),
    "a list as a key": (GOOD + "? [a, b]\n: c\n", 8, "a key must be a word"),
    "a huge age": ("rerun: {older-than: never}\n" + GOOD, 1, "30d"),
    "two of one name": (
        GOOD.replace("evaluations:", "  - name: mini\n    source: file:///b\nevaluations:"),
        1,
        "two checkpoints are named 'mini'",
    ),
    "evaluation of an unknown checkpoint": (
        GOOD + "    checkpoints: [mimi]\n",
        8,
        "did you mean 'mini'",
    ),
    "bad sha": (GOOD.replace("source:", "weights_sha256: abc\n    source:"), 4, "pattern"),
    "key given twice": (GOOD + "    tasks: [SampleZH]\n", 8, "is a duplicate"),
    "a layer on a disk": (
        GOOD.replace("evaluations:", "    device_map: [cuda:0, disk]\nevaluations:"),
        5,
        "device_map must be auto, or name GPUs (cuda:0) and cpu, got 'disk'",
    ),
    "a device_map where it has no effect": (
        GOOD.replace("evaluations:", "    device_map: auto\nevaluations:").replace(
            "evaluator: sts\n    tasks: [SampleEN]", "evaluator: clue\n    tasks: [tnews]"
        ),
        1,
        "evaluator clue loads a checkpoint onto one device, and mini has a device_map",
    ),
    "nested deeply": (GOOD + f"leaderboards: {'[' * 100_000}\n", 8, "deeper than 50 levels"),
    "too many values": (GOOD + f"leaderboards: [{'a,' * 60_000}]\n", 8, "more than 50,000 values"),
    "aliases of aliases": (
        "a: &a0 [x]\n" + "".join(f"b{i}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(40)),
        16,
        "its aliases stand for more than 50,000 values",
    ),
    "an alias of itself": ("name: &a [*a]\n", 1, "an alias stands for a value that holds it"),
    "path in a name": (GOOD.replace("mini", "../mini"), 3, "pattern"),
    "no mapping": ("- a\n", 1, "mapping"),
    "no YAML": ("name: [\n", 2, "YAML"),
    "empty": ("", 1, "mapping"),
}


@pytest.mark.parametrize(("text", "line", "says"), BAD.values(), ids=BAD.keys())
def test_bad_plans_name_the_line_and_the_nearest_name(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(write(tmp_path, text))
    assert f"plan.yaml:{line}:" in str(error.value), error.value
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "# " + "x" * (1 << 20), "at most 1,048,576 bytes"),
        (GOOD.replace("test", "te\0st"), "character #x0000"),
        (GOOD.replace("test", "te\x1b[2Jst"), "character #x001b"),
        (GOOD + f"seed: {'9' * 5000}\n", "Exceeds the limit"),
        (GOOD + "when: 2026-13-45\n", "month must be in 1..12"),
    ],
)
def test_what_no_plan_is_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PlanError) as error:
        read_plan(path)
    assert str(error.value).startswith(f"{path}: ")
    assert says in str(error.value)
    assert str(error.value).isprintable()


def test_a_pipe_is_no_plan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.yaml")
    with pytest.raises(PlanError, match="must be a file, got a pipe"):
        read_plan(tmp_path / "plan.yaml")


def test_lists_with_too_many_combinations_are_refused(tmp_path: Path) -> None:
    """600 x 1000 x 1000 of them, for the default of three dtypes."""
    numbers = ", ".join(map(str, range(2, 1002)))
    distances = ", ".join(f"{i / 1000}" for i in range(1, 201))
    evaluation = "  - evaluator: orthogonal_map\n"
    lists = f"    dimensions: [{numbers}]\n    seeds: [{numbers}]\n    distances: [{distances}]\n"
    with pytest.raises(PlanError, match=r"at most 1,000,000 combinations, got 600,000,000: split"):
        read_plan(write(tmp_path, f"name: many\nevaluations:\n{evaluation}{lists}"))


def test_a_missing_plan_names_those_that_are_there(tmp_path: Path) -> None:
    mine = write(tmp_path, GOOD)
    with pytest.raises(PlanError) as error:
        read_plan(tmp_path / "nighly.yaml")
    bundled = ", ".join(sorted(path.stem for path in (ROOT / "plans").glob("*.yaml")))
    assert f"the plan does not exist. Plans that ship with rankcheck: {bundled}." in str(
        error.value
    )
    assert f"In {tmp_path} there are: {mine}." in str(error.value)


@pytest.mark.parametrize(
    "name", ["quickstart", "quickstart.yaml", "plans/quickstart", "plans/quickstart.yaml"]
)
def test_a_bundled_plan_is_found_by_name_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart").mkdir()  # a folder of that name is no plan
    assert read_plan(name) == read_plan(ROOT / "plans" / "quickstart.yaml")


def test_a_file_in_the_current_folder_comes_before_a_bundled_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quickstart.yaml").write_text(GOOD, encoding="utf-8")
    assert read_plan("quickstart.yaml") == read_plan(write(tmp_path, GOOD))
    assert read_plan("quickstart") == read_plan(ROOT / "plans" / "quickstart.yaml")


def test_older_than_may_be_written_as_yaml_reads_it(tmp_path: Path) -> None:
    assert (
        read_plan(write(tmp_path, "rerun: {older-than: 30d}\n" + GOOD)).rerun
        == "older-than: 43200m"
    )
