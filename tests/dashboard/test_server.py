"""The server has imported what pages need when the first reader comes."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from dashboard.server import LATER, modules_of_pages
from evaluators import averaging
from tests.dashboard.look import APP, SCREENS


def imported(path: Path) -> set[str]:
    """Return the modules of the dashboard that a script imports."""
    nodes = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
    ]
    package = APP.parent
    found = set()
    for node in nodes:
        if node.module and node.module.split(".")[0] == package.name:
            inside = package.parent / Path(*node.module.split("."))
            names = (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if inside.is_dir()
                else set()
            )
            found |= names or {node.module}
    return found


def test_every_module_that_a_page_imports_is_imported_at_the_start() -> None:
    known = set(modules_of_pages())
    for screen in SCREENS:
        asked = imported(APP.parent / "screens" / f"{screen}.py")
        assert asked, screen
        assert asked <= known, screen
    assert not {name for name in known if name.startswith("dashboard.screens")}, "those draw"


def test_libraries_that_rankings_import_when_they_need_them_are_there_later() -> None:
    folder = Path(averaging.__file__).parent
    asked = {
        node.module
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scipy")
    }
    assert len(asked) > 1
    code = f"import sys, {', '.join(LATER)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked <= set(done.stdout.split())


def test_no_page_waits_for_a_look_at_the_files_of_all_modules() -> None:
    config = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text())
    assert config["server"]["fileWatcherType"] == "none"
