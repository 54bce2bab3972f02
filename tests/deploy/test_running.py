"""Every command in deploy/ is run: its help, and the services together as compose starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.deploy.files import (
    VALUES,
    Command,
    at_bin,
    commands,
    compose,
    copy_project,
    image_environment,
    plain_environment,
)
from tests.flows.receivers import free_port
from tests.object_store import object_store
from tests.postgres import PASSWORD, USER, Server

HOME = image_environment()["PREFECT_HOME"].rpartition("/")[2]
"""Prefect's folder, which lies in the working folder."""

OURS = [command for command in commands() if command.ours]


def head(command: Command) -> tuple[str, ...]:
    """Return program, subcommands and options, without values."""
    words = command.words
    module = words[:3] if words[1:2] == ["-m"] else words[:1]
    rest = [word for word in words[len(module) :] if word[:1] == "-" or word.isalpha()]
    return (*module, *rest)


DISTINCT = {head(command): command for command in OURS}


@pytest.mark.parametrize("command", DISTINCT.values(), ids=lambda command: command.where)
def test_its_command_knows_every_option(command: Command, tmp_path: Path) -> None:
    """`--help` after the options: click refuses an unknown one before it shows any help."""
    given = [
        str(made(tmp_path)) if "secrets.toml" in w or "dashboard.toml" in w else w
        for w in command.words
    ]
    done = run([*given, "--help"], tmp_path, {})
    assert done.returncode == 0, done.stderr[-2000:]
    for word in given:
        if word.startswith("--"):
            assert word in done.stdout, word


def made(folder: Path) -> Path:
    path = folder / "secrets.toml"
    path.write_text('[auth]\nclient_id = "x"\n')
    path.chmod(0o600)
    return path


def run(
    words: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        at_bin(words),
        cwd=folder,
        env={**plain_environment(), "HOME": str(folder), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


class Stack:
    """The services of compose.yaml as processes, on free ports."""

    def __init__(self, home: Path, database: Server, objects: dict[str, str], files: str) -> None:
        self.home = home
        self.project = copy_project(home / "project")
        self.ports = {port: free_port() for port in ("4200", "8501", "8502", "8080")}
        prefect, lake = database.new_database(), database.new_database()
        secret, socket = quote(PASSWORD, safe=""), quote(str(database.folder), safe="")
        at = f"{USER}:{secret}@/{prefect}?host={socket}"
        there = f"host={database.folder} dbname={lake} user={USER}"
        self.replaced = {
            "RANKCHECK_STORE": f"ducklake:postgres:{there}?data_path={files}",
            "PGPASSWORD": PASSWORD,
            **objects,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{at}",
            "PREFECT_API_URL": f"http://127.0.0.1:{self.ports['4200']}/api",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, service: str) -> dict[str, str]:
        """Return what compose sets for a service, with the addresses of this test."""
        said = {k: str(v) for k, v in compose()["services"][service]["environment"].items()}
        replaced = {k: v for k, v in self.replaced.items() if k in said}
        extra = (
            {"PREFECT_WORKER_WEBSERVER_PORT": str(self.ports["8080"])}
            if service == "worker"
            else {}
        )
        folder = self.home / service
        folder.mkdir(exist_ok=True)
        own = {
            "HOME": str(folder),
            "PREFECT_HOME": str(self.project / HOME),
        }
        return {**plain_environment(self.project), **said, **replaced, **own, **extra}

    def words(self, words: list[str]) -> list[str]:
        for port, other in self.ports.items():
            words = [word.replace(port, str(other)) for word in words]
        return at_bin(words)

    def start(self, service: str) -> None:
        log = (self.home / f"{service}.log").open("wb")
        command = [str(word) for word in compose()["services"][service]["command"]]
        self.processes[service] = subprocess.Popen(
            self.words(command),
            cwd=self.project,
            env=self.environment(service),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        log.close()

    def log(self, service: str) -> str:
        return (self.home / f"{service}.log").read_text(encoding="utf-8")[-4000:]

    def is_healthy(self, service: str) -> bool:
        """Run the service's own health check."""
        test = compose()["services"][service]["healthcheck"]["test"]
        assert test[0] == "CMD"
        done = subprocess.run(
            self.words(test[1:]), env=self.environment(service), capture_output=True
        )
        return done.returncode == 0

    def until_healthy(self, service: str) -> None:
        assert until(lambda: self.is_healthy(service), 180), self.log(service)
        assert self.processes[service].poll() is None, self.log(service)

    def ask(self, port: str, path: str, **headers: str) -> int:
        return httpx.get(
            f"http://127.0.0.1:{self.ports[port]}{path}", headers=headers, timeout=30
        ).status_code


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


@contextmanager
def ended(stack: Stack) -> Iterator[Stack]:
    try:
        yield stack
    finally:
        for process in reversed(stack.processes.values()):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in stack.processes.values():
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_services_of_compose_run_together(postgres: Server, tmp_path: Path) -> None:
    pytest.importorskip("duckdb_extension_httpfs")
    tmp_path.chmod(0o755)
    with (
        object_store() as objects,
        ended(Stack(tmp_path, postgres, objects.environment, "s3://rankcheck/lake")) as stack,
    ):
        stack.start("server")
        stack.until_healthy("server")
        stack.start("deploy")
        assert stack.processes["deploy"].wait(timeout=400) == 0, stack.log("deploy")
        for service in ("worker", "dashboard", "api"):
            stack.start(service)
        for service in ("worker", "dashboard", "api"):
            stack.until_healthy(service)
        assert any(name.startswith("rankcheck/lake/main/") for name in objects.objects)
        # Prefect wants its login, the API its token; another host name is nobody's.
        assert stack.ask("4200", "/api/version") == 401
        assert stack.ask("4200", "/api/version", Authorization=basic(VALUES["PREFECT_AUTH"])) == 200
        assert stack.ask("8502", "/runs") == 401
        assert stack.ask("8502", "/runs", Authorization=f"Bearer {VALUES['API_TOKEN']}") == 200
        assert stack.ask("8501", "/", Host="evil.example") == 403
        assert stack.ask("8501", "/", Host="rank.example") == 200
        # What timers and cron start.
        there = stack.environment("worker")
        backup = tmp_path / "copy.duckdb"
        for words in (["db", "maintain"], ["db", "backup", str(backup)], ["db", "check"]):
            done = run(["rankcheck", *words], stack.project, there)
            assert done.returncode == 0, done.stdout + done.stderr
        assert backup.stat().st_size > 0
        # `watch` looks through Prefect's login, and finds server and worker but no completed run.
        done = run(["rankcheck", "watch"], stack.project, there)
        assert done.returncode == 1, done.stderr
        assert "no worker" not in done.stdout + done.stderr
        assert "does not answer" not in done.stdout + done.stderr


def basic(login: str) -> str:
    import base64

    return f"Basic {base64.b64encode(login.encode()).decode()}"


def test_the_programs_are_those_of_this_environment() -> None:
    for program in ("python", "rankcheck", "prefect"):
        assert (Path(sys.executable).parent / program).exists()
