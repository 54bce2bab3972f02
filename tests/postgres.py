"""A throw-away PostgreSQL server, and DuckLakes whose catalog it keeps.

pytest-postgresql would start one too, but not as another user, and PostgreSQL refuses to run as
root, which tests in a container do.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from db import open_store

USER = "rankcheck"
PASSWORD = 'hunter2 it\'s \\ "odd"'
"""With everything that has to be quoted somewhere."""


@dataclass(frozen=True)
class Server:
    """A server on a socket in its own folder.

    Attributes:
        programs: Where initdb, postgres, pg_ctl and psql are.
        folder: Data, socket and log.
    """

    programs: Path
    folder: Path

    def start(self) -> None:
        # Only a socket: no port can be taken. Nothing here outlives the session: no fsync.
        options = f"-c listen_addresses= -F -k {self.folder}"
        self._run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", options)

    def stop(self) -> None:
        """End every connection at once, as a machine does that loses its power."""
        self._run("pg_ctl", "stop", "-w", "-D", "data", "-m", "immediate")

    @contextmanager
    def away(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    def make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n")
        options = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "-D", "data", "-U", USER, f"--pwfile={secret}", *options)

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Run SQL on the server itself."""
        command = [self.programs / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql]
        to = {"PGHOST": str(self.folder), "PGUSER": USER, "PGPASSWORD": PASSWORD}
        environment = {**to, "PGDATABASE": database, "PATH": os.environ["PATH"]}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def address(self, database: str, *, password: str = PASSWORD, user: str = USER) -> str:
        quoted = password.replace("\\", "\\\\").replace("'", "\\'")
        return f"host={self.folder} dbname={database} user={user} password='{quoted}'"

    def url(self, database: str, files: Path) -> str:
        return f"ducklake:postgres:{self.address(database)}?data_path={files}"

    def new_database(self, template: str = "template0") -> str:
        name = f"lake_{uuid.uuid4().hex[:12]}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _run(self, program: str, *arguments: str) -> None:
        who = unprivileged()
        # pg_ctl leaves the server behind, which would hold a pipe open.
        with (self.folder / "said").open("w+b") as said:
            done = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.folder,
                stdout=said,
                stderr=subprocess.STDOUT,
                user=who,
                group=None if who is None else pwd.getpwnam(who).pw_gid,
                extra_groups=None if who is None else [],
            )
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


@dataclass(frozen=True)
class Template:
    """An empty lake to copy: making one takes most of two seconds."""

    database: str
    files: Path

    def copied(self, server: Server, folder: Path) -> str:
        """Return the URL of a copy whose files lie in a folder of its own."""
        name = server.new_database(self.database)
        files = folder / "lake" / "files"
        shutil.copytree(self.files, files)
        moved = f"UPDATE ducklake_metadata SET value = '{files}/' WHERE key = 'data_path'"  # noqa: S608
        server.ask(moved, name)
        return server.url(name, files)


def unprivileged() -> str | None:
    """Return whom root becomes; None where we are nobody special."""
    if os.geteuid() != 0:
        return None
    return "postgres" if "postgres" in {user.pw_name for user in pwd.getpwall()} else "nobody"


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL; Debian keeps initdb off the PATH."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    on_path = shutil.which("initdb")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    whole = [f for f in folders if all((f / name).exists() for name in ("initdb", "psql"))]
    return whole[-1] if whole else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that wants a password; skips where there is none."""
    pytest.importorskip("duckdb_extension_ducklake")
    pytest.importorskip("duckdb_extension_postgres_scanner")
    found = programs()
    if found is None:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    # In /tmp: a socket's path must be short, and another user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="rankcheck-pg-"))
    try:
        if (who := unprivileged()) is not None:
            shutil.chown(folder, who)
        server = Server(found, folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Template:
    template = Template(postgres.new_database(), tmp_path_factory.mktemp("pg-template") / "files")
    store = open_store(postgres.url(template.database, template.files))
    store.upgrade()
    store.close()
    used = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{template.database}'"  # noqa: S608
    while postgres.ask(used):
        time.sleep(0.01)  # The server notices a moment later, and copies no database in use.
    return template


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: Template, tmp_path: Path) -> str:
    """The URL of an empty lake in a database of its own."""
    return postgres_template.copied(postgres, tmp_path)
