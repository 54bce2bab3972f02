"""A client that openapi-python-client makes of the API's document, against the real server."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.dashboard.api.test_command import serving

GENERATOR = "openapi-python-client==0.29.1"
TOKEN = "a token of twenty-two".replace(" ", "-")

pytestmark = pytest.mark.slow  # the generator is installed into an environment of its own


@pytest.fixture(scope="module")
def address(full: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that asks for a token."""
    log = tmp_path_factory.mktemp("api") / "log"
    with serving(full, log, {"RANKCHECK_API_TOKEN": TOKEN}) as address:
        yield address


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generator: one that is named, that on the path, or a new environment with it."""
    found = os.environ.get("OPENAPI_PYTHON_CLIENT") or shutil.which("openapi-python-client")
    if found:
        return Path(found)
    folder = tmp_path_factory.mktemp("generator")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", GENERATOR]
    if subprocess.run(pip, check=False, capture_output=True).returncode:
        pytest.skip("openapi-python-client cannot be installed here")
    return folder / "bin" / "openapi-python-client"


@pytest.fixture(scope="module")
def client(
    address: str, generator: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    """The package that was generated from the document of the running server."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    answer = httpx.get(f"{address}/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"})
    document.write_text(json.dumps(answer.json()))
    command = [str(generator), "generate", "--path", str(document), "--meta", "none"]
    done = subprocess.run(
        [*command, "--output-path", str(folder / "rankcheck_client")],
        env={**os.environ, "PATH": f"{generator.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Warning" not in done.stdout + done.stderr, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("rankcheck_client")
    finally:
        sys.path.remove(str(folder))


def route(client: ModuleType, name: str) -> Any:
    return importlib.import_module(f"{client.__name__}.api.{name}")


def test_generated_client_ranks_a_board_as_the_api_does(client: ModuleType, address: str) -> None:
    with client.AuthenticatedClient(base_url=address, token=TOKEN) as caller:
        page = route(client, "boards.ranks").sync("superglue", client=caller, p=0.0, limit=5)
        assert (page.total, page.limit, len(page.rows)) == (24, 5, 5)
        raw = httpx.get(
            f"{address}/ranks/superglue?p=0&limit=5", headers={"Authorization": f"Bearer {TOKEN}"}
        ).json()
        assert [row.to_dict() for row in page.rows] == raw["rows"]


def test_generated_client_asks_in_sql_and_reads_runs(client: ModuleType, address: str) -> None:
    with client.AuthenticatedClient(base_url=address, token=TOKEN) as caller:
        sql = importlib.import_module(f"{client.__name__}.models.sql").Sql
        found = route(client, "sql_and_health.post_sql").sync(
            client=caller, body=sql(q="SELECT count(*) AS runs FROM runs")
        )
        assert (
            found.rows[0]["runs"] == route(client, "runs_and_scores.runs").sync(client=caller).total
        )


def test_generated_client_gets_a_problem_as_its_class(client: ModuleType, address: str) -> None:
    with client.AuthenticatedClient(base_url=address, token=TOKEN) as caller:
        problem = route(client, "boards.ranks").sync("supergleu", client=caller)
        assert type(problem).__name__ == "Problem"
        assert "did you mean 'superglue'" in problem.detail
    with client.Client(base_url=address) as stranger:
        refused = route(client, "boards.boards").sync(client=stranger)
        assert refused.status == 401
