"""What the manual shows can be typed: commands parse, queries run, imports are there."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from db.sandbox import run_query
from flows.cli import cli
from flows.commands.claims import WithDefault

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference"
FENCE = re.compile(r"^ *```(\w*).*\n((?:.*\n)*?) *```$", re.MULTILINE)


def blocks(page: Path, *languages: str) -> list[str]:
    if page.parent == GENERATED:
        return []
    return [
        text for language, text in FENCE.findall(page.read_text("utf-8")) if language in languages
    ]


def lines_of_shell(page: Path) -> list[str]:
    text = page.read_text("utf-8") if page.parent != GENERATED else ""
    indented = re.findall(r"^    (rankcheck .*)$", text, re.MULTILINE)
    fenced = [
        line.strip()
        for block in blocks(page, "", "sh", "shell", "bash")
        for line in block.splitlines()
    ]
    said = [re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line) for line in [*fenced, *indented]]
    return list(dict.fromkeys(line for line in said if line.startswith("rankcheck ")))


COMMANDS = [(line, page) for page in PAGES for line in lines_of_shell(page)]
QUERIES = sorted({shlex.split(line, comments=True)[-1] for line, _ in COMMANDS if " sql " in line})
IMPORTS = sorted(
    {
        line.strip()
        for page in PAGES
        for block in blocks(page, "python")
        for line in block.splitlines()
        if re.match(r" *from (?:evaluators|db|flows|dashboard)[\w.]* import [\w, ]+", line)
    }
)
# Made by the guide itself.
WRITTEN_IN_A_GUIDE = {"from dashboard.queries import failed", "score-lines"}


def test_there_are_examples() -> None:
    assert len(COMMANDS) > 60
    assert len(QUERIES) > 5
    assert len(IMPORTS) > 20


@pytest.mark.parametrize(("line", "page"), COMMANDS, ids=lambda value: str(value)[:60])
def test_a_command_parses(line: str, page: Path) -> None:
    if WRITTEN_IN_A_GUIDE & set(line.split()):
        return
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="rankcheck")
    while isinstance(command, click.Group) and words:
        if isinstance(command, WithDefault) and words[0] not in command.commands:
            words = [command.default, *words]
        if words[0].startswith("-"):
            break
        found = command.get_command(context, words[0])
        assert found is not None, words[0]
        command = found
        words = words[1:]
    command.make_parser(click.Context(command)).parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_module_that_is_run_is_there(page: Path) -> None:
    for module in re.findall(
        r"python -m ((?:flows|tests|benchmarks)[\w.]*)", page.read_text("utf-8")
    ):
        assert importlib.util.find_spec(module) is not None, module


@pytest.fixture(scope="module")
def store(empty_store: Path) -> str:
    return f"duckdb:///{empty_store}"


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_runs(store: str, query: str) -> None:
    assert run_query(store, query).columns


@pytest.mark.parametrize("line", IMPORTS)
def test_an_import_is_there(line: str) -> None:
    if line in WRITTEN_IN_A_GUIDE:
        return
    module, _, names = line.removeprefix("from ").partition(" import ")
    there = importlib.import_module(module)
    for name in names.partition("#")[0].split(","):
        if not hasattr(there, name.strip()):
            importlib.import_module(f"{module}.{name.strip()}")
