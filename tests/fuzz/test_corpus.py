"""Every input of the corpus is answered: good ones are read, bad ones get a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import CORPUS, TARGETS, one

INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_every_target_has_inputs() -> None:
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_is_answered(path: Path) -> None:
    one(path.parent.name, path.read_bytes())


@pytest.mark.parametrize(
    "path", [path for path in INPUTS if path.name.startswith("good")], ids=lambda p: p.parent.name
)
def test_a_good_input_is_read(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
