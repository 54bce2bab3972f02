"""Every evaluator a plan may name keeps the promises of the registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluators import registry
from evaluators.evaluator import DatasetRef
from evaluators.result import Result

ROOT = Path(__file__).parents[2]
SMALL = {
    "can": {"classes": (3,), "seeds": (0, 1), "taus": (0.9,), "tested": 200},
    "r_drop": {"dropouts": (0.3,), "alphas": (4,), "seeds": (0, 1), "epochs": 2, "passes": 2},
    "child_tuning": {
        "ratios": (1,),
        "shares": (0.5,),
        "coordinates": 5,
        "steps": 100,
        "seeds": (0,),
        "epochs": 1,
    },
    "dimension_theory": {"items": (100,), "dimensions": (32, 1024)},
    "dimension_freezing": {"items": (64,), "coefficients": (8.3123,), "replicates": 2},
    "dimension_retrieval": {"items": (50,), "rhos": (0.8,), "width": 64, "replicates": 2},
    "dimension_attention": {"items": (8,), "sizes": (2, 4), "steps": 3, "ranks": (8,)},
    "gradient_accumulation": {"batches": (16,), "seeds": (0, 1)},
    "gradient_cancellation": {"gaps": (6, 18), "rows": 50, "seeds": (0, 1)},
    "entity_heads": {"types": (3,), "sentences": (40,), "seeds": (0, 1), "epochs": 1},
    "p_tuning": {
        "arms": ("probe", "finetune", "prompt 1 + masked tokens"),
        "labelled": (4,),
        "seeds": (0,),
        "pretraining": 2,
    },
    "pair_losses": {"shared": (20,), "pairs": (64,), "seeds": (0, 1), "epochs": 2},
    "linear_simcse": {"exponents": (1.0,), "seeds": (0, 1), "sentences": 128, "epochs": 1},
    "simcse_world": {"seeds": (0, 1), "sentences": 128, "longer": 2, "batch": 32},
    "similarity_distillation": {"seeds": (0, 1), "texts": 128, "epochs": 1, "batch": 32},
    "joint_head": {"seeds": (0, 1), "pairs": 64, "epochs": 1},
    "bert_gibbs": {
        "orders": (1,),
        "sweeps": (1,),
        "chains": 20,
        "updates": 5,
        "batch": 4,
        "seeds": (0, 1),
    },
    "threshold_search": {"cases": 3, "pairs": (50,), "spreads": ("wide",)},
    "whitening_world": {"pairs": 100, "seeds": (0,), "epochs": 1},
}


def keys_of(request: Any) -> tuple[str, ...]:
    return tuple(request.model_fields)


@pytest.mark.parametrize("name", registry.names())
def test_an_evaluator_says_what_the_registry_asks(name: str) -> None:
    evaluator = registry.find(name)
    assert evaluator.VERSION
    described = evaluator.Request.__doc__ or ""
    assert [key for key in keys_of(evaluator.Request) if f"{key}:" not in described] == []


def test_importing_every_evaluator_pulls_in_nothing_heavy() -> None:
    # A plan is read in a second: numpy is the most that an experiment may cost.
    code = (
        "import sys\nfrom evaluators import experiments, discovery, registry\n"
        "files = set(discovery.files(experiments.__name__))\n"
        "[registry.find(name) for name in set(registry.names()) - files]\n"
        "print({'torch', 'numpy', 'scipy', 'sklearn', 'transformers'} & set(sys.modules))\n"
        "[registry.find(name) for name in files]\n"
        "print({'torch', 'scipy', 'sklearn', 'transformers', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["set()", "set()", ""]


def _run(name: str, **more: object) -> list[Result]:
    evaluator = registry.find(name)
    request = evaluator.Request(**{**SMALL[name], **more})
    assert not evaluator.needs_checkpoint(request)

    def refuse(ref: DatasetRef) -> str:
        raise AssertionError(f"asked for {ref}")

    jobs = [job for part in evaluator.parts(request) for job in evaluator.jobs(part, "", refuse)]
    assert len({job.job_key for job in jobs}) == len(jobs)
    assert all(evaluator.dataset_of(job) is None for job in jobs)
    session = evaluator.open_session(None, jobs, refuse, "cpu", None)
    found = [session.evaluate(job) for job in jobs]
    session.close()
    return found


@pytest.mark.parametrize("name", SMALL)
def test_what_needs_no_checkpoint_runs_without_one_and_repeats(name: str) -> None:
    once, again = _run(name), _run(name)
    assert [r.scores for r in once] == [r.scores for r in again]
    assert [r.curves for r in once] == [r.curves for r in again]
    assert all(Result.from_json(r.to_json()) == r for r in once)


def test_the_formula_gives_the_published_coefficients() -> None:
    smallest, table = _run("dimension_theory")
    assert smallest.scores[0].value == 38
    curves = {curve.metric: curve.values for curve in table.curves}
    assert curves["n"] == (32, 1024)
    assert [round(value, 3) for value in curves["coefficient"]] == [8.232, 8.310]


def test_retrieval_keeps_measured_and_predicted_thresholds_side_by_side() -> None:
    (result,) = _run("dimension_retrieval")
    by_criterion: dict[str, dict[str, float]] = {}
    for score in result.scores:
        if "criterion" in score.variant:
            found = by_criterion.setdefault(score.variant["criterion"], {})
            found[score.metric] = score.value
    half = by_criterion["recall 0.5"]
    assert half["n_star"] == pytest.approx(half["n_star_predicted"], rel=0.4)
    assert {curve.metric for curve in result.curves} == {"n", "recall@1", "recall@1 predicted"}


BAD = {
    ("can", "taus"): (0.0,),
    ("can", "classes"): (1,),
    ("can", "seeds"): (1, 1),
    ("r_drop", "alphas"): (-1.0,),
    ("r_drop", "dropouts"): (0.0,),
    ("child_tuning", "shares"): (0.0,),
    ("child_tuning", "p"): 1.5,
    ("child_tuning", "labelled"): 5000,
    ("dimension_theory", "items"): (1,),
    ("dimension_freezing", "coefficients"): (0.0,),
    ("dimension_retrieval", "rhos"): (1.0,),
    ("dimension_retrieval", "items"): (1,),
    ("dimension_retrieval", "dimensions"): (9999,),
    ("gradient_accumulation", "batches"): (12,),
    ("gradient_cancellation", "gaps"): (6, 200),
    ("gradient_cancellation", "dtypes"): ("float64",),
    ("gradient_cancellation", "losses"): (),
    ("entity_heads", "types"): (1,),
    ("entity_heads", "size"): 7,
    ("p_tuning", "labelled"): (),
    ("pair_losses", "shared"): (24,),
    ("pair_losses", "arms"): (),
    ("linear_simcse", "dropout"): 1.0,
    ("simcse_world", "sentences"): 100,
    ("similarity_distillation", "batch"): 33,
    ("joint_head", "pairs"): 10,
    ("bert_gibbs", "orders"): (3,),
    ("threshold_search", "pairs"): (3,),
    ("threshold_search", "cases"): 1,
    ("whitening_world", "width"): 16,
    ("whitening_world", "worlds"): (),
}


@pytest.mark.parametrize("what", BAD, ids=" ".join)
def test_what_cannot_be_is_refused_with_the_plan(what: tuple[str, str]) -> None:
    name, key = what
    with pytest.raises(ValueError, match=key):
        registry.find(name).Request(**{**SMALL[name], key: BAD[what]})
