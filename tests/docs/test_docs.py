"""The manual: its links lead somewhere, its map names every page, every command explains itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from flows.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
ARTICLES = ROOT / "docs" / "reports" / "articles"
OUTSIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(
    group: click.Group, words: tuple[str, ...] = ("rankcheck",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = list(commands(cli))


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(w) for w, _ in COMMANDS])
def test_every_command_and_option_has_help(words: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("page", [*PAGES, *OUTSIDE], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    # The build checks pages and anchors; images and files outside docs/ only this test does.
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def pages_of(nav: list[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        else:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else pages_of(value)


def test_the_navigation_has_every_page_once() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    assert sorted(pages_of(nav)) == [path.relative_to(ROOT / "docs").as_posix() for path in PAGES]


def linked_from(index: Path) -> set[str]:
    return set(re.findall(r"\]\(([^)#\s]+)", index.read_text("utf-8")))


def test_the_map_leads_to_every_page_but_design_records_and_reports_on_articles() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in PAGES}
    listed = {page for page in pages if re.match(r"design/0|reports/articles/\d", page)}
    assert pages - listed - {"index.md"} == linked_from(ROOT / "docs" / "index.md")


def test_the_list_of_articles_leads_to_every_report_on_one() -> None:
    linked = linked_from(ARTICLES / "index.md")
    reports = {path.name for path in ARTICLES.glob("*.md")} - {"index.md"}
    assert reports == {name for name in linked if re.match(r"\d+-", name)}


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "reports").rglob("*.md")), ids=named)
def test_a_report_says_when_and_at_which_commit(page: Path) -> None:
    head = page.read_text("utf-8").partition("\n## ")[0]
    assert re.search(r"\d{4}-\d{2}-\d{2}, commit `[0-9a-f]{7}`", head)


def test_the_readme_fits_two_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 100


def test_nothing_names_a_machine() -> None:
    # Any absolute path but the examples that begin with /path, and folders that every Linux has.
    words = re.compile(
        r"(?:(?<![\w.:~/*>)-])|file://)/(?!(?:path|etc|opt|usr|var|dev/null)\b)[a-z]+/[\w.]|\bsession's\b"
    )
    written = [page for page in PAGES if page.parent.name != "reference"]
    for path in [*written, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile"]:
        assert not words.search(path.read_text(encoding="utf-8")), path
