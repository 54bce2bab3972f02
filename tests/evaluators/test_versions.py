"""An evaluator whose source changed says by its VERSION whether its numbers may have.

After a change run `python -m tests.evaluators.test_versions`: it writes the digests anew. Raise
`VERSION` first if a number can come out differently: then every job runs again.
"""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

from evaluators import registry

ROOT = Path(__file__).parents[2]
DIGESTS = Path(__file__).parent / "source_digests.json"


# What carries a number without changing it, and declarations that a data digest stands for.
PLUMBING = ("atomic", "declared", "discovery", "errors", "evaluator", "job", "names", "progress")
PLUMBING += ("registry", "result", "sql_view", "task", "tasks", "clue.tasks")


def sources(name: str) -> list[Path]:
    """Return the files that can change an evaluator's numbers: all that it imports, and further."""
    todo, found = [type(registry.find(name)).__module__], set[Path]()
    while todo:
        module = todo.pop()
        path = path_of(module)
        if path is None or path in found:
            continue
        found.add(path)
        todo += imports(path)
        if path.name == "__init__.py" and "discovery" in path.read_text(encoding="utf-8"):
            todo += [f"{module}.{file.stem}" for file in path.parent.glob("*.py")]
    return sorted(found)


@cache
def imports(path: Path) -> list[str]:
    """Return every module that a file imports, and every name that may be one."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evaluators"):
            found.append(str(node.module))
            found += [f"{node.module}.{each.name}" for each in node.names]
    return found


def path_of(module: str) -> Path | None:
    """Return a module's file; None where it is no module, or changes no number."""
    short = module.removeprefix("evaluators").removeprefix(".")
    if not short or any(short == part or short.startswith(f"{part}.") for part in PLUMBING):
        return None
    path = ROOT / module.replace(".", "/")
    choices = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in choices if each.is_file()), None)


def code_of(path: Path) -> str:
    """Return a file's syntax tree without docstrings: comments and words change no number."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                body[:1] = [ast.Pass()]
    return ast.dump(tree)


def digests() -> dict[str, dict[str, str]]:
    """Return version and digest of every evaluator."""
    code = cache(code_of)  # most evaluators share most of their files
    found = {}
    for name in registry.names():
        digest = hashlib.sha256()
        for path in sources(name):
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(code(path).encode())
        found[name] = {"version": registry.find(name).VERSION, "source": digest.hexdigest()}
    return found


def test_words_change_no_digest_and_code_does(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    seen = []
    for text in (
        'def f():\n    """One."""\n    return 1\n',
        'def f():\n    # two\n    "Two."\n    return (1)\n',
        'def f():\n    """One."""\n    return 2\n',
    ):
        file.write_text(text)
        seen.append(code_of(file))
    assert seen[0] == seen[1] != seen[2]


def test_a_changed_evaluator_was_looked_at_for_a_new_version() -> None:
    assert digests() == json.loads(DIGESTS.read_text(encoding="utf-8")), (
        "an evaluator's source changed: raise its VERSION if a number can come out differently,"
        " then run python -m tests.evaluators.test_versions"
    )


if __name__ == "__main__":
    DIGESTS.write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")
