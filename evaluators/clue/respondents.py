"""Gather what many models answered to the same examples of a task, for the analysis of items."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.clue import metrics
from evaluators.digest import sha256_json
from evaluators.errors import EvaluatorError, ScoreError
from evaluators.result import Table
from evaluators.trainer import predictions as kept
from evaluators.trainer.predictions import Predictions

RUNS = """
    SELECT run_id, checkpoint, checkpoint_digest, parameters, seed, dtype, dataset_digest
    FROM latest_runs
    WHERE evaluator = 'clue' AND task = :task
        AND json_extract_string(parameters, '$.submit') IS DISTINCT FROM 'true'
    ORDER BY finished_at, run_id
"""
"""The query for the rows that `gather` takes."""

# The kept answers are those before the correction of predicted classes.
_NOT_OF_THE_MODEL = ("post",)
_NAMED_BY = ("mode", "head", "method", "trained_on", "max_train", "epochs", "pooling", "C", "rate")


class Respondent(NamedTuple):
    """One model: a checkpoint in one configuration.

    Attributes:
        name: Its checkpoint, mode, head, method, and what else it can be known by.
        checkpoint_digest: Content digest of the checkpoint; empty for a baseline.
        run_ids: Its runs, one for each seed.
    """

    name: str
    checkpoint_digest: str
    run_ids: tuple[str, ...]


@dataclass(frozen=True)
class Respondents:
    """The answers of some models to the same examples.

    Attributes:
        task: Name of the task.
        split: Its split.
        ids: Id of each example, length n.
        gold: The right answer of each example in words, length n.
        models: The models.
        responses: Share of a model's seeds that are right, shape (models, n).
        contexts: Number of contexts where several examples share one; None where none do.
        notes: What was left out and why, as sentences.
    """

    task: str
    split: str
    ids: tuple[str, ...]
    gold: tuple[str, ...]
    models: tuple[Respondent, ...]
    responses: NDArray[np.float64]
    contexts: int | None
    notes: tuple[str, ...]

    @property
    def seeds(self) -> NDArray[np.int64]:
        """Number of runs behind each model, shape (models,)."""
        return np.array([len(model.run_ids) for model in self.models], dtype=np.int64)

    @property
    def checkpoints(self) -> int:
        """Number of different checkpoints; all baselines without one count as one."""
        return len({model.checkpoint_digest for model in self.models})

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the answers depend on that the analysis takes as independent, as sentences."""
        cautions = []
        if self.contexts is not None:
            cautions.append(
                f"the examples share {self.contexts:,} contexts: what goes for one example of a"
                " context tends to go for the others, so they are fewer than they seem"
            )
        if self.checkpoints < len(self.models):
            word = "checkpoint" if self.checkpoints == 1 else "checkpoints"
            cautions.append(
                f"the {len(self.models)} models are configurations of {self.checkpoints} {word}"
                " (baselines without one together count as one): models of one checkpoint are"
                " wrong together, so that p and q are rather too small"
            )
        return tuple(cautions)


class _Answers(NamedTuple):
    """What `gather` takes from the kept answers of a run."""

    ids: tuple[str, ...]
    gold: tuple[str, ...]
    digest: str  # of ids and right answers
    right: NDArray[np.float64]
    is_constant: bool
    contexts: int | None


class _Run(NamedTuple):
    row: Mapping[str, Any]
    params: dict[str, Any]
    answers: _Answers


def gather(
    task: str,
    rows: Sequence[Mapping[str, Any]],
    read: Callable[[str], Table | None],
    *,
    split: str | None = None,
) -> Respondents:
    """Gather the answers of all runs of one task to the same examples.

    A model is one checkpoint in one configuration; its seeds are not models of their own, so that
    its response is their mean. Where runs were scored on different examples, those that most
    models were scored on are taken, and of equals the newest.

    Args:
        task: Name of the task.
        rows: What `RUNS` returns, the oldest first.
        read: Returns the kept answers of a run; None where there are none.
        split: The split; None: the one with most runs.

    Raises:
        ScoreError: No run of the task and split kept answers.
    """
    with_params = [(row, _params(row["parameters"])) for row in rows]
    splits = [str(params.get("split")) for _, params in with_params]
    if split is None and splits:
        split = max(dict.fromkeys(splits), key=splits.count)
    of_split = [pair for pair, each in zip(with_params, splits, strict=True) if each == split]
    if not of_split:
        others = ", ".join(sorted(set(splits)))
        raise ScoreError(
            f"{task}: no finished run was scored on {split}, only on {others}: name one of them"
            if others
            else f"{task}: no finished run was scored: run a plan with `evaluator: clue` and"
            f" `tasks: [{task}]`"
        )
    groups: dict[str, list[_Run]] = {}
    newest: dict[str, int] = {}
    unread = constant = 0
    for place, (row, params) in enumerate(of_split):
        answers = _answers(read(str(row["run_id"])))
        if answers is None:
            unread += 1
        elif answers.is_constant:
            constant += 1
        else:
            key = f"{row['dataset_digest']} {answers.digest}"
            groups.setdefault(key, []).append(_Run(row, params, answers))
            newest[key] = place
    notes = [
        *_counted(unread, "kept no answers that can be read", "run them again with --rerun always"),
        *_counted(
            constant,
            "gave every example the same answer",
            "which says nothing about single examples",
        ),
    ]
    if not groups:
        raise ScoreError(
            f"{task}/{split}: none of {len(of_split)} runs is of use ({'; '.join(notes)}): run a"
            " plan that trains on this task"
        )
    by_model = {key: _by_model(runs) for key, runs in groups.items()}
    best = max(groups, key=lambda key: (len(by_model[key]), newest[key]))
    notes += _counted(
        sum(len(runs) for key, runs in groups.items() if key != best),
        "were scored on other examples",
        "other data or another max_scored",
    )
    return _respondents(task, str(split), by_model[best], notes)


def _params(text: Any) -> dict[str, Any]:
    params = json.loads(text) if isinstance(text, str) else text
    return dict(params) if isinstance(params, Mapping) else {}


def _answers(table: Table | None) -> _Answers | None:
    """Return a run's answers; None where there are none, or a foreign table holds other things."""
    if table is None:
        return None
    try:
        predictions = kept.from_table(table)
        if not len(predictions) or any(each is None for each in predictions.gold):
            return None
        return _Answers(
            ids=tuple(map(str, predictions.ids)),
            gold=tuple(_in_words(predictions, each) for each in predictions.gold),
            digest=sha256_json([predictions.ids, [repr(each) for each in predictions.gold]]),
            right=np.asarray(metrics.right(predictions), dtype=np.float64),
            is_constant=_is_constant(predictions),
            contexts=None if predictions.clusters is None else len(set(predictions.clusters)),
        )
    except (EvaluatorError, TypeError, ValueError, LookupError, ArithmeticError):
        return None


def _is_constant(predictions: Predictions) -> bool:
    """Return whether every example has the same answer, as of a constant or a collapsed model.

    Such a model is right wherever its class is, and usually among the worst: kept, it would make
    all items of that class look as if better models got them wrong.
    """
    return len(predictions) > 1 and all(
        each == predictions.predicted[0] for each in predictions.predicted
    )


def _counted(count: int, what: str, why: str) -> list[str]:
    return [f"{count} {'run' if count == 1 else 'runs'} left out: {what} ({why})"] if count else []


def _by_model(runs: Sequence[_Run]) -> dict[str, list[_Run]]:
    """Return the runs of each configuration, one for each seed, the newest."""
    found: dict[str, dict[int, _Run]] = {}
    for run in runs:
        params = {k: v for k, v in run.params.items() if k not in _NOT_OF_THE_MODEL}
        key = sha256_json([run.row["checkpoint_digest"], run.row["dtype"], params])
        found.setdefault(key, {})[int(run.row["seed"])] = run
    return {key: list(by_seed.values()) for key, by_seed in found.items()}


def _respondents(
    task: str, split: str, by_model: Mapping[str, Sequence[_Run]], notes: list[str]
) -> Respondents:
    models: list[Respondent] = []
    responses: list[NDArray[np.float64]] = []
    same = 0
    for runs in by_model.values():
        response = np.mean([run.answers.right for run in runs], axis=0)
        # Answers that another model gave to the letter are no second opinion.
        if any(np.array_equal(response, other) for other in responses):
            same += 1
            continue
        responses.append(response)
        first = runs[0]
        models.append(
            Respondent(
                _name(first),
                str(first.row["checkpoint_digest"]),
                tuple(str(run.row["run_id"]) for run in runs),
            )
        )
    if same:
        notes = [
            *notes,
            f"{same} {'model' if same == 1 else 'models'} left out: right on exactly the same"
            " examples as another one",
        ]
    every = [run.answers for runs in by_model.values() for run in runs]
    # Runs of older versions kept no contexts; those of the others are of the same examples.
    contexts = next((each.contexts for each in every if each.contexts is not None), None)
    return Respondents(
        task=task,
        split=split,
        ids=every[0].ids,
        gold=every[0].gold,
        models=tuple(models),
        responses=np.array(responses, dtype=np.float64),
        contexts=contexts,
        notes=tuple(notes),
    )


def _name(run: _Run) -> str:
    parts = [str(run.row["checkpoint"] or "")]
    parts += [
        f"{name} {run.params[name]}"
        if name in ("max_train", "epochs", "C", "rate")
        else str(run.params[name])
        for name in _NAMED_BY
        if run.params.get(name)
    ]
    return " · ".join(part for part in parts if part)


def _in_words(predictions: Predictions, gold: Any) -> str:
    """Return a right answer without a text of the data: a label, a position, a number of them."""
    if predictions.family == "classification" and 0 <= gold < len(predictions.labels):
        return str(predictions.labels[gold])
    if predictions.family == "entity":
        return f"{len(gold)} {'entity' if len(gold) == 1 else 'entities'}"
    if predictions.family in ("span", "triple"):
        return f"a {predictions.family}"
    return str(gold)
