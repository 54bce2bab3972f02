"""The bill of materials lists what requirements.lock pins, and nothing else."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_locked_package_is_on_the_bill(tmp_path: Path) -> None:
    program = shutil.which("cyclonedx-py")
    if program is None:
        pytest.skip("there is no cyclonedx-py here: pip install cyclonedx-bom")
    recipe = re.search(r"cyclonedx-py (.*?)requirements\.lock$", makefile(), re.M | re.S)
    assert recipe is not None
    options = shlex.split(recipe[1].replace("\\\n", "").replace("dist/", f"{tmp_path}/"))
    command = [program, *options, "requirements.lock"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    bill = json.loads((tmp_path / "rankcheck.cdx.json").read_text(encoding="utf-8"))
    assert bill["metadata"]["component"]["name"] == "rankcheck"
    listed = {(each["name"], each["version"]) for each in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert listed == set(re.findall(r"^([\w.-]+)==(\S+)$", lock, re.MULTILINE))


def test_an_audit_that_cannot_ask_fails() -> None:
    recipe = re.search(r"^\t\S+/pip-audit -r .*$", makefile(), re.MULTILINE)
    assert recipe is not None
    assert {"requirements.lock", "--strict"} <= set(recipe[0].split())


def makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")
