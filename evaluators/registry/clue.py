"""Chinese language understanding: a checkpoint fine-tuned, or probed, on CLUE's tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from evaluators.clue import heads, methods, tasks
from evaluators.clue.named import Spec, words
from evaluators.errors import DatasetError, EvaluatorError
from evaluators.evaluator import DatasetRef
from evaluators.job import Job
from evaluators.names import require_each_once, require_known
from evaluators.progress import Progress
from evaluators.result import Result
from evaluators.sts import POOLINGS

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.task import ClueTask

VERSION = "1"
SOURCES = ("clue", "statistics.py")

Mode = Literal["finetune", "probe", "cosine", "tfidf", "constant", "all-positive"]
_WITHOUT_CHECKPOINT = ("tfidf", "constant", "all-positive")
_WITH_CHANCES = ("finetune", "probe", "tfidf")
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


@dataclass(frozen=True)
class Request:
    """The keys of an `evaluator: clue` entry in a plan.

    Attributes:
        tasks: Names of CLUE's or FewCLUE's tasks.
        mode: `finetune` trains encoder and head; `probe` fits a linear model over the frozen
            encoder; `cosine` cuts the similarity of pairs by a threshold; `tfidf`, `constant` and
            `all-positive` need no checkpoint and are what a model has to beat.
        head: What sits on the encoder, a name or `{name: …, option: …}`; None is the family's own.
        methods: Ways of training, each an arm.
        post: What is done to predictions of classes afterwards, scored beside them: `none`,
            `can`, or `{name: can, tau: …}`.
        train: `task/split` that is trained on; None is the task's own.
        split: Split that is scored; None is the task's own.
        submit: Answers a split whose labels are hidden: predictions for a submission, no scores.
        seeds: Of head, order and dropout; one job each.
        epochs: How often the training set is seen.
        rate: AdamW's largest step.
        head_rate: The same for the head's fresh weights; None is `rate`.
        warmup: Share of the steps in which the rate rises; it falls to 0 after.
        weight_decay: Of matrices.
        clip: Largest norm of the gradient; 0 leaves it.
        batch: Examples an optimiser step.
        micro_batch: Examples computed at once; None is the whole batch.
        max_length: Tokens of a sequence; None is the task's own.
        max_train: Trains on so many examples at most, drawn by the seed; None is all.
        max_scored: Scores so many examples at most, always the same; None is all.
        selection: Which epoch is scored: the best on a `held-out` part of train, the best on the
            scored split (`as-published`), or the `last`.
        held_out: Share of train that is held out.
        leaks: What happens to training examples that are also scored: `refuse`, `drop` them, or
            `keep` them within a task as published.
        pooling: How token vectors become a text's, for `probe` and `cosine`.
        C: Inverse strength of the probe's penalty.
        dtype: What forward passes compute in; trained weights stay in float32.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    tasks: tuple[str, ...]
    mode: Mode = "finetune"
    head: str | dict[str, Any] | None = None
    methods: tuple[str | dict[str, Any], ...] = ("plain",)
    post: str | dict[str, Any] = "none"
    train: str | None = None
    split: str | None = None
    submit: bool = False
    seeds: tuple[int, ...] = (0,)
    epochs: int = 3
    rate: float = 3e-5
    head_rate: float | None = None
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    batch: int = 32
    micro_batch: int | None = None
    max_length: int | None = None
    max_train: int | None = None
    max_scored: int | None = None
    selection: Literal["held-out", "as-published", "last"] = "held-out"
    held_out: float = 0.1
    leaks: Literal["refuse", "drop", "keep"] = "refuse"
    pooling: str = "last-mean"
    C: float = 1.0
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        require_known("task", self.tasks, tasks.names())
        require_known("pooling", [self.pooling], POOLINGS)
        require_each_once(self, "tasks", "methods", "seeds")
        for key in ("epochs", "batch", "micro_batch", "max_train", "max_scored"):
            number = getattr(self, key)
            if number is not None and number < 1:
                raise ValueError(f"{key} is {number}: it must be 1 or more")
        if self.max_length is not None and self.max_length < 16:
            raise ValueError(f"max_length is {self.max_length}: 16 tokens or more")
        if not (self.rate > 0 and (self.head_rate is None or self.head_rate > 0) and self.C > 0):
            raise ValueError("rate, head_rate and C must be above 0")
        if not (0 <= self.warmup < 1 and 0 < self.held_out < 1):
            raise ValueError("warmup lies in 0 to 1, held_out between them: both below 1")
        if self.submit and (self.selection == "as-published" or self.max_scored):
            raise ValueError(
                "submit answers every example of a split without labels: selection must be"
                " held-out or last, and max_scored is not for it"
            )
        if self.weight_decay < 0 or self.clip < 0 or min(self.seeds) < 0:
            raise ValueError("weight_decay, clip and seeds must be 0 or more")
        try:
            _post(self.post)
            for method in self.methods:
                methods.find(method)
            for name in self.tasks:
                task = tasks.find(name)
                if self.mode == "finetune":
                    heads.find(task.family, self.head)
                if self.mode == "all-positive" and task.positive is None:
                    raise ValueError(
                        f"mode all-positive is for tasks with an F1 of one class, not for {name}"
                    )
                _demand_train(task, _trained_on(self, task))
                if self.submit:
                    _demand_hidden(task, self.split)
                else:
                    _demand_split(task, self.split or task.scored)
        except EvaluatorError as error:
            raise ValueError(str(error)) from error


def needs_checkpoint(request: Request) -> bool:
    """Constant predictions and TF-IDF measure the task, not a checkpoint."""
    return request.mode not in _WITHOUT_CHECKPOINT


def parts(request: Request) -> list[Request]:
    """Return one request a task: each reads data of its own."""
    return [replace(request, tasks=(task,)) for task in request.tasks]


def label(request: Request) -> str:
    """Name the tasks."""
    return ", ".join(request.tasks)


def jobs(
    request: Request, checkpoint_digest: str, digest_of: Callable[[DatasetRef], str]
) -> list[Job]:
    """Return one job a task, method and seed."""
    found = []
    for name in request.tasks:
        task = tasks.find(name)
        split = request.split or task.scored
        trained_on = _trained_on(request, task)
        common = {
            "family": task.family,
            "mode": request.mode,
            "split": split,
            "trained_on": trained_on,
            "train_digest": digest_of(_ref(trained_on)),
            "max_train": request.max_train,
            "max_scored": request.max_scored,
            "leaks": request.leaks,
            "post": _post(request.post) if _has_chances(request, task) else None,
            # Only where it is asked for: the keys of other jobs stay what they were.
            **({"submit": True} if request.submit else {}),
        }
        found += [
            Job(
                evaluator="clue",
                evaluator_version=VERSION,
                task=name,
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(name, split, "clue")),
                parameters={**common, **arm},
                seed=seed,
                dtype=request.dtype if needs_checkpoint(request) else "float32",
            )
            for arm in _arms(request, task)
            for seed in request.seeds
        ]
    return found


def dataset_of(job: Job) -> DatasetRef:
    """Return the split that is scored."""
    return DatasetRef(job.task, job.parameters["split"], "clue")


def session_key(job: Job) -> str:
    """Data sets are shared by all; weights by none, as training changes them."""
    return ""


@dataclass
class ClueSession:
    """Runs job after job; each data set is read once."""

    folder: Path | None
    load: Callable[[DatasetRef], ClueDataset]
    device: str | None
    progress: Progress | None
    work: Path | None = field(default=None)

    def work_in(self, folder: Path) -> None:
        """Keep the state of the next job there, so that it survives a kill."""
        self.work = folder

    def evaluate(self, job: Job) -> Result:
        """Run one job."""
        from evaluators.clue.evaluate import evaluate
        from evaluators.clue.modes import Place

        return evaluate(job, self.load, Place(self.folder, self.device, self.work, self.progress))

    def close(self) -> None:
        """Nothing is held."""


def open_session(
    folder: Path | None,
    jobs: Iterable[Job],
    load: Callable[[DatasetRef], ClueDataset],
    device: str | None,
    progress: Progress | None,
) -> ClueSession:
    """Prepare the jobs of one checkpoint, or of none."""
    return ClueSession(folder, lru_cache(maxsize=4)(load), device, progress)


def _arms(request: Request, task: ClueTask) -> list[dict[str, Any]]:
    """Return the parameters that tell the arms of a task apart."""
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
    found = [methods.find(spec) for spec in request.methods]
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
        for method in found
    ]


def _trained_on(request: Request, task: ClueTask) -> str:
    return request.train or task.train


def _ref(name: str) -> DatasetRef:
    task, _, split = name.partition("/")
    return DatasetRef(task, split, "clue")


def _demand_train(task: ClueTask, name: str) -> None:
    other, _, split = name.partition("/")
    if not split:
        raise ValueError(f"train is {name!r}: write task/split, such as {task.train}")
    found = tasks.find(other)
    _demand_split(found, split)
    if (found.family, found.labels) != (task.family, task.labels):
        raise ValueError(f"{name} has other labels than {task.name}: it cannot train for it")


def _demand_split(task: ClueTask, split: str) -> None:
    require_known(f"split of {task.name}", [split], task.splits)
    if not task.splits[split].labelled:
        raise DatasetError(
            f"the labels of {task.name}/{split} are not published: it is neither trained on nor"
            " scored; take one of "
            + ", ".join(name for name, found in task.splits.items() if found.labelled)
        )


def _has_chances(request: Request, task: ClueTask) -> bool:
    """Whether there are probabilities of classes that could be corrected."""
    return task.family == "classification" and request.mode in _WITH_CHANCES


def _demand_hidden(task: ClueTask, split: str | None) -> None:
    hidden = [name for name, found in task.splits.items() if not found.labelled]
    if split not in hidden:
        raise ValueError(
            f"submit is for a split without labels, and {task.name}/{split or task.scored} has"
            f" them: name {' or '.join(hidden) or 'another task'} as split, or leave submit out"
        )


def _post(spec: Spec) -> dict[str, Any] | None:
    """Return what is done afterwards with its options, None for nothing."""
    given: dict[str, Any] = {"name": spec} if isinstance(spec, str) else dict(spec)
    require_known("post", [str(given.get("name"))], ("none", "can"))
    require_known("option of can", sorted(set(given) - {"name"}), _CAN)
    if given["name"] == "none":
        return None
    if len(given) > 1:
        from evaluators.clue.postprocessing.can import demand_options

        demand_options(**{key: value for key, value in given.items() if key != "name"})
    return given
