"""Whatever stands anywhere in a foreign document, the answer is a board or one named error."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from flows.errors import LeaderboardError
from tests.flows.importers.conftest import taken

ODD = (
    None,
    3,
    -1.5,
    "x",
    "",
    True,
    [],
    {},
    [1],
    ["x"],
    {"a": 1},
    {"": None},
    [[]],
    10**400,
    float("inf"),
)

LM_EVAL = {
    "results": {"mmlu": {"acc,none": 0.6, "alias": "mmlu"}, "stem": {"acc,none": 0.5}},
    "group_subtasks": {"mmlu": ["stem"]},
    "higher_is_better": {"mmlu": {"acc": True}},
    "n-shot": {"mmlu": 5},
    "versions": {"mmlu": 1.0},
    "config": {"model_args": "pretrained=org/a", "limit": None},
    "date": 1.0,
}
MTEB = {
    "dataset_revision": "d",
    "task_name": "A",
    "mteb_version": "2.0.0",
    "scores": {
        "test": [{"main_score": 0.5, "hf_subset": "default", "languages": ["eng"], "ap": 0.5}]
    },
}
MTEB_OLD = {
    "dataset_revision": None,
    "mteb_dataset_name": "A",
    "mteb_version": "1.0.0",
    "test": {"en": {"cos_sim": {"spearman": 0.5}}, "evaluation_time": 3.0},
}
CARD = {
    "license": "mit",
    "model-index": [
        {
            "name": "org/a",
            "results": [
                {
                    "task": {"type": "STS"},
                    "dataset": {
                        "name": "MTEB A",
                        "type": "x",
                        "config": "default",
                        "split": "test",
                    },
                    "metrics": [{"type": "main_score", "value": 50.0}],
                }
            ],
        }
    ],
}


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))
        else:
            yield (*path, key)


def changed(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    tree = copy.deepcopy(tree)
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return tree


@pytest.mark.parametrize(
    ("form", "document", "name"),
    [
        ("lm-eval", LM_EVAL, "r/results.json"),
        ("mteb", MTEB, "r/org__a/rev/A.json"),
        ("mteb", MTEB_OLD, "r/org__a/rev/A.json"),
        ("model-card", CARD, "r/README.md"),
    ],
    ids=["lm-eval", "mteb", "old mteb", "card"],
)
def test_any_value_anywhere_is_a_board_or_a_named_error(put, tmp_path, form, document, name):
    def write(tree: Any) -> None:
        text = f"---\n{yaml.safe_dump(tree)}\n---\n" if form == "model-card" else json.dumps(tree)
        put(name, text)

    write(document)
    assert taken(form, tmp_path / "r").board.models == ("org/a",)
    outcomes = {"board": 0, "error": 0}
    for path in places(document):
        for value in ODD:
            write(changed(document, path, value))
            try:
                board = taken(form, tmp_path / "r").board
            except LeaderboardError:
                outcomes["error"] += 1
            else:
                outcomes["board"] += 1
                assert board.models
    assert outcomes["error"] > 20


@pytest.mark.parametrize("form", ["csv", "helm", "open-llm", "mteb"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        ",",
        "model",
        "model\n",
        "a,b\n1",
        "model,A\n1,2,3\n4\n",
        "\ufeff",
        "model,score,scenario\na\n",
        "model,revision,task,split,subset,main_score\na,b\n",
        'model,A\n"\n',
        "model,A\r\rm,1\r",
    ],
)
def test_scraps_of_a_table_are_refused_by_name(put, form, text):
    try:
        taken(form, put("a.csv", text))
    except LeaderboardError:
        return
    assert (form, text) == ("csv", "model,A\r\rm,1\r")
