"""One machine, by hand: the guide brings up database, server, two workers and dashboard."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.files import copy_project, plain_environment
from tests.flows.receivers import free_port
from tests.postgres import programs, unprivileged

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "scaling.md"
STEPS = dict(
    re.findall(r'^```sh title="([^"]+)"\n(.*?)^```$', GUIDE.read_text("utf-8"), re.M | re.S)
)


class Followed:
    """A folder in which the guide is followed, on free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {"4200": str(free_port()), "8501": str(free_port())}
        # The programs of this environment, which import from the folder.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            **plain_environment(folder),
            "PATH": path,
            "HF_HUB_OFFLINE": "1",
        }

    def step(self, *names: str, user: str | None = None) -> str:
        """Run steps in one shell, as somebody who types them."""
        text = "".join(STEPS[name] for name in names)
        for port, other in self.ports.items():
            text = text.replace(port, other)
        log = self.folder / "steps.log"
        with log.open("w+b") as said:  # what goes on in the background would hold a pipe open
            done = subprocess.run(
                ["bash", "-euc", text],
                cwd=self.folder,
                env=self.environment if user is None else {"PATH": os.environ["PATH"]},
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                timeout=600,
                user=user,
                group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )
        assert done.returncode == 0, log.read_text(encoding="utf-8") + self.logs()
        return log.read_text(encoding="utf-8")

    def logs(self) -> str:
        files = sorted((self.folder / "logs").glob("*.log"))
        return "".join(f"--- {f.name}\n{f.read_text(encoding='utf-8')[-2000:]}" for f in files)


@pytest.fixture
def followed() -> Iterator[Followed]:
    if programs() is None:
        pytest.skip("there is no PostgreSQL here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="rankcheck-guide-"))  # the path of a socket must be short
    copy_project(folder)
    user = unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    followed = Followed(folder)
    followed.step("1-database", user=user)
    try:
        yield followed
    finally:
        followed.step("6-end-of-the-database", user=user)
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_machine_is_brought_up_by_what_the_guide_says(followed: Followed) -> None:
    followed.step("2-settings", "3-parts")
    try:
        followed.step("2-settings", "4-work")
        api = f"http://127.0.0.1:{followed.ports['4200']}/api"
        with httpx.Client(timeout=30) as client:

            def ended() -> list[str]:
                flow_runs = client.post(f"{api}/flow_runs/filter", json={}).json()
                by_hand = [run for run in flow_runs if not run["auto_scheduled"]]
                return [run["state"]["type"] for run in by_hand if run["end_time"]]

            deadline = time.monotonic() + 400
            while len(ended()) < 2:
                assert time.monotonic() < deadline, followed.logs()
                time.sleep(2)
            assert ended() == ["COMPLETED", "COMPLETED"], followed.logs()
            pool = f"{api}/work_pools/rankcheck/workers/filter"
            names = {worker["name"] for worker in client.post(pool, json={}).json()}
            assert {"worker-1", "worker-2"} <= names
            page = client.get(f"http://127.0.0.1:{followed.ports['8501']}/_stcore/health")
            assert page.status_code == 200
        counted = (
            "count(*) AS runs, count(DISTINCT job_key) AS jobs, min(status) AS status FROM runs"
        )
        found = subprocess.run(
            ["bash", "-euc", f"{STEPS['2-settings']}rankcheck sql 'SELECT {counted}' --format csv"],
            cwd=followed.folder,
            env=followed.environment,
            capture_output=True,
            text=True,
        )
        runs, jobs, status = found.stdout.splitlines()[1].split(",")
        assert runs == jobs != "0", found.stdout + found.stderr
        assert status == "finished"
    finally:
        followed.step("5-end")
