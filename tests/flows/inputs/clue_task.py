"""Hand-written rows of each family in the hub's schema, and a mirror to put them in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

Row = dict[str, Any]

AFQMC: list[Row] = [
    {"sentence1": "怎么还款", "sentence2": "如何还钱", "label": 1, "idx": 0},
    {"sentence1": "怎么还款", "sentence2": "怎么借款", "label": 0, "idx": 1},
]
TNEWS: list[Row] = [
    {"sentence": "球队昨晚赢了", "label": 3, "idx": 0},
    {"sentence": "新车上市", "label": 6, "idx": 1},
]
OCNLI: list[Row] = [
    {"sentence1": "他在睡觉", "sentence2": "他醒着", "label": 2, "idx": 7},
    {"sentence1": "他在睡觉", "sentence2": "他在做梦", "label": 0, "idx": 8},
    {"sentence1": "他在睡觉", "sentence2": "他累了", "label": -1, "idx": 9},
]
C3: list[Row] = [
    {
        "id": "d-0",
        "context": ["男：你要茶还是咖啡?", "女：茶。"],
        "question": "女的要什么?",
        "choice": ["咖啡", "茶"],
        "answer": "茶",
    },
    {
        "id": "d-0",
        "context": ["男：你要茶还是咖啡?", "女：茶。"],
        "question": "他们在哪儿?",
        "choice": ["咖啡馆", "学校", "家里", "车上"],
        "answer": "咖啡馆",
    },
]
CMRC: list[Row] = [
    {
        "id": "Q_0",
        "context": "长江长六千三百公里，流入东海。",
        "question": "长江流入哪里？",
        "answers": {"text": ["东海", "东海", "东海。"], "answer_start": [12, 12, 12]},
    },
    {
        "id": "Q_1",
        "context": "长江长六千三百公里，流入东海。",
        "question": "长江多长？",
        "answers": {"text": ["六千三百公里", "6300.0"], "answer_start": [3, -1]},
    },
]
CLUENER: list[Row] = [
    {
        "text": "王小明在北京大学读书。",
        "entities": [
            {"type": "organization", "text": "北京大学", "start": 4, "end": 7},
            {"type": "name", "text": "王小明", "start": 0, "end": 2},
            {"type": "address", "text": "北京", "start": 4, "end": 5},
        ],
    },
    {"text": "今天下雨。", "entities": []},
]


def put(mirror: Path, path: str, rows: Sequence[Row], suffix: str = "parquet") -> Path:
    """Write rows as a split of a mirror: `clue/clue/afqmc/train`."""
    file = mirror / f"{path}.{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    if suffix == "parquet":
        parquet.write_table(pa.Table.from_pylist(list(rows)), file)
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file
