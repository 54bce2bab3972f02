"""Chinese language understanding: a checkpoint fine-tuned, or probed, on CLUE's tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from evaluators.clue import tasks
from evaluators.clue.task import split_ref
from evaluators.errors import DatasetError, EvaluatorError
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
    Share,
    known,
)
from evaluators.job import Job
from evaluators.names import validate_known
from evaluators.result import Result
from evaluators.sts.names import POOLINGS
from evaluators.trainer import heads, methods
from evaluators.trainer.named import Spec, words
from evaluators.trainer.training.recipe import USUAL_C, Recipe, Selection

if TYPE_CHECKING:
    from evaluators.clue.task import ClueTask

Mode = Literal["finetune", "probe", "cosine", "tfidf", "constant", "all-positive"]
_WITHOUT_CHECKPOINT = ("tfidf", "constant", "all-positive")
_ON_GRAPHS = ("tfidf", "constant")
_WITH_PROBABILITIES = ("finetune", "probe", "tfidf")
_CAN = ("k", "tau", "alpha", "iterations", "confusion")
_RECIPE = (
    "selection",
    "held_out",
    "epochs",
    "rate",
    "head_rate",
    "warmup",
    "weight_decay",
    "clip",
    "batch",
    "micro_batch",
)
USUAL = Recipe()
"""The defaults of training."""


class ClueRequest(Request):
    """The keys of an `evaluator: clue` entry in a plan.

    Attributes:
        tasks: Names of CLUE or FewCLUE tasks.
        mode: `finetune` trains encoder and head; `probe` fits a linear model on the frozen
            encoder; `cosine` separates pairs by a threshold on their similarity; `tfidf`,
            `constant` and `all-positive` are baselines without a checkpoint.
        head: Layers on top of the encoder: a name or `{name: …, option: …}`; None takes the
            default of the task's family.
        methods: Training methods; each is an arm.
        post: Correction of predicted classes: `none`, `can`, or `{name: can, tau: …}`. Both the
            corrected and the uncorrected predictions are scored.
        train: Task and split to train on, as `task/split`; None takes the task's training split.
        split: Split to score; None takes the task's default.
        submit: Predict a split whose labels are hidden, for a submission, instead of scoring.
        seeds: Seeds of head, order and dropout; each is a job.
        epochs: Number of training epochs.
        rate: Largest learning rate of AdamW.
        head_rate: Largest learning rate of the new weights of the head; None takes `rate`.
        warmup: Share of the steps in which the rate rises; after that it falls to 0.
        weight_decay: Weight decay of matrices.
        clip: Largest norm of the gradient; 0 turns clipping off.
        batch: Number of examples in an optimiser step.
        micro_batch: Number of examples computed at once; None takes the whole batch.
        max_length: Tokens that a sequence is cut to, at least 16; None takes the task's default.
        max_train: Largest number of training examples, drawn by the seed; None takes all.
        max_scored: Largest number of scored examples, the same for every seed; None takes all.
        selection: Epoch that is scored: the best on a `held-out` part of the training set, the
            best on the scored split (`as-published`), or the `last`.
        held_out: Share of the training set that is held out.
        leaks: Treatment of training examples that are also scored: `refuse` the job, `drop` the
            examples, or `keep` them where the published splits of one task share them.
        near_duplicates: Treatment of training examples that nearly repeat a scored one (Jaccard
            similarity of character trigrams from 0.7 on): `keep` and count them, or `drop` them.
        pooling: Pooling of token vectors to the vector of a text, for `probe` and `cosine`.
        C: Inverse strength of the regularisation of the probe.
        dtype: Number format of forward passes; trained weights stay in float32.
    """

    tasks: Distinct[Annotated[str, known("task", tasks.names)]]
    mode: Mode = "finetune"
    head: str | dict[str, Any] | None = None
    methods: Distinct[str | dict[str, Any]] = ("plain",)
    post: str | dict[str, Any] = "none"
    train: str | None = None
    split: str | None = None
    submit: bool = False
    seeds: Seeds = (0,)
    epochs: Count = USUAL.epochs
    rate: Positive = USUAL.rate
    head_rate: Positive | None = None
    warmup: Annotated[float, Field(ge=0, lt=1)] = USUAL.warmup
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = USUAL.weight_decay
    clip: Annotated[float, Field(ge=0, allow_inf_nan=False)] = USUAL.clip
    batch: Count = USUAL.batch
    micro_batch: Count | None = USUAL.micro_batch
    max_length: Annotated[int, Field(ge=16)] | None = None
    max_train: Count | None = None
    max_scored: Count | None = None
    selection: Selection = USUAL.selection
    held_out: Share = USUAL.held_out
    leaks: Literal["refuse", "drop", "keep"] = "refuse"
    near_duplicates: Literal["keep", "drop"] = "keep"
    pooling: Annotated[str, known("pooling", POOLINGS)] = "last-mean"
    C: Positive = USUAL_C
    dtype: Literal["float32", "bfloat16"] = "float32"

    @model_validator(mode="after")
    def _fits_the_tasks(self) -> ClueRequest:
        if self.submit and (self.selection == "as-published" or self.max_scored):
            raise ValueError(
                "submit answers every example of a split without labels: selection must be"
                " held-out or last, and max_scored must be left out"
            )
        try:
            _post(self.post)
            for method in self.methods:
                methods.find(method)
            for name in self.tasks:
                self._fits(tasks.find(name))
        except EvaluatorError as error:
            raise ValueError(str(error)) from error
        return self

    def _fits(self, task: ClueTask) -> None:
        if task.family == "triple" and self.mode not in _WITHOUT_CHECKPOINT:
            raise ValueError(
                f"mode {self.mode} has no answer for {task.name}, whose answers are edges of a"
                f" graph: use {' or '.join(_ON_GRAPHS)}"
            )
        if self.mode == "finetune":
            heads.find(task.family, self.head)
        if self.mode == "all-positive" and task.positive is None:
            raise ValueError(
                f"mode all-positive needs a task with the F1 of one class, and {task.name} has none"
            )
        _validate_train(task, self.train or task.train)
        if self.submit:
            _validate_hidden(task, self.split)
        else:
            _validate_split(task, self.split or task.scored)


class Clue(Evaluator[ClueRequest]):
    """Evaluates CLUE tasks; jobs share data sets but no weights, which training changes."""

    VERSION = "3"
    Request = ClueRequest
    apart = ("tasks",)

    def needs_checkpoint(self, request: ClueRequest) -> bool:
        return request.mode not in _WITHOUT_CHECKPOINT

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, job.parameters["split"], "clue")

    def jobs(self, request: ClueRequest, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return one job per task, method and seed."""
        jobs = []
        for name in request.tasks:
            task = tasks.find(name)
            split = request.split or task.scored
            train = request.train or task.train
            corrected = task.family == "classification" and request.mode in _WITH_PROBABILITIES
            common = {
                "family": task.family,
                "mode": request.mode,
                "split": split,
                "trained_on": train,
                "train_digest": digest_of(split_ref(train)),
                "max_train": request.max_train,
                "max_scored": request.max_scored,
                "leaks": request.leaks,
                "post": _post(request.post) if corrected else None,
                # Only where they say something, so that the keys of all other jobs do not change.
                **({"submit": True} if request.submit else {}),
                **({"graph_digests": _graph_digests(task, digest_of)} if task.graph else {}),
                **({"near_duplicates": "drop"} if request.near_duplicates == "drop" else {}),
            }
            jobs += [
                self.job(
                    name,
                    {**common, **arm},
                    checkpoint_digest=checkpoint_digest,
                    dataset_digest=digest_of(DatasetRef(name, split, "clue")),
                    seed=seed,
                    dtype=request.dtype if self.needs_checkpoint(request) else "float32",
                )
                for arm in _arms(request, task)
                for seed in request.seeds
            ]
        return jobs

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.clue.evaluate import evaluate

        return evaluate(job, session)


def _graph_digests(task: ClueTask, digest_of: DigestOf) -> list[str]:
    return [digest_of(split_ref(f"{task.name}/{split}")) for split in task.graph]


def _arms(request: ClueRequest, task: ClueTask) -> list[dict[str, Any]]:
    """Return the parameters that differ between the arms of a task."""
    length = request.max_length or task.max_length
    if request.mode in _WITHOUT_CHECKPOINT:
        return [{}]
    if request.mode == "cosine":
        return [{"pooling": request.pooling, "max_length": length}]
    if request.mode == "probe":
        return [{"pooling": request.pooling, "max_length": length, "C": request.C}]
    head = heads.find(task.family, request.head)
    recipe = {key: getattr(request, key) for key in _RECIPE}
    recipe["head_rate"] = request.head_rate or request.rate
    return [
        {
            **recipe,
            "max_length": length,
            "head": words(head),
            "head_name": head.name,
            "head_options": head.given,
            "method": words(method),
            "method_name": method.name,
            "method_options": method.given,
        }
        for method in map(methods.find, request.methods)
    ]


def _validate_train(task: ClueTask, name: str) -> None:
    other, _, split = name.partition("/")
    if not split:
        raise ValueError(f"train must be task/split, such as {task.train}, got {name!r}")
    other_task = tasks.find(other)
    _validate_split(other_task, split)
    if (other_task.family, other_task.labels) != (task.family, task.labels):
        raise ValueError(f"train must have the labels of {task.name}, and {name} has others")


def _validate_split(task: ClueTask, split: str) -> None:
    validate_known(f"split of {task.name}", [split], task.splits)
    if not task.splits[split].labelled:
        labelled = [name for name, declared in task.splits.items() if declared.labelled]
        raise DatasetError(
            f"the labels of {task.name}/{split} are not published, so it can be neither trained on"
            f" nor scored: take {' or '.join(labelled)}"
        )


def _validate_hidden(task: ClueTask, split: str | None) -> None:
    hidden = [name for name, declared in task.splits.items() if not declared.labelled]
    if split not in hidden:
        raise ValueError(
            f"submit is for a split without labels, and {task.name}/{split or task.scored} has"
            f" them: name {' or '.join(hidden) or 'another task'} as split, or leave submit out"
        )


def _post(spec: Spec) -> dict[str, Any] | None:
    """Validate a correction and return it with its options, None for none."""
    options: dict[str, Any] = {"name": spec} if isinstance(spec, str) else dict(spec)
    validate_known("post", [str(options.get("name"))], ("none", "can"))
    validate_known("option of can", sorted(set(options) - {"name"}), _CAN)
    if options["name"] == "none":
        return None
    if len(options) > 1:
        from evaluators.trainer.can import validate_options

        validate_options(**{key: value for key, value in options.items() if key != "name"})
    return options
