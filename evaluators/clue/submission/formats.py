"""How CLUE's site wants the files: their names, and which form each task has.

Source: CLUE's notes on submissions (CLUEbenchmark/CLUE on GitHub, "提交样例", 2021-09-04) and, for
FewCLUE, the files of its public baselines.
"""

from __future__ import annotations

from typing import Literal

from evaluators.clue.task import ClueTask

Form = Literal["lines", "object"]
Version = Literal["1.0", "1.1"]

_RENAMED: dict[Version, dict[str, str]] = {
    "1.0": {"tnews": "tnews10", "cluewsc2020": "cluewsc10", "c3": "c310", "chid": "chid10"},
    "1.1": {
        "tnews": "tnews11",
        "cluewsc2020": "cluewsc11",
        "c3": "c311",
        "chid": "chid11",
        "ocnli": "ocnli_50k",
    },
}
_DESCRIBED = ("tnews", "iflytek")
"""Tasks whose lines carry the label in words beside its number."""

_FEW = "fewclue-"
_SAME_NAME = ("tnews", "iflytek", "ocnli", "chid", "csl", "cluewsc")
"""FewCLUE's tasks that CLUE has too: an f tells their files apart."""


def file_name(task: ClueTask, version: Version | None = None) -> str:
    """Return what the file of a task is called.

    Args:
        task: The task.
        version: Of the benchmark, whose test sets four tasks changed; None leaves it out.
    """
    name = task.name.removeprefix(_FEW)
    if task.name.startswith(_FEW):
        return f"{name}{'f' if name in _SAME_NAME else ''}_predict.json"
    return f"{_RENAMED[version].get(name, name) if version else name}_predict.json"


def form(task: ClueTask) -> Form:
    """Return whether a file is an object a line, or one object from id to answer."""
    return "object" if task.family == "span" or task.name == "chid" else "lines"


def answer_key(task: ClueTask) -> str:
    """Return what a line calls its answer."""
    return "answer" if task.name == f"{_FEW}chid" else "label"


def described(task: ClueTask) -> bool:
    """Say whether lines carry the label in words as well."""
    return task.name in _DESCRIBED


def written_id(name: str) -> int | str:
    """Return an id as the published files have it: a number where it is one."""
    return int(name) if name.isascii() and name.isdecimal() and str(int(name)) == name else name
