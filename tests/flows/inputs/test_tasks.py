"""A task is one file; what it declares is checked here and not by its reviewer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import evaluators.declared
import evaluators.discovery
import evaluators.tasks
from evaluators.errors import DatasetError
from evaluators.task import PairTask
from evaluators.tasks import find, names
from flows.bundled import bundled

FOLDER = Path(evaluators.tasks.__file__).parent
ISSUE = ("STS12", "STS13", "STS14", "STS15", "STS16", "STSBenchmark", "SICK-R")
ISSUE += ("ATEC", "BQ", "LCQMC", "PAWSX", "STSB")
MTEB = json.loads((bundled("data", "mteb") / "tasks.json").read_text(encoding="utf-8"))["tasks"]
BENCHMARKS = json.loads((bundled("data", "mteb") / "benchmarks.json").read_text(encoding="utf-8"))[
    "benchmarks"
]
TYPES = ("STS", "PairClassification")
OWN = {"SampleEN", "SampleZH", "SICK-R-SentEval", "STS22.v2-zh"}


def test_the_tasks_of_the_issue_and_both_samples_are_there():
    assert {*ISSUE, "SampleEN", "SampleZH"} <= set(names())


@pytest.mark.parametrize("benchmark", ["MTEB(eng, v2)", "MTEB(cmn, v1)"])
def test_every_similarity_and_pair_task_of_a_benchmark_is_declared_as_it_counts_there(benchmark):
    for name, chosen in BENCHMARKS[benchmark]["tasks"].items():
        facts = MTEB[name] | chosen
        if facts["type"] not in TYPES:
            continue
        task = find(name)
        assert facts["splits"] == [task.split]
        assert facts.get("subsets", ["default"]) == [task.config]


@pytest.mark.parametrize("name", [name for name in names() if name not in OWN])
def test_type_metric_and_revision_are_those_of_mteb(name):
    task, facts = find(name), MTEB[name]
    assert (task.type, task.revision) == (facts["type"], facts["revision"])
    assert task.main_metric == facts["metric"].removeprefix("cosine_")
    assert name in names(task.type)


def test_the_chinese_articles_are_a_subset_of_mtebs_task():
    task, facts = find("STS22.v2-zh"), MTEB["STS22.v2"]
    assert (task.type, task.revision, [task.split]) == (
        facts["type"],
        facts["revision"],
        facts["splits"],
    )
    assert task.config in facts["subsets"]


def test_every_file_is_found_by_its_name_and_none_is_forgotten():
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert len(names()) == len(files)
    assert {re.sub("[^a-z0-9]", "", name.lower()) for name in names()} == {
        file.replace("_", "") for file in files
    }


@pytest.mark.parametrize("name", names())
def test_a_declaration_is_complete(name):
    task = find(name)
    assert task.name == name
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", task.hub_id)
    bundled = task.hub_id.startswith("rankcheck/")
    assert task.revision is None if bundled else re.fullmatch("[0-9a-f]{40}", task.revision or "")
    assert task.gold_range[0] < task.gold_range[1]
    assert task.title
    assert task.licence
    assert bundled or re.search(r"https://|Competition", task.citation)
    assert task.fit_splits
    assert len(set(task.columns)) == 3
    assert task.pairs is not None
    assert task.pairs > 0


def test_revisions_of_one_hub_repository_agree():
    pins: dict[str, set[str | None]] = {}
    for name in names():
        pins.setdefault(find(name).hub_id, set()).add(find(name).revision)
    assert all(len(revisions) == 1 for revisions in pins.values())


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("STSBenchmarks", "STSBenchmark"), ("stsbenchmark", "STSBenchmark"), ("SICKR", "SICK-R")],
)
def test_a_wrong_name_is_answered_with_the_nearest(wrong, nearest):
    with pytest.raises(DatasetError, match=rf"{wrong}.*{nearest}"):
        find(wrong)


def test_a_name_like_no_other_is_answered_with_all():
    with pytest.raises(DatasetError, match=r"known are AFQMC, ATEC.*docs/guides/add-a-task\.md"):
        find("zzzzzz")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("task = 1\n", "declares no task"),
        ("TASK = 'STS17'\n", "declares no task"),
        ("from evaluators.tasks.sts12 import TASK\n", "declares 'STS12'"),
    ],
)
def test_one_new_file_is_a_new_task_or_a_named_error(tmp_path, monkeypatch, source, what):
    good = "from dataclasses import replace\nfrom evaluators.tasks.sts12 import TASK\n"
    (tmp_path / "my_own.py").write_text(good + 'TASK = replace(TASK, name="My-Own")\n')
    monkeypatch.setattr(evaluators.tasks, "__path__", [str(FOLDER), str(tmp_path)])
    monkeypatch.delitem(sys.modules, "evaluators.tasks.my_own", raising=False)
    evaluators.declared.files.cache_clear()
    try:
        assert find("My-Own").pairs == 3108
        assert "My-Own" in names()
        (tmp_path / "half_done.py").write_text(source)
        monkeypatch.delitem(sys.modules, "evaluators.tasks.half_done", raising=False)
        evaluators.declared.files.cache_clear()
        evaluators.discovery.files_in.cache_clear()
        with pytest.raises(DatasetError, match=rf"half_done\.py.*{what}"):
            names()
        assert find("STS12").name == "STS12"  # the others are still there
    finally:
        evaluators.declared.files.cache_clear()
        for module in ("my_own", "half_done"):
            sys.modules.pop(f"evaluators.tasks.{module}", None)


def test_finding_a_task_imports_it_alone():
    code = (
        "import sys; from evaluators.tasks import find; find('BQ');"
        "print([m for m in sys.modules if m.startswith('evaluators.tasks.')],"
        "[m for m in ('numpy', 'pyarrow', 'datasets', 'torch') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["['evaluators.tasks.bq']", "[]"]


def test_tasks_are_frozen():
    with pytest.raises(AttributeError):
        find("BQ").split = "train"  # type: ignore[misc]
    assert isinstance(replace(find("BQ"), split="validation"), PairTask)
