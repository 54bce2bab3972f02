from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.flows.home import Home
from tests.warm import Warm


def test_commands_of_a_home_are_forks_unless_an_import_reads_their_settings(
    new_home: Callable[..., Home], warm: Warm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "KMP_INIT_AT_FORK", "FALSE")  # torch sets it in a test
    assert warm.can_run_with(new_home().environment)
    assert warm.can_run_with(new_home("another", HF_ENDPOINT="http://127.0.0.1:99").environment)
    assert not warm.can_run_with(
        new_home("other", PREFECT_API_URL="http://127.0.0.1:9").environment
    )
