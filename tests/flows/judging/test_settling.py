"""The plan that would settle a claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from evaluators import claims
from flows.errors import PlanError
from flows.judging.settling import settling
from flows.plans.plan import read_plan
from tests.db.sample_rows import make_run


def _keep(store: Store, gain: float, *, spread: float = 1.0, epochs: int = 20) -> None:
    """Keep a run of the heads of entities whose efficient head is ahead by some points."""
    seeds = list(range(5))
    parameters = {"types": 10, "sentences": 500, "seeds": seeds, "epochs": epochs, "batch": 32}
    rng = np.random.default_rng(0)
    off = rng.normal(0, spread, len(seeds))
    for arm, ahead in (("efficient-global-pointer", gain), ("global-pointer", 0.0)):
        run = make_run(
            f"{arm} {epochs}",
            evaluator="entity_heads",
            task="made-up entities",
            checkpoint_digest="",
            dataset_digest="",
            parameters={**parameters, "arm": arm},
        )
        rows = [
            ScoreRow(
                "f1",
                float(80 + (ahead + off[seed] if ahead else 0.0)) / 100,
                1000,
                {"setting": f"10 types, {epochs} epochs", "arm": arm, "seed": seed},
            )
            for seed in seeds
        ]
        assert record(store, run, rows)


def test_an_open_setting_gets_the_seeds_that_its_spread_asks_for(
    store: Store, tmp_path: Path
) -> None:
    _keep(store, 0.4)
    found = settling(store, claims.find("egp-beats-gp"), 0.8)
    path = tmp_path / "settle.yaml"
    path.write_text(found.plan, encoding="utf-8")
    (entry,) = read_plan(path).evaluations
    request = entry.request
    assert set(request.arms) == {"efficient-global-pointer", "global-pointer"}
    assert request.types == (10,)
    assert len(request.seeds) > 5
    assert "power of 0.8" in found.plan
    more = settling(store, claims.find("egp-beats-gp"), 0.95)
    assert len(yaml.safe_load(more.plan)["evaluations"][0]["seeds"]) > len(request.seeds)


def test_a_smoke_run_gets_the_whole_budget(store: Store) -> None:
    _keep(store, -10.0, epochs=8)
    found = yaml.safe_load(settling(store, claims.find("egp-beats-gp")).plan)
    (entry,) = found["evaluations"]
    assert "epochs" not in entry
    assert entry["seeds"] == [0, 1, 2, 3, 4]


def test_what_is_decided_or_rests_on_boards_has_no_plan(store: Store) -> None:
    _keep(store, 5.0, spread=0.1)
    with pytest.raises(PlanError, match="no setting of egp-beats-gp is open"):
        settling(store, claims.find("egp-beats-gp"))
    with pytest.raises(PlanError, match="rests on leaderboards"):
        settling(store, claims.find("averaging-c1"))


def test_what_would_take_too_many_seeds_is_said(store: Store) -> None:
    _keep(store, 0.4, spread=30.0)
    with pytest.raises(PlanError, match="more than 500 seeds: redesign it"):
        settling(store, claims.find("egp-beats-gp"))
