"""Train sentence vectors by several methods from one checkpoint, and score them on pairs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from evaluators import tasks
from evaluators.clue.task import split_ref
from evaluators.errors import EvaluatorError
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
    Share,
    known,
)
from evaluators.job import Job
from evaluators.result import Result
from evaluators.sts.evaluator import fit_inputs
from evaluators.sts.names import POOLINGS
from evaluators.sts_training import methods
from evaluators.sts_training.names import Arm, parse_arm

StsTask = Annotated[str, known("task", tasks.names)]


class StsTrainingRequest(Request):
    """The keys of an `evaluator: sts_training` entry in a plan.

    Attributes:
        task: Sentence-pair task of type STS whose scored split gives the score.
        arms: What is compared: a method, as a name or `{name: …, option: …}`, or a form of the
            checkpoint as it is: `raw`, `centred`, `whitened-train` (both fitted on the training
            sentences), `whitened-target` (on the task's own sentences, so transductive).
        train: Task and split to train on, as `task/split`; None takes the task's own `train`.
        validation: Task and split on which the step is chosen; None takes the task's own
            `validation`. Where it is the split of `train`, a share of its pairs is held out.
        held_out: That share.
        nli: CLUE task and split of inference pairs, such as `ocnli/train`, for the method `joint`.
        corpus: Corpus whose documents are the sentences of `simcse`, `linear-simcse` and
            `distillation`; None takes the sentences of the training pairs.
        poolings: Poolings of token vectors, for every arm. The name of an arm has those after the
            first one.
        seeds: Seeds of order, dropout and new weights; each is a job.
        evaluate_every: Number of steps between two evaluations on the validation pairs; None
            evaluates ten times, or less often where that would cost more than about a tenth of the
            training, but at least twice.
        selection: Which step is scored: the best on the `validation` pairs, or the `last`.
        max_train: Largest number of training pairs; None takes all.
        max_validation: Largest number of validation pairs; None takes all.
        max_length: Number of tokens that sentences are cut to; None takes the checkpoint's limit.
        chunk: Number of sentences in one backward pass, whatever the batch: it bounds memory, for
            one more forward pass; None takes the whole batch.
        dtype: Number format of forward passes in training; weights stay in float32.
        resamples: Number of bootstrap resamples behind each interval, at least 100.
    """

    task: StsTask
    arms: Distinct[str | dict[str, Any]] = ("raw", "whitened-train", "simcse")
    train: str | None = None
    validation: str | None = None
    held_out: Share = 0.1
    nli: str | None = None
    corpus: str | None = None
    poolings: Distinct[Annotated[str, known("pooling", POOLINGS)]] = ("native",)
    seeds: Seeds = (0, 1, 2)
    evaluate_every: Count | None = None
    selection: Literal["validation", "last"] = "validation"
    max_train: Annotated[int, Field(ge=2)] | None = None
    max_validation: Annotated[int, Field(ge=2)] | None = None
    max_length: Annotated[int, Field(ge=3)] | None = None
    chunk: Annotated[int, Field(ge=2)] | None = None
    dtype: Literal["float32", "bfloat16"] = "float32"
    resamples: Annotated[int, Field(ge=100)] = 1000

    @model_validator(mode="after")
    def _consistent(self) -> StsTrainingRequest:
        if tasks.find(self.task).type != "STS":
            raise ValueError(
                f"task must be of type STS, whose grades are ranked; {self.task} is"
                f" {tasks.find(self.task).type}"
            )
        try:
            arms = [parse_arm(spec) for spec in self.arms]
            for name in (self.train, self.validation):
                pairs_ref(name or f"{self.task}/test")
        except EvaluatorError as error:
            raise ValueError(str(error)) from error
        if any(_learns(arm) == "two-label-sets" for arm in arms) and self.nli is None:
            raise ValueError(
                "method joint trains on pairs of two label sets: name a CLUE task of inference"
                " as nli, such as ocnli/train"
            )
        return self


class StsTraining(Evaluator[StsTrainingRequest]):
    """Each arm and seed trains its own copy of the checkpoint, which stays as it is."""

    VERSION = "2"
    LEVEL = "small"
    Request = StsTrainingRequest

    def needs_checkpoint(self, request: StsTrainingRequest) -> bool:
        return True

    def label(self, request: StsTrainingRequest) -> str:
        return request.task

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def jobs(
        self, request: StsTrainingRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each arm, pooling and seed."""
        train = request.train or f"{request.task}/train"
        validation = request.validation or f"{request.task}/validation"
        common = {
            "train": train,
            "train_digest": digest_of(pairs_ref(train)),
            "validation": validation,
            "validation_digest": digest_of(pairs_ref(validation)),
            "held_out": request.held_out if train == validation else None,
            "max_train": request.max_train,
            "max_validation": request.max_validation,
            "max_length": request.max_length,
            "resamples": request.resamples,
        }
        return [
            self.job(
                request.task,
                {
                    **common,
                    **_of_arm(arm, request, digest_of),
                    "pooling": pooling,
                    "arm": arm.name + (f"/{pooling}" if pooling != request.poolings[0] else ""),
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(request.task)),
                seed=seed,
                dtype=request.dtype,
            )
            for arm in map(parse_arm, request.arms)
            for pooling in request.poolings
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.sts_training.evaluate import evaluate

        return evaluate(job, session)


def _of_arm(arm: Arm, request: StsTrainingRequest, digest_of: DigestOf) -> dict[str, Any]:
    """Return the parameters of an arm: only what its numbers depend on."""
    if arm.method is None:
        if arm.name != "whitened-target":
            return {"form": arm.name}
        refs = fit_inputs(request.task, "target")
        return {"form": arm.name, "fit_digests": [digest_of(ref) for ref in refs]}
    found: dict[str, Any] = {
        "method": arm.method.name,
        "options": arm.method.given,
        "evaluate_every": request.evaluate_every,
        "selection": request.selection,
        "chunk": request.chunk,
    }
    learns = _learns(arm)
    if learns == "sentences" and request.corpus is not None:
        found["corpus"] = request.corpus
        found["corpus_digest"] = digest_of(DatasetRef(request.corpus, kind="corpus"))
    if learns == "two-label-sets" and request.nli is not None:
        found["nli"] = request.nli
        found["nli_digest"] = digest_of(split_ref(request.nli))
    return found


def _learns(arm: Arm) -> str:
    return "nothing" if arm.method is None else methods.learns(arm.method)


def pairs_ref(name: str) -> DatasetRef:
    """Return the reference of pairs `task/split`.

    Raises:
        UnknownNameError: There is no such task.
    """
    task, _, split = name.partition("/")
    declared = tasks.find(task)
    return DatasetRef(task, None if split in ("", declared.split) else split)
