from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from flows.prefect_server import WITHOUT_CERTIFICATES, ensure_prefect_api

pytestmark = pytest.mark.waits

RUN = """
import sys, time
from pathlib import Path
from flows.prefect_server import ensure_prefect_api
print(ensure_prefect_api(Path(sys.argv[1])), flush=True)
time.sleep(600)
"""


def servers_of(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if "flows.prefect_server" in process.cmdline() and process.environ().get(
                "PREFECT_HOME"
            ) == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_only_clients_of_a_server_of_ours_load_one_certificate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ((name, file),) = WITHOUT_CERTIFICATES.items()
    context = ssl.create_default_context(cafile=file)
    assert context.cert_store_stats()["x509"] == 1
    assert context.verify_mode == ssl.CERT_REQUIRED
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example/api")
    ensure_prefect_api(tmp_path)
    assert name not in os.environ


def test_kill_9_of_a_run_leaves_no_server_behind(own_prefect: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(own_prefect)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert run.stdout is not None
    url = run.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    assert len(servers_of(own_prefect)) == 1
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    deadline = time.monotonic() + 20
    while servers_of(own_prefect) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert servers_of(own_prefect) == []
