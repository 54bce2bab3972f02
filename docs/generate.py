"""Write the reference part of the manual, docs/reference, from the code.

    python docs/generate.py

It also lists the reports on articles, docs/reports/articles, in the navigation.

Commands come from click, the keys of plans from the models that check them, SQL names from the
`dictionary` of a new store, the Python API from docstrings. `tests/docs/test_reference.py` fails
when a page is older than the code.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
COMMAND = "python docs/generate.py"
NOTE = f"<!-- Written by `{COMMAND}`: change the code, not this page. -->"
PUBLIC = (
    "evaluators.evaluator",
    "evaluators.sts",
    "evaluators.averaging",
    "evaluators.averaging.rules",
    "evaluators.averaging.stability",
    "evaluators.averaging.audit",
    "evaluators.claims",
    "db",
)
"""The packages whose docstrings are the page on Python."""


def main() -> None:
    """Write every page, and remove pages that are no longer written."""
    REFERENCE.mkdir(exist_ok=True)
    written = pages()
    for old in REFERENCE.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    site = ROOT / "zensical.toml"
    site.write_text(navigation(site.read_text(encoding="utf-8")), encoding="utf-8")


def navigation(site: str) -> str:
    """Return the settings of the site with every report on an article in the navigation."""
    folder = ROOT / "docs" / "reports" / "articles"
    names = sorted(path.name for path in folder.glob("*.md") if path.name != "index.md")
    lines = [f'    "reports/articles/{name}",\n' for name in ("index.md", *names)]
    return re.sub(r'(    "reports/articles/[^"]+",\n)+', "".join(lines), site)


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    made = {
        "commands.md": commands(),
        "settings.md": settings(),
        "plan.md": plan(),
        "evaluators.md": evaluators(),
        "tasks.md": tasks(),
        **sql(),
        "python.md": python(),
    }
    return {name: f"{NOTE}\n{text.strip()}\n" for name, text in made.items()}


# Commands


def commands() -> str:
    """Return the page on the command line."""
    from flows.cli import cli

    about = inspect.cleandoc(sys.modules[cli.callback.__module__].__doc__ or "")
    blocks = [f"# Commands\n\n{about.partition(chr(10))[2].strip()}"]
    for words, command in walk(cli, ("rankcheck",)):
        context = click.Context(command, info_name=" ".join(words))
        usage = " ".join([" ".join(words), *command.collect_usage_pieces(context)])
        options = [
            (code(record[0]), re.sub(r"\s\s+", " ", record[1]))
            for parameter in command.get_params(context)
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts
            if (record := parameter.get_help_record(context))
        ]
        blocks.append(
            f"## {' '.join(words)}\n\n```\n{usage}\n```\n\n"
            f"{inspect.cleandoc((command.help or '').replace(chr(8), ''))}\n\n"
            + (table(("option", "meaning"), options) if options else "")
        )
    return "\n\n".join(blocks)


def walk(
    group: click.Group, words: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below a group, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from walk(command, (*words, name))
        elif command is not None:
            yield (*words, name), command


def settings() -> str:
    """Return the page on environment variables."""
    from db.settings import Settings

    rows = []
    for text in sections(Settings.__doc__)[1]["Attributes"].values():
        variable = re.search(r"`(RANKCHECK_[A-Z_]+)`", text)
        if variable:
            said = re.sub(r" \(`RANKCHECK_[A-Z_]+`(?:, )?([^)]*)\)", r" (\1)", text)
            rows.append((code(variable[1]), said.replace(" ()", "")))
    return (
        "# Settings\n\nEnvironment variables, read by every command.\n\n"
        f"{table(('variable', 'meaning'), rows)}\n\n"
        f"`RANKCHECK_STORE` is `{Settings.store}` unless it is set. Pulled checkpoints, persisted"
        " results, locks and\ncaches lie beside the store. `HF_ENDPOINT`, `HF_TOKEN` and `HF_HOME`"
        " mean what they mean to the Hugging Face\nlibraries. `PREFECT_API_URL` makes plan runs use"
        " your Prefect server; without it each has a private one that\nends with it."
    )


# Plans


def plan() -> str:
    """Return the page on the keys of a plan."""
    import flows

    # The module lies in flows/ or in flows/plans/.
    module = next(
        found.name
        for found in pkgutil.walk_packages(flows.__path__, "flows.")
        if found.name.rpartition(".")[2] == "plan"
    )
    models = importlib.import_module(module)
    blocks = ["# Plan keys\n\nHow to write one: [write a plan](../guides/plans.md)."]
    for heading, model in (
        ("A plan", models.Plan),
        ("An entry of `checkpoints`", models.CheckpointEntry),
        ("An entry of `evaluations`", models.EvaluationEntry),
        ("`canary`", models.CanaryEntry),
    ):
        blocks.append(f"## {heading}\n\n{keys(model, leave_out=('request',))}")
    blocks.append("The other keys of an evaluation are those of its [evaluator](evaluators.md).")
    return "\n\n".join(blocks)


def evaluators() -> str:
    """Return the page on the evaluators and the keys of their entries in a plan."""
    from evaluators import registry

    blocks = [
        "# Evaluators\n\nWhat stands after `evaluator:` in a [plan](../guides/plans.md), and the"
        " keys beside it. Each entry can also have\n`checkpoints:`, the names of the plan's"
        " checkpoints that it is for."
    ]
    for name in registry.names():
        evaluator = registry.find(name)
        own = type(evaluator).__module__
        module = own if own != registry.__name__ else evaluator.Request.__module__
        about = sections(sys.modules[module].__doc__)[0]
        blocks.append(f"## {name}\n\n{about}\n\n{keys(evaluator.Request)}")
    return "\n\n".join(blocks)


def keys(model: Any, leave_out: tuple[str, ...] = ()) -> str:
    """Return a table of a model's keys: what each takes, its meaning and its default."""
    schema = TypeAdapter(model).json_schema()
    about, parts = sections(model.__doc__)
    meanings = parts.get("Attributes", {})
    rows = []
    for key, what in schema["properties"].items():
        if key in leave_out:
            continue
        what = schema["$defs"][what["$ref"].rpartition("/")[2]] if "$ref" in what else what
        default = "required" if key in schema.get("required", ()) else shown(what.get("default"))
        rows.append((code(key), takes(what, schema.get("$defs", {})), meanings[key], default))
    about = re.sub(r"^The keys of an [^.]*\.\s*", "", about)  # the heading says so
    return "\n\n".join(filter(None, [about, table(("key", "takes", "meaning", "default"), rows)]))


_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}
_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "mapping",
    "null": "nothing",
}


def takes(schema: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """Describe in words what a JSON schema allows."""
    if "$ref" in schema:
        return "mapping, see below"
    if "anyOf" in schema:
        return " or ".join(takes(s, models) for s in schema["anyOf"] if s.get("type") != "null")
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    kind = schema.get("type")
    if kind == "array":
        return f"list: {takes(schema.get('items', {}), models)}"
    if kind == "object" and "properties" in schema:
        return "mapping, see below"
    bounds = [f"{word} {schema[key]:g}" for key, word in _BOUNDS.items() if key in schema]
    return f"{_TYPES.get(str(kind), 'anything')} {' and '.join(bounds)}".strip()


def shown(value: Any) -> str:
    """Return a default as a plan would write it; a run of whole numbers as its two ends."""
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        whole = len(value) > 3 and all(type(each) is int for each in value)
        if whole and value == list(range(value[0], value[-1] + 1)):
            return f"`{value[0]}` … `{value[-1]}`"
        return ", ".join(map(shown, value)) or "none"
    return code(str(value).lower() if isinstance(value, bool) else value) if value != "" else "none"


# Tasks


def tasks() -> str:
    """Return the page on the tasks."""
    from evaluators import tasks as pairs
    from evaluators.clue import tasks as clue

    pair_rows = []
    for name in pairs.names():
        task = pairs.find(name)
        low, high = (f"{end:g}" for end in task.gold_range)
        size = f"{task.pairs:,}" if task.pairs else ""
        config = "" if task.config == "default" else f"{code(task.config)}, "
        place = f"{code(task.hub_id)}, {config}{code(task.split)}"
        kind = "STS" if task.type == "STS" else f"pairs, {code(task.main_metric)}"
        fitted = ", ".join(task.fit_splits)
        pair_rows.append(
            (code(name), kind, task.language, place, size, f"{low} to {high}", fitted, task.licence)
        )
    clue_rows = []
    for name in clue.names():
        task = clue.find(name)
        labels = str(len(task.labels)) if task.labels else ""
        trained = code(task.train) if task.train else "nothing"
        clue_rows.append(
            (
                code(name),
                task.title.partition(": ")[2] or task.title,
                task.family,
                labels,
                trained,
                code(task.scored),
                task.main_metric,
                task.licence,
            )
        )
    notes = [
        f"- {code(name)}: {' '.join(task.note.split())}"
        for folder in (pairs, clue)
        for name in folder.names()
        if (task := folder.find(name)).note
    ]
    pair_head = ("task", "scored as", "language", "hub, split", "pairs", "gold")
    pair_head += ("`target` fitted on", "licence")
    clue_head = ("task", "what", "family", "labels", "trained on", "scored", "metric", "licence")
    return "\n\n".join(
        [
            "# Tasks\n\nWhat can stand under `tasks:`. Where their rows come from:"
            " [data](../guides/data.md).",
            "## Sentence pairs\n\nFor the evaluators `sts` and `dimension_embeddings`; those that"
            " are scored as STS also for `dimension_kept`. The others are scored by a threshold"
            " ([pair classification](../guides/sts.md#pair-classification)). Revisions are pinned"
            " in each task's file.",
            table(pair_head, pair_rows),
            "## CLUE and FewCLUE\n\nFor the evaluator `clue`. A plan can name other splits"
            " ([CLUE's data](../guides/clue-data.md)).",
            table(clue_head, clue_rows),
            "## Notes\n\n" + "\n".join(notes),
        ]
    )


# SQL


def sql() -> dict[str, str]:
    """Return the pages on views and macros, and on tables."""
    from db import open_store

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"duckdb:///{folder}/store.duckdb")
        store.upgrade()
        with store.read() as connection:
            read = connection.exec_driver_sql
            said = {
                (name, column): (kind, text)
                for name, column, kind, text in read(
                    'SELECT object, "column", kind, text FROM dictionary'
                ).all()
            }
            types = read(
                "SELECT table_name, column_name, data_type FROM duckdb_columns()"
                " WHERE NOT internal ORDER BY table_name, column_index"
            ).all()
            macros = read(
                "SELECT function_name, parameters FROM duckdb_functions()"
                " WHERE NOT internal ORDER BY ALL"
            ).all()
    objects: dict[str, list[str]] = {"table": [], "view": []}
    for name in sorted({name for name, _, _ in types}):
        kind, text = said.get((name, ""), ("", ""))
        if kind in objects:
            rows = [
                (code(column), type_.lower(), said[name, column][1])
                for owner, column, type_ in types
                if owner == name
            ]
            objects[kind].append(
                f"### {name}\n\n{text}\n\n{table(('column', 'type', 'meaning'), rows)}"
            )
    calls = [
        f"### {name}\n\n```sql\n{name}({', '.join(parameters)})\n```\n\n{said[name, ''][1]}"
        for name, parameters in macros
    ]
    return {
        "views.md": "\n\n".join(
            [
                "# Views and macros\n\nHow to ask: [query with SQL](../guides/sql.md). The store"
                " says the same of itself in the table `dictionary`.",
                "## Views",
                *objects["view"],
                "## Macros",
                *calls,
            ]
        ),
        "tables.md": "\n\n".join(
            [
                "# Tables\n\nWhat is kept: every row there ever was. What counts now is in the"
                " [views](views.md).",
                *(block.replace("### ", "## ", 1) for block in objects["table"]),
            ]
        ),
    }


# Python


def python() -> str:
    """Return the page on the public Python packages."""
    blocks = [
        "# Python\n\nThe packages that are meant to be imported. Importing them is light: torch and"
        " the like are imported by what\nneeds them."
    ]
    for name in PUBLIC:
        module = importlib.import_module(name)
        names = getattr(module, "__all__", None) or [
            each
            for each, value in vars(module).items()
            if getattr(value, "__module__", None) == name and not each.startswith("_")
            if inspect.isclass(value) or inspect.isfunction(value)
        ]
        blocks.append(f"## {name}\n\n{sections(module.__doc__)[0]}")
        blocks += [entry(each, getattr(module, each)) for each in sorted(names, key=str.lower)]
    return "\n\n".join(blocks)


def entry(name: str, value: Any) -> str:
    """Return what the page says of one public name."""
    if inspect.isfunction(value):
        return f"### {name}\n\n```python\n{name}{signature(value)}\n```\n\n{described(value)}"
    if not inspect.isclass(value):
        plain = isinstance(value, str | int | float | tuple) and len(repr(value)) < 200
        return f"### {name}\n\n{f'`{value!r}`' if plain else 'A constant.'}"
    methods = []
    for each, member in vars(value).items():
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if each.startswith("_") or not getattr(function, "__doc__", None):
            continue
        if isinstance(member, property):
            methods.append(f"- `{each}`: {first_line(member)}")
        elif inspect.isfunction(function):
            methods.append(f"- `{each}{signature(function)}`: {first_line(function)}")
    more = "\n\nMethods and properties:\n\n" + "\n".join(methods) if methods else ""
    return f"### {name}\n\n{described(value)}{more}"


class _Raw(str):
    """An annotation that is shown as it is written in the source, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def signature(function: Callable[..., Any]) -> str:
    """Return a signature as the source has it."""
    found = inspect.signature(function)
    parameters = [
        each if each.annotation is each.empty else each.replace(annotation=_Raw(each.annotation))
        for each in found.parameters.values()
        if each.name not in ("self", "cls")
    ]
    returns = found.return_annotation
    if returns is not found.empty:
        returns = _Raw(returns)
    return str(found.replace(parameters=parameters, return_annotation=returns))


def first_line(value: Any) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(value.__doc__).partition("\n\n")[0].split())


def described(value: Any) -> str:
    """Return a docstring as Markdown, its sections as lists."""
    about, parts = sections(inspect.getdoc(value))
    blocks = [about]
    for heading, items in parts.items():
        lines = [f"- {code(name)}: {text}" if text else f"- {name}" for name, text in items.items()]
        blocks.append(f"{heading}:\n\n" + "\n".join(lines))
    return "\n\n".join(blocks)


_HEADINGS = ("Args", "Attributes", "Raises", "Returns", "Yields")


def sections(docstring: str | None) -> tuple[str, dict[str, dict[str, str]]]:
    """Split a docstring in Google's style into its prose and, by section, its items."""
    prose: list[str] = []
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    name = ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if line.endswith(":") and line[:-1] in _HEADINGS:
            section = found.setdefault(line[:-1], {})
        elif section is None:
            prose.append(line)
        elif line.startswith("        "):
            section[name] = f"{section[name]} {line.strip()}".strip()
        elif line.strip():
            name, _, text = line.strip().partition(": ")
            section[name] = text
    # An example that is not indented would become a sentence.
    example = re.compile(r"^((?:from|import) .+)\n(.+(?:\n.+)*)", re.MULTILINE)
    text = example.sub(r"```python\n\1\n\n\2\n```", "\n".join(prose))
    return text.strip(), found


# Markdown


def code(value: Any) -> str:
    """Return a value in code style."""
    return f"`{value}`"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    head = tuple(head)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
