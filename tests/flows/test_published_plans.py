"""A toy cut of each plan in a published setting, run by the command line on drawn images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.bundled import bundled
from tests.evaluators.experiments.image_mirrors import write_mirror
from tests.flows.home import Home

TINY: dict[str, dict[str, Any]] = {
    "simsiam": {"width": 4, "outputs": 16, "batch": 16, "epochs": 1, "arms": ["SimSiam"]},
    "ddpm": {"width": 8, "updates": 2, "batch": 8, "samples": 4, "steps": [2]},
    "wgan": {
        "constraints": ["penalty"],
        "steps": 1,
        "batch": 4,
        "generator_width": 4,
        "critic_width": 4,
        "samples": 4,
    },
    "vae": {"stages": 1, "hidden": 8, "latents": 3, "samples": 10, "arms": ["vae"]},
}
EVALUATORS = {"simsiam_cifar10", "ddpm_cifar10", "wgan_cifar10", "vae_mnist"}


def cut(name: str) -> dict[str, Any]:
    """Return the first entry of a plan that ships, with tiny networks and two steps."""
    plan = yaml.safe_load((bundled("plans") / f"{name}-published.yaml").read_text("utf-8"))
    entry: dict[str, Any] = {**plan["evaluations"][0], **TINY[name], "seeds": [1]}
    if name in ("ddpm", "wgan"):
        entry["classifier_epochs"] = 1
    return entry


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    write_mirror(tmp_path / "mirror", "mnist")
    return write_mirror(tmp_path / "mirror", "cifar10")


def test_a_toy_cut_of_every_plan_runs_and_decides_nothing(
    new_home: Callable[..., Home], mirror: Path
) -> None:
    home = new_home(RANKCHECK_DATA=str(mirror), RANKCHECK_DEVICE="cpu")
    plan = {"name": "toy", "evaluations": [cut(name) for name in TINY]}
    home.plan.write_text(yaml.safe_dump(plan), encoding="utf-8")
    assert "4 evaluated" in home.run("run", str(home.plan)).stderr
    found = home.rows("SELECT DISTINCT evaluator FROM arm_scores")
    assert {evaluator for (evaluator,) in found} == EVALUATORS
    decided = home.rows(
        "SELECT claim, verdict FROM current_verdicts WHERE combined AND claim IN"
        " ('simsiam-needs-both', 'ddpm-quality-grows-with-steps', 'iwae-beats-vae',"
        " 'gradient-penalty-is-cheaper')"
    )
    assert len(decided) == 4
    assert {verdict for _, verdict in decided} == {"not testable here"}
