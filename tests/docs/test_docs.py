"""The manual is complete: commands, settings, tables, views, tasks, evaluators and pages."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from evaluators import registry, tasks
from evaluators.sts import POOLINGS
from flows.cli import cli
from flows.plans.plan import CanaryEntry, CheckpointEntry, EvaluationEntry, Plan
from flows.plans.rerun import KINDS

ROOT = Path(__file__).parents[2]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
MANUAL = "\n".join(DOCS.values())


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
def test_every_command_is_in_the_manual_and_has_help(
    words: tuple[str, ...], command: click.Command
) -> None:
    assert f"`{' '.join(words)}" in DOCS["cli.md"]
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help or option.name in ("form", "treatment", "host", "port"), option.name
            if option.name not in ("weights_sha256", "fallback"):
                assert option.opts[-1] in DOCS["cli.md"] or option.opts[0] in DOCS["cli.md"]


def test_every_setting_is_in_the_manual() -> None:
    source = (ROOT / "db" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r"RANKCHECK_[A-Z]+", source))
    assert len(names) >= 4
    for name in names:
        assert f"`{name}`" in DOCS["cli.md"]


def test_every_key_of_a_plan_is_in_the_manual() -> None:
    keys = {
        *Plan.model_fields,
        *CheckpointEntry.model_fields,
        *CanaryEntry.model_fields,
        *EvaluationEntry.model_fields,
    } - {"request"}
    for key in keys:
        assert re.search(rf"\b{key}\b", DOCS["plans.md"]), key
    for kind in KINDS:
        assert re.search(rf"`{{?{kind}", DOCS["plans.md"]), kind


def test_every_evaluator_and_its_keys_are_in_the_manual() -> None:
    for name in registry.names():
        page = DOCS[f"{name}.md"]
        request = registry.find(name).Request
        for key in getattr(request, "model_fields", ()):
            assert f"`{key}`" in page, f"{name}: {key}"
    for pooling in POOLINGS:
        assert f"`{pooling}`" in DOCS["sts.md"]


def test_every_task_is_in_the_manual() -> None:
    for name in tasks.names():
        assert name in DOCS["datasets.md"]


def test_every_table_view_and_macro_is_in_the_manual(tmp_path: Path) -> None:
    from sqlalchemy import text

    from db import open_store

    store = open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")
    store.upgrade()
    with store.read() as connection:
        objects = connection.execute(
            text("SELECT object, kind FROM dictionary WHERE kind IN ('table', 'view', 'macro')")
        ).all()
    assert len(objects) > 15
    said = DOCS["store.md"] + DOCS["sql.md"]
    for name, _ in objects:
        assert f"`{name}" in said, name


def test_every_page_of_the_dashboard_is_in_the_manual() -> None:
    import dashboard.screens

    for module in pkgutil.iter_modules(dashboard.screens.__path__):
        if not module.name.startswith("_"):
            assert re.search(rf"\b{module.name}\b", DOCS["dashboard.md"], re.IGNORECASE), (
                module.name
            )


def test_links_lead_somewhere() -> None:
    for folder, text in [(ROOT / "docs", MANUAL), (ROOT, (ROOT / "README.md").read_text("utf-8"))]:
        for target in re.findall(r"\]\(([^)#]+)", text):
            if "://" not in target:
                assert (folder / target).exists(), target


def test_nothing_names_a_machine() -> None:
    # Any absolute path but the examples that begin with /path.
    words = re.compile(r"(?:(?<![\w.:~/*>)-])|file://)/(?!path\b)[a-z]+/[\w.]|\bsession's\b")
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile", *DOCS]:
        text = DOCS[path] if isinstance(path, str) else path.read_text(encoding="utf-8")
        assert not words.search(text), path
