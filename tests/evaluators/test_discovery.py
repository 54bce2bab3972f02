from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators import discovery
from evaluators.names import UnknownNameError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "found_by_name"
    (folder / "judging").mkdir(parents=True)
    for file in ("__init__", "mean_rank", "borda", "_cells", "judging/__init__"):
        (folder / f"{file}.py").write_text(f"NAME = {file!r}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for module in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[module]


def test_a_folder_and_a_file_with_an_underscore_are_not_found(package: str) -> None:
    assert discovery.files(package) == ("borda", "mean_rank")
    assert discovery.names(package) == ("borda", "mean-rank")


def test_only_what_is_asked_for_is_imported(package: str) -> None:
    assert discovery.find(package, "rule", "mean-rank").NAME == "mean_rank"
    assert {name for name in sys.modules if name.startswith(f"{package}.")} == {
        f"{package}.mean_rank"
    }


def test_an_unknown_name_is_answered_with_the_nearest(package: str) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown rule 'border': did you mean 'borda'\?"):
        discovery.find(package, "rule", "border")
