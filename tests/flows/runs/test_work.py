"""Folders of jobs that can resume."""

from __future__ import annotations

import os
import time

from evaluators.job import Job
from flows.runs import kept_work
from flows.runs.prepare import PlannedJob

JOB = Job("clue", "1", "tnews", "c", "d")


def test_a_repetition_starts_in_a_folder_of_its_own(tmp_path):
    first = kept_work.folder_of(tmp_path, PlannedJob(JOB, None))
    again = kept_work.folder_of(tmp_path, PlannedJob(JOB, None, generation=1))
    assert first != again
    first.mkdir()
    again.mkdir()
    assert first == kept_work.folder_of(tmp_path, PlannedJob(JOB, None))
    kept_work.drop_folder(tmp_path, PlannedJob(JOB, None))
    assert [first.exists(), again.exists()] == [False, True]


def test_only_folders_nobody_writes_to_expire(tmp_path):
    old, used = (tmp_path / name for name in ("old", "used"))
    for folder in (old, used):
        folder.mkdir()
        (folder / "state").write_text("x")
        past = time.time() - 40 * 86400
        os.utime(folder / "state", (past, past))
        os.utime(folder, (past, past))
    (used / "newer").write_text("x")
    assert kept_work.expire_folders(tmp_path, keep_days=30) == 1
    assert [old.exists(), used.exists()] == [False, True]
    assert kept_work.expire_folders(tmp_path / "absent", keep_days=30) == 0
