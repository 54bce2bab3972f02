"""How `docs/generate_mteb.py` writes the subsets of a task, and how the importer reads them."""

from __future__ import annotations

import importlib.util
import json
from itertools import permutations
from pathlib import Path
from types import ModuleType

import pytest

from flows.importers import _mteb_facts

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = ROOT / "docs" / "generate_mteb.py"
    spec = importlib.util.spec_from_file_location("generate_mteb", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("subsets", "written"),
    [
        (["de-en", "fr-en"], {"subsets": ["de-en", "fr-en"]}),
        ([f"{a}-{b}" for a, b in permutations("abcd", 2)], {"pairs": ["a", "b", "c", "d"]}),
        (sorted(["a-b", "b-a", "a-c", "c-a"]), {"subsets": ["a-b", "a-c", "b-a", "c-a"]}),
        (["default"], {"subsets": ["default"]}),
    ],
)
def test_subsets_come_back_as_they_were(generator, subsets, written):
    facts = generator.subset_facts(subsets)
    assert facts == written
    assert _mteb_facts._subsets(facts) == set(subsets)


def test_an_entry_of_the_files_is_a_line():
    for name in ("tasks", "benchmarks"):
        text = (ROOT / "data" / "mteb" / f"{name}.json").read_text(encoding="utf-8")
        assert len(text.splitlines()) == len(json.loads(text)[name]) + 5
