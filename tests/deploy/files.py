"""Read what deploy/ holds: services, pods, units, and every command of ours in them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
BASE = DEPLOY / "kubernetes" / "base"
OVERLAYS = ("cpu", "gpu")

VALUES = {
    "POSTGRES_PASSWORD": "of-postgres",
    "PREFECT_AUTH": "admin:of-prefect",
    "API_TOKEN": "0123456789abcdef0123456789abcdef",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "secret",
    "DASHBOARD_SECRETS": "/srv/secrets.toml",
    "DASHBOARD_ORIGIN": "https://rank.example",
}
"""What somebody puts into deploy/.env."""

_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}|\$\$")


def interpolated(text: str, values: dict[str, str]) -> str:
    """Replace ${NAME}, ${NAME:-default} and ${NAME:?why} as compose does."""

    def of(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        value = values.get(match[1], "")
        if not value and (match[2] or "").endswith("?"):
            raise KeyError(f"{match[1]}: {match[3]}")
        return value or ((match[3] or "") if (match[2] or "").endswith("-") else "")

    return _VARIABLE.sub(of, text)


def variables(text: str) -> set[str]:
    return {match[1] for match in _VARIABLE.finditer(text) if match[1]}


def compose(name: str = "compose.yaml", values: dict[str, str] | None = None) -> dict[str, Any]:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    without = re.sub(r"(?m)^\s*#.*$", "", text)
    read: dict[str, Any] = yaml.safe_load(
        interpolated(without, VALUES if values is None else values)
    )
    return read


def manifests(overlay: str) -> list[dict[str, Any]]:
    """Return what kustomize makes of an overlay; skips where there is no kustomize."""
    tools = {"kustomize": ["kustomize", "build"], "kubectl": ["kubectl", "kustomize"]}
    tool = next((words for name, words in tools.items() if shutil.which(name)), None)
    if tool is None:
        pytest.skip("there is neither kustomize nor kubectl here")
    folder = DEPLOY / "kubernetes" / "overlays" / overlay
    done = subprocess.run([*tool, str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def pods(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the pod's specification of every workload."""
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield document["metadata"]["name"], spec["template"]["spec"]


def units() -> list[Path]:
    return sorted(SYSTEMD.glob("rankcheck-*.service"))


def unit_lines(unit: Path, key: str) -> list[str]:
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def image_environment() -> dict[str, str]:
    """Return what the Dockerfile sets in the last stage."""
    last = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    return dict(re.findall(r"(\w+)=(\S+)", last.replace("\\\n", "").partition("ENV ")[2]))


class Command(NamedTuple):
    """A command of ours in one of the files.

    Attributes:
        where: The file and the service.
        words: Program and arguments; the program has no folder.
        environment: Only what the file itself sets.
    """

    where: str
    words: list[str]
    environment: dict[str, str]

    @property
    def ours(self) -> bool:
        return self.words[0] in ("python", "rankcheck", "prefect")


def _unwrapped(words: list[str]) -> list[str]:
    """Return what `sh -c 'exec …'` starts."""
    if words[0].rpartition("/")[2] == "sh":
        words = shlex.split(words[-1].removeprefix("exec "))
    return [words[0].rpartition("/")[2], *words[1:]]


def commands() -> list[Command]:
    """Return every command of ours: compose, base of Kubernetes, systemd, Dockerfile."""
    found = []
    for name in ("compose.yaml", "compose.sign-in.yaml"):
        for service, spec in compose(name)["services"].items():
            environment = {k: str(v) for k, v in spec.get("environment", {}).items()}
            if spec.get("image", "rankcheck").startswith("rankcheck"):
                words = [str(word) for word in spec["command"]]
                found.append(Command(f"{name}:{service}", _unwrapped(words), environment))
    for file in sorted(BASE.glob("*.yaml")):
        documents = [d for d in yaml.safe_load_all(file.read_text("utf-8")) if d]
        for pod, spec in pods(documents):
            for container in spec["containers"]:
                where = f"kubernetes/{file.name}:{pod}"
                found.append(Command(where, _unwrapped(container["command"]), {}))
    for unit in units():
        for line in unit_lines(unit, "ExecStart"):
            plain = line.replace("%%", "%").replace("$$", "$").replace("%H-%i", "here-0")
            found.append(Command(f"systemd/{unit.name}", _unwrapped(shlex.split(plain)), {}))
    last = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    found.append(Command("Dockerfile", yaml.safe_load(last[-1]), {}))
    return found


def at_bin(words: list[str]) -> list[str]:
    """Return a command with the program of this environment."""
    import sys

    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


def plain_environment(project: Path = ROOT) -> dict[str, str]:
    """Return this process's environment without settings of rankcheck, Prefect and AWS.

    Args:
        project: The folder from which programs import rankcheck.
    """
    special = ("RANKCHECK_", "PREFECT_", "AWS_", "PG")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(special)}
    folders = [str(project), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(folders)}


def copy_project(folder: Path) -> Path:
    """Copy what runs, so that plan runs write their `var/` there."""
    folder.mkdir(exist_ok=True)
    for name in ("dashboard", "data", "db", "evaluators", "flows", "plans"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("prefect.yaml", "prefect-automations.yaml"):
        shutil.copy(ROOT / name, folder)
    return folder
