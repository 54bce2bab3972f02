"""The pages of docs/reference are what the code says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(generate: ModuleType) -> dict[str, str]:
    return generate.pages()


def test_the_reference_is_fresh(generate: ModuleType, pages: dict[str, str]) -> None:
    committed = {path.name: path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md")}
    stale = sorted(
        name for name in committed.keys() | pages.keys() if committed.get(name) != pages.get(name)
    )
    assert not stale, f"renew {', '.join(stale)} in docs/reference with: {generate.COMMAND}"


def test_a_key_has_what_it_takes_its_meaning_and_its_default(pages: dict[str, str]) -> None:
    assert (
        "| `cases` | whole number at least 2 | Number of random cases of each kind, at least 2;"
        " each has its own seed. | `200` |" in pages["evaluators.md"]
    )


def test_an_option_stands_under_its_command(pages: dict[str, str]) -> None:
    section = pages["commands.md"].partition("## rankcheck sql\n")[2].partition("\n## ")[0]
    assert "rankcheck sql [OPTIONS] QUERY" in section
    assert "| `--max-rows INTEGER" in section


def test_a_view_has_its_columns_with_their_types(pages: dict[str, str]) -> None:
    section = pages["views.md"].partition("### sts_scores\n")[2].partition("\n### ")[0]
    assert "| `spearman` | double |" in section


def test_a_docstring_is_split_at_its_sections(generate: ModuleType) -> None:
    about, found = generate.sections(
        """Return it.

        At once.

        Args:
            one: The first,
                and more.
            two: The second.

        Raises:
            ValueError: Never.
        """
    )
    assert about == "Return it.\n\nAt once."
    assert found == {
        "Args": {"one": "The first, and more.", "two": "The second."},
        "Raises": {"ValueError": "Never."},
    }
