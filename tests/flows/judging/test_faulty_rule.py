"""A rule that fails on its evidence costs no other claim its verdict."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from db import Store, open_store
from db.rows import ScoreRow
from evaluators import claims
from flows.commands.claims import command
from flows.errors import ClaimError
from flows.judging.claims import judge_claims
from tests.dashboard.experiments import keep

FAULTY, SOUND = "accumulation-plain", "accumulation-cached"


def _keep(store: Store, metrics: Mapping[str, float]) -> None:
    scores = [
        ScoreRow(metric, value, 64, {"way": way, "seed": seed})
        for metric, value in metrics.items()
        for way in ("plain", "cached")
        for seed in range(4)
    ]
    own = {"batch": 64, "chunk": 8, "temperature": 0.1}
    keep(store, "gradient_accumulation", own, scores, task="chunks")


def _verdicts(store: Store) -> dict[str, str]:
    query = "SELECT claim, verdict FROM verdicts WHERE combined ORDER BY decided_at"
    with store.read() as connection:
        return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def test_other_claims_are_judged_and_the_next_time_completes(
    tmp_path: Path, judged_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"duckdb:///{shutil.copy(judged_store, tmp_path / 'store.duckdb')}")
    assert {FAULTY, SOUND}.isdisjoint(_verdicts(store))
    _keep(store, {"relative_error": 0.2, "cosine": 0.9})
    find = claims.find

    def stumbles(evidence: object) -> Any:
        raise ZeroDivisionError("no seed is left")

    def found(name: str) -> Any:
        return replace(find(name), judge=stumbles) if name == FAULTY else find(name)

    monkeypatch.setattr(claims, "find", found)
    with pytest.raises(ClaimError, match=rf"{FAULTY} \(ZeroDivisionError in test_faulty_rule.py"):
        judge_claims(store)
    assert SOUND in _verdicts(store)
    assert FAULTY not in _verdicts(store)
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    shown = CliRunner().invoke(command, ["--article", "8471"])
    assert isinstance(shown.exception, ClaimError)
    assert SOUND in shown.output
    monkeypatch.undo()
    judge_claims(store)
    assert FAULTY in _verdicts(store)


def test_number_that_an_older_version_did_not_measure_is_no_mistake(store: Store) -> None:
    _keep(store, {"relative_error": 0.2})
    judge_claims(store)
    assert _verdicts(store)[FAULTY] == "not testable here"
