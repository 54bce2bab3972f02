"""Only the plain JSON of ours is taken up again."""

from __future__ import annotations

import base64
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from evaluators.result import Result, Score
from flows.runs.kept_work import PROVENANCE, drop_unusable, expire_results, result_name


def record(**changes: Any) -> dict[str, Any]:
    payload = {
        "result": Result((Score("spearman", 0.5, 10),)).to_json(),
        "provenance": {**dict.fromkeys(PROVENANCE, ""), "environment": {"libraries": {"a": "1"}}},
    }
    return {
        "metadata": {"serializer": {"type": "json", "jsonlib": "json"}},
        "result": json.dumps({**payload, **changes}),
    }


def write(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / result_name("k", 0)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_whole_result_stays(tmp_path: Path) -> None:
    path = write(tmp_path, record())
    assert not drop_unusable(path)
    assert path.exists()


class Sentinel:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def evil(tmp_path: Path) -> dict[str, Any]:
    bomb = pickle.dumps(Sentinel(tmp_path / "sentinel"))
    changed = record()
    changed["metadata"]["serializer"] = {"type": "pickle", "picklelib": "cloudpickle"}
    changed["result"] = base64.encodebytes(bomb).decode()
    return changed


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"metadata": {}, "result": "{',
        json.dumps(record())[:-40],
        record(result={"scores": [{"metric": "m", "value": 1, "n": 1, "new": 2}], "curves": []}),
        record(provenance={"run_id": "x"}),
        record(result={"scores": [{"metric": "m", "value": "NaN", "n": 1}]}),
        {**record(), "metadata": {"serializer": {"type": "pickle"}}},
        record(extra={"__class__": "os.system", "data": "true"}),
        [],
    ],
)
def test_anything_else_goes(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path, content)
    assert drop_unusable(path)
    assert not path.exists()


def test_a_pickle_in_a_result_s_clothes_is_never_opened(tmp_path: Path) -> None:
    assert drop_unusable(write(tmp_path, evil(tmp_path)))
    assert not (tmp_path / "sentinel").exists()


def test_a_repetition_takes_no_result_of_another_environment(tmp_path: Path) -> None:
    path = write(tmp_path, record())
    assert not drop_unusable(path, environment={"libraries": {"a": "1"}})
    assert drop_unusable(path, environment={"libraries": {"a": "2"}})


def test_old_results_expire(tmp_path: Path) -> None:
    path = write(tmp_path, record())
    assert expire_results(tmp_path, keep_days=1) == 0
    os.utime(path, (0, 0))
    assert expire_results(tmp_path, keep_days=1) == 1
