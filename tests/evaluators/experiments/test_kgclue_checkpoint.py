"""A small BERT learns to write edges, in the real path and by a plan that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluators import registry
from evaluators.evaluator import DatasetRef
from evaluators.experiments import _resumable
from evaluators.result import Result
from evaluators.small_bert.make import Size, make_small_bert
from evaluators.trainer.labelled_data import LabelledDataset, Triple, TripleExample
from evaluators.trainer.training import state
from flows.bundled import bundled

NAMES = "李白杜甫王维孟浩然"
RELATIONS = ("朝代", "故乡", "字号", "职业")
EDGES = [
    Triple(first + second, relation, f"{first}{second}的{relation}")
    for first in NAMES
    for second in NAMES[:4]
    for relation in RELATIONS
]
QUESTIONS = tuple(
    TripleExample(str(number), f"{edge.subject}的{edge.relation}是什么？", edge)
    for number, edge in enumerate(EDGES)
)
DATA = LabelledDataset("kgclue", "train", "triple", (), QUESTIONS)
Values = dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert") / "small"
    make_small_bert(folder, Size(layers=1, hidden=64, seed=5))
    return folder


def run(folder: Path, work: Path | None = None, **changes: Any) -> Result:
    evaluator = registry.find("kgclue_checkpoint")
    request = evaluator.Request(
        added=(0,), tested=24, batch=16, beams=2, seeds=(3,), max_length=16, **changes
    )
    (job,) = evaluator.jobs(request, "digest", lambda _: DATA.digest)

    def load(ref: DatasetRef) -> LabelledDataset:
        return DATA

    return evaluator.open_session(folder, [job], load, "cpu").evaluate(job, work)


def values(result: Result) -> Values:
    return {(score.metric, score.variant["arm"]): score.value for score in result.scores}


def test_a_checkpoint_learns_to_write_and_the_tree_keeps_it_legal(folder: Path) -> None:
    before = values(run(folder, epochs=1, rate=1e-9))
    after = values(run(folder, epochs=25, rate=2e-3))
    assert before["illegal", "free"] > 0.9
    assert before["illegal", "trie"] == after["illegal", "trie"] == 0
    assert after["em", "trie"] > before["em", "trie"] + 0.3
    assert after["em", "trie, objects shuffled"] < 0.2


def test_a_training_that_is_killed_ends_with_the_same_bits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe: dict[str, Any] = {"epochs": 2, "rate": 1e-3}
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 4)
    whole = run(folder, **recipe)
    real, saved = state.save, []

    def killed(*args: Any) -> None:
        real(*args)
        saved.append(args)
        if len(saved) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(state, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            run(folder, tmp_path, **recipe)
    again = run(folder, tmp_path, **recipe)
    assert again.cost["resumed_after"] == 8
    assert again.scores == whole.scores
    assert again.curves == whole.curves


def test_the_plan_that_ships_has_the_published_recipe() -> None:
    plan = yaml.safe_load((bundled("plans") / "kgclue-published.yaml").read_text("utf-8"))
    (entry,) = (e for e in plan["evaluations"] if e["evaluator"] == "kgclue_checkpoint")
    evaluator = registry.find("kgclue_checkpoint")
    request = evaluator.Request(**{k: v for k, v in entry.items() if k != "evaluator"})
    assert (request.rate, request.batch, request.epochs) == (5e-6, 32, 3)
    assert (request.beams, request.max_length) == (3, 128)
