"""Every method trains on real pairs, from a small BERT with random weights."""

from __future__ import annotations

import numpy as np
import pytest

from db.settings import settings
from evaluators import tasks
from evaluators.evaluator import DatasetRef
from evaluators.registry import find
from evaluators.result import Result
from evaluators.small_bert.make import Size, make_small_bert
from evaluators.sts_training import methods
from flows.inputs import InputPlace, digest, load
from flows.inputs.pairs import located

LABELLED = ("cosent", "sbert", "linear-cosine", "squared-cosine", "joint")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    task = tasks.find("STSB")
    if located(task, "train", settings().data)[1].path is None:
        pytest.skip("RANKCHECK_DATA holds no STSB/train")
    place = InputPlace(settings())
    folder = tmp_path_factory.mktemp("bert")
    make_small_bert(folder, Size(layers=2, hidden=64, heads=2, positions=64))
    evaluator = find("sts_training")
    arms = ["raw", "centred", "whitened-train", "whitened-target"]
    arms += [{"name": name, "rate": 1e-3, "epochs": 2} for name in methods.names()]
    request = evaluator.Request(
        task="STSB",
        arms=arms,
        nli="ocnli/train",
        poolings=("last-mean",),
        max_train=1500,
        max_validation=300,
        max_length=48,
        seeds=(0,),
        resamples=100,
    )
    jobs = evaluator.jobs(request, "small", lambda ref: digest(ref, place))

    def read(ref: DatasetRef) -> object:
        return load(ref, place)

    session = evaluator.open_session(folder, jobs, read, "cpu", None)
    return {job.parameters["arm"].split()[0]: session.evaluate(job, None) for job in jobs}


def spearman(result: Result) -> float:
    return next(s.value for s in result.scores if s.metric == "spearman")


def curve(result: Result, metric: str) -> tuple[float, ...]:
    return next(c.values for c in result.curves if c.metric == metric)


@pytest.mark.slow
@pytest.mark.parametrize("name", methods.names())
def test_a_method_lowers_its_loss_and_chooses_a_step(results: dict[str, Result], name: str) -> None:
    found = results[name]
    losses = curve(found, "training_loss")
    assert losses[-1] < losses[0]
    assert spearman(found) != pytest.approx(spearman(results["raw"]), abs=1e-6)
    validation = curve(found, "spearman_validation")
    best = next(s.value for s in found.scores if s.metric == "spearman_validation")
    assert best == max(validation)


@pytest.mark.slow
def test_grades_teach_more_than_sentences_without_them(results: dict[str, Result]) -> None:
    raw = spearman(results["raw"])
    gains = {name: spearman(results[name]) - raw for name in LABELLED}
    assert np.median(list(gains.values())) > 0.02, gains
