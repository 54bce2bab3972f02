"""A toy BERT that knows nothing, and a few hand-written examples of each family."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evaluators.small_bert.make import Size, make_small_bert
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Entity,
    EntityExample,
    Example,
    Family,
    LabelledDataset,
    SpanExample,
    TextExample,
)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Give torch so many threads: tests have one by themselves."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def two_threads() -> Iterator[None]:
    with torch_threads(2):
        yield


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of 32: a step takes milliseconds."""
    folder = tmp_path_factory.mktemp("toy") / "bert"
    make_small_bert(folder, Size(layers=2, hidden=32, heads=2, positions=128))
    return folder


@pytest.fixture(scope="session")
def tokenizer(toy: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(toy, local_files_only=True)


def dataset(family: Family, *examples: Example, labels: tuple[str, ...] = ()) -> LabelledDataset:
    return LabelledDataset("made-up", "train", family, labels, examples)


_PLACES = "北京 上海 广州 成都 南京 西安 杭州 重庆".split()  # noqa: SIM905
_FOODS = "米饭 面条 饺子 豆腐 青菜 鸡蛋 牛肉 苹果".split()  # noqa: SIM905


def texts(count: int = 32) -> LabelledDataset:
    """Where one goes, or what one eats: one character tells them apart."""
    return dataset(
        "classification",
        *(
            TextExample(str(i), f"我去{_PLACES[i % 8]}", None, 0)
            if i % 2
            else TextExample(str(i), f"我吃{_FOODS[i // 2 % 8]}{i}", None, 1)
            for i in range(count)
        ),
        labels=("place", "food"),
    )


def pairs(count: int = 32) -> LabelledDataset:
    """Two sentences about one thing, or about two."""
    return dataset(
        "classification",
        *(
            TextExample(
                str(i), f"他在{_PLACES[i % 8]}", f"{_PLACES[(i + i % 2) % 8]}有他", 1 - i % 2
            )
            for i in range(count)
        ),
        labels=("0", "1"),
    )


def choices(count: int = 16) -> LabelledDataset:
    """What one eats is food: places are wrong."""
    return dataset(
        "choice",
        *(
            ChoiceExample(
                str(i),
                f"男：你吃什么？女：我在{_PLACES[i % 8]}。",
                "女的吃什么？",
                tuple(
                    _FOODS[i % 8] if j == i % 2 else _PLACES[(i + j) % 8] for j in range(2 + i % 3)
                ),
                i % 2,
            )
            for i in range(count)
        ),
    )


def spans(count: int = 16) -> LabelledDataset:
    return dataset(
        "span",
        *(
            SpanExample(
                str(i),
                f"{_FOODS[i % 8]}很好。他住在{_PLACES[i % 8]} 已经很久。",
                "他住在哪里？",
                (_PLACES[i % 8],),
            )
            for i in range(count)
        ),
    )


def entities(count: int = 16) -> LabelledDataset:
    return dataset(
        "entity",
        *(
            EntityExample(
                str(i),
                f"他在{_PLACES[i % 8]}吃{_FOODS[i % 8]}",
                (Entity("place", 2, 4), Entity("food", 5, 7)),
            )
            for i in range(count)
        ),
        labels=("food", "place"),
    )
