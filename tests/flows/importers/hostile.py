"""Small files that every format imports, and what hostile hands make of them."""

from __future__ import annotations

import gzip
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SCORE = "0.625"
"""The one score of each sample."""

_DEEP, _MANY = 10_000, 1_000_000

_LM_EVAL = '{"results": {"arc": {"acc,none": 0.625}}, "config": {"model_args": "pretrained=org/a"}}'
_MTEB = (
    '{"task_name": "STSB", "mteb_version": "2.1.0", "scores": {"test": [{"main_score": 0.625,'
    ' "hf_subset": "default"}]}}'
)
_RECORD = (
    '{"schema_version": "0.3.0", "model_info": {"id": "org/a", "name": "a"}, "evaluation_results":'
    ' [{"evaluation_name": "capitals", "metric_config": {"metric_id": "accuracy",'
    ' "lower_is_better": false}, "score_details": {"score": 0.625}}]}'
)
_LOG = (
    '{"status": "success", "eval": {"task": "capitals", "model": "org/a", "created": "2026-11-28"},'
    ' "results": {"scores": [{"name": "match", "metrics": {"accuracy": {"name": "accuracy",'
    ' "value": 0.625}}}]}}'
)
_CARD = """---
model-index:
- name: a
  results:
  - task: {type: text-classification}
    dataset: {name: SST-2, type: sst2}
    metrics:
    - {type: accuracy, value: 0.625}
---
"""
_BOARD = (
    '[{"rank": 1, "modelId": "org/a", "value": 0.625, "filename": "x.yaml", "verified": false,'
    ' "author": {"type": "org", "name": "org", "avatarUrl": "", "fullname": "Org"}}]'
)
_HUB = "- dataset: {id: org/data, task_id: arc}\n  value: 0.625\n"


class Sample(NamedTuple):
    """A file that a format imports.

    Attributes:
        form: The format.
        name: Its path below the folder.
        text: What it holds.
    """

    form: str
    name: str
    text: str

    @property
    def suffix(self) -> str:
        """The end of its name."""
        return Path(self.name).suffix


SAMPLES = {
    "csv": Sample("csv", "a.csv", f"model,A\na,{SCORE}\n"),
    "helm": Sample("helm", "h.csv", f"model,score,scenario,source\na,{SCORE},mmlu,lite\n"),
    "open-llm": Sample(
        "open-llm",
        "o.csv",
        f"model,ARC,HellaSwag,MMLU,TruthfulQA,Winogrande,GSM8K\na,{SCORE},,,,,\n",
    ),
    "sentence-transformers": Sample(
        "sentence-transformers",
        "a/similarity_evaluation_dev_results.csv",
        f"epoch,steps,cosine_spearman\n-1,-1,{SCORE}\n",
    ),
    "mteb, long": Sample(
        "mteb",
        "long.csv",
        f"model,revision,task,split,subset,main_score\na,r,STSB,test,default,{SCORE}\n",
    ),
    "mteb": Sample("mteb", "org__a/r1/STSB.json", _MTEB),
    "every-eval-ever": Sample("every-eval-ever", "a.json", _RECORD),
    "inspect": Sample("inspect", "a.json", _LOG),
    "lm-eval": Sample("lm-eval", "a.json", _LM_EVAL),
    "hub-results, board": Sample("hub-results", "org__data.json", _BOARD),
    "hub-results": Sample("hub-results", "org/a/.eval_results/x.yaml", _HUB),
    "model-card": Sample("model-card", "README.md", _CARD),
}
"""A file of every format, and of two where a format has two."""


def _number(sample: Sample, number: str, in_yaml: str) -> str:
    return sample.text.replace(SCORE, in_yaml if sample.suffix == ".yaml" else number)


def _twice(sample: Sample) -> str:
    if sample.suffix == ".csv":
        return sample.text.replace("\n", ",X,X\n")
    if sample.suffix == ".yaml":
        return f"{sample.text}  value: {SCORE}\n"
    more = '"X": 1, "X": 2' if sample.suffix == ".json" else "value: 1"
    return sample.text.replace(SCORE, f"{SCORE}, {more}")


def _deep(sample: Sample) -> str:
    return sample.text.replace(SCORE, "[" * _DEEP + "]" * _DEEP)


def _wide(sample: Sample) -> str:
    if sample.suffix == ".csv":
        head, row = sample.text.splitlines()
        return f"{head}{',A' * _MANY}\n{row}{',1' * _MANY}\n"
    if sample.suffix == ".json":
        keys = ", ".join(f'"k{i}": 1' for i in range(_MANY))
        return sample.text.replace(SCORE, f"{SCORE}, {keys}")
    return sample.text.replace(SCORE, f"[{'1,' * _MANY}]")


CONTENTS: dict[str, Callable[[Sample], str | bytes]] = {
    "NaN": lambda sample: _number(sample, "NaN", ".nan"),
    "Infinity": lambda sample: _number(sample, "Infinity", "-.inf"),
    "1e400": lambda sample: _number(sample, "1e400", "1e400"),
    "keys twice": _twice,
    "10,000 levels": _deep,
    "1,000,000 columns": _wide,
    "UTF-16": lambda sample: sample.text.encode("utf-16"),
    "UTF-16 without a mark": lambda sample: sample.text.encode("utf-16-le"),
    "NUL": lambda sample: sample.text.replace(SCORE, f"{SCORE}\0"),
    "NUL alone": lambda _: b"\0" * 1_000,
    "empty": lambda _: b"",
}
"""What a hostile file holds, by what is wrong with it."""


def _zip(path: Path, sample: Sample) -> Path:
    path = path.with_name(f"{path.name}.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"../{path.name}", sample.text)
    return path


def _tar(path: Path, sample: Sample) -> Path:
    path = path.with_name(f"{path.name}.tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("../passwd")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return path


def _bomb(path: Path, sample: Sample) -> Path:
    path = path.with_name(f"{path.name}.gz")
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(sample.text.encode())
        for _ in range(300):
            file.write(b" " * 2**20)
    return path


def _directory(path: Path, _: Sample) -> Path:
    path.mkdir()
    return path


def _fifo(path: Path, _: Sample) -> Path:
    os.mkfifo(path)
    return path


def _unreadable(path: Path, _: Sample) -> Path:
    path.symlink_to("/proc/self/mem")  # a file for root too, of which no byte can be read
    return path


FILES: dict[str, Callable[[Path, Sample], Path]] = {
    "gzip bomb": _bomb,
    "zip": _zip,
    "tar": _tar,
    "directory": _directory,
    "FIFO": _fifo,
    "unreadable": _unreadable,
    "a name too long": lambda path, _: path.with_name("x" * 300),
}
"""Functions that make something hostile at or beside a path, which they return, by what it is."""
