"""The same training on a GPU: every tensor is there, and numbers repeat. Skipped without CUDA."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.batch_sweep.images import digits, split_images
from evaluators.registry import find
from evaluators.simcse.training import TextRecipe, train_text
from evaluators.small_bert.make import Size, make_small_bert
from tests.evaluators.simcse.test_training import PAIRS, RECIPE, SENTENCES

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("encoder", ["mlp", "resnet"])
def test_a_sweep_runs_and_repeats(encoder: str) -> None:
    whole = digits()
    data = split_images("digits", whole.train[:120], whole.train_labels[:120])
    evaluator = find("batch_sweep")
    request = evaluator.Request(
        arms=("infonce/float32", "flatnce/bfloat16", "dcl/float64"),
        batches=(16,),
        seeds=(1, 2),
        epochs=1,
        augmentations=("weak", "simclr"),
        encoder=encoder,
    )
    jobs = [
        j for p in evaluator.parts(request) for j in evaluator.jobs(p, "", lambda _: data.digest)
    ]
    session = evaluator.open_session(None, jobs, lambda ref: data, "cuda", None)
    for job in jobs:
        once, again = session.evaluate(job), session.evaluate(job)
        assert once.scores == again.scores
        assert once.cost["device"] == "cuda"
    by_default = evaluator.open_session(None, jobs, lambda ref: data, None, None)
    device = by_default.evaluate(jobs[0]).cost["device"]
    assert device == ("cpu" if encoder == "mlp" else "cuda")


@pytest.mark.parametrize("encoder", ["float32", "bfloat16"])
def test_text_trains_in_the_memory_of_a_chunk(encoder: str, tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    make_small_bert(folder, Size())
    many = [f"{s[:-1]}, {n} times." for s in SENTENCES for n in range(30)]
    peaks = []
    for batch in (64, 4096):
        recipe = TextRecipe(
            **{**vars(RECIPE), "batch": batch, "chunk": 64, "sentences": batch, "encoder": encoder}
        )
        found = train_text(folder, many, PAIRS, recipe, device="cuda")
        assert found.device.startswith("cuda")
        assert found.peak_bytes is not None
        peaks.append(found.peak_bytes)
    assert peaks[1] < 1.5 * peaks[0]
