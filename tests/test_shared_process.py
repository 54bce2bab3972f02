from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import shared_process
from tests.environment import AT_START

HERE = "tests.test_shared_process"


def test_the_first_starts_it_others_join_and_it_ends_with_the_last(tmp_path: Path) -> None:
    place = tmp_path / "place"
    first, pid = shared_process.join(place, HERE, environment=AT_START)
    second, same = shared_process.join(place, HERE, environment=AT_START)
    assert same == pid
    first.close()
    process = psutil.Process(int(pid))
    with pytest.raises(psutil.TimeoutExpired):
        process.wait(timeout=0.1)
    second.close()
    process.wait(timeout=60)

    third, another = shared_process.join(place, HERE, environment=AT_START)
    assert another != pid
    third.close()


def test_one_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        shared_process.join(tmp_path / "place", HERE, "fail", environment=AT_START)


def _prepare() -> str:
    assert "fail" not in sys.argv
    return str(os.getpid())


if __name__ == "__main__":
    for _ in shared_process.serve(Path(sys.argv[1]), _prepare):
        pass
