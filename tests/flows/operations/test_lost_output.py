from __future__ import annotations

import subprocess
import sys

from tests.flows.home import ROOT

TALK = """
import os, sys, time
from prefect.logging import get_logger
log = get_logger("flow_runs")
log.warning("before")
from flows.operations.lost_output import output_may_be_lost
with output_may_be_lost():
    print("ready", flush=True)
    sys.stdin.readline()
    for stream in (sys.stdout, sys.stderr):
        for i in range(3):
            print("nobody reads this", file=stream, flush=True)
            stream.write("nor this\\n" * 10000)
    log.warning("through rich")
open(sys.argv[1], "w").write("went on")
"""


def test_a_process_goes_on_when_the_reader_of_its_output_is_gone(tmp_path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TALK, str(tmp_path / "end")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    process.stderr.close()
    process.stdin.write(b"go on\n")
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    assert (tmp_path / "end").read_text() == "went on"
