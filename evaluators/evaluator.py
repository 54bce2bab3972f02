"""The base class of every evaluator, with what an author writes and what is inherited.

An evaluator is one class in `evaluators/<name>/evaluator.py`, or in one file
`evaluators/experiments/<name>.py` together with the experiment itself. It is found by that name
(`evaluators.registry`); nothing else lists it. An author writes the keys of its plan entry as a
`Request`, the jobs that a request stands for, and how one job is measured:

    class CoinRequest(Request):
        tosses: Count = 100

    class Coin(Evaluator[CoinRequest]):
        VERSION = "1"
        Request = CoinRequest

        def jobs(self, request, checkpoint_digest, digest_of):
            return [self.job("coin", {"tosses": request.tosses})]

        def evaluate(self, job, session):
            ...

Reading a plan imports the evaluators that it names, so these files are light: an `evaluator.py`
imports torch and the like inside `evaluate`, an experiment takes it from `evaluators.lazy`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evaluators.checkpoint.device_map import DeviceMap
from evaluators.errors import CheckpointError, DatasetError
from evaluators.job import Job
from evaluators.names import validate_known
from evaluators.progress import Progress
from evaluators.result import Result

Shared = TypeVar("Shared")
Value = TypeVar("Value")


class DatasetRef(NamedTuple):
    """A dataset that a job reads.

    Attributes:
        task: Name of the task or corpus.
        split: Name of the split; None for the one that is scored.
        kind: Kind of its reader: the name of a file in `flows/inputs`.
    """

    task: str
    split: str | None = None
    kind: str = "pairs"


class MeasuredCheckpoint(NamedTuple):
    """The checkpoint that a request is expanded for.

    Attributes:
        name: Its name in the plan.
        folder: Its local folder.
        digest: Its content digest.
        mteb_prompts: Returns what mteb puts before sentences, by type of task and under `tasks` by
            task; empty where mteb leaves it to the checkpoint.
    """

    name: str
    folder: Path
    digest: str
    mteb_prompts: Callable[[], Mapping[str, Any]] = dict


class PromptChoice(NamedTuple):
    """What a choice of a prompt stands for.

    Attributes:
        task: The task.
        choice: The choice as the plan names it: `declared`, `mteb` …
        prompt: The text before every sentence of the task.
    """

    task: str
    choice: str
    prompt: str


Level = Literal["made-up", "small", "published", "identity"]
"""What a measurement can speak for: a synthetic world; real data with a small model or a cut; the
model, data and recipe of the source; or a theorem that is checked numerically."""
LEVELS: tuple[Level, ...] = ("made-up", "small", "published", "identity")
"""Every level, the one that says least first."""

DigestOf = Callable[[DatasetRef], str]
"""Returns the content digest of a dataset; raises DatasetError where it is unavailable."""


class Request(BaseModel):
    """The keys of an evaluator's entry in a plan; undeclared keys are errors.

    The docstring of a subclass describes each key: the manual's reference is made from it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def _distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    if any(value in values[:place] for place, value in enumerate(values)):
        raise ValueError(f"each value must appear once, got {list(values)}")
    return values


def known(kind: str, names: Iterable[str] | Callable[[], Iterable[str]]) -> AfterValidator:
    """Return a validator that a name, or each of several, is one of `names`."""

    def check(value: Any) -> Any:
        listed = names() if callable(names) else names
        validate_known(kind, [value] if isinstance(value, str) else value, listed)
        return value

    return AfterValidator(check)


Count = Annotated[int, Field(ge=1)]
"""A whole number, 1 or more."""
AtLeastTwo = Annotated[int, Field(ge=2)]
"""A whole number, 2 or more."""
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A finite number above 0."""
Share = Annotated[float, Field(gt=0, lt=1)]
"""A number between 0 and 1, both excluded."""
Distinct = Annotated[tuple[Value, ...], Field(min_length=1), AfterValidator(_distinct)]
"""One value or more, each once: `Distinct[int]`."""
Seeds = Distinct[Annotated[int, Field(ge=0)]]
"""One seed or more, each once."""

RequestT = TypeVar("RequestT", bound=Request)


class Session:
    """State that jobs of one evaluator and one checkpoint share while they run.

    Args:
        evaluator: Evaluator of the jobs.
        folder: The checkpoint's folder; None where none is measured.
        jobs: All jobs that will run in the session.
        load: Function that reads a dataset.
        device: torch's name; None lets the evaluator choose.
        progress: Called with the progress.
        device_map: Devices to spread the checkpoint's layers over, in place of `device`.
    """

    def __init__(
        self,
        evaluator: Evaluator[Any],
        folder: Path | None,
        jobs: Iterable[Job],
        load: Callable[[DatasetRef], Any],
        device: str | None = None,
        progress: Progress | None = None,
        device_map: DeviceMap | None = None,
    ) -> None:
        self.jobs = tuple(jobs)
        self.device = device
        self.device_map = device_map
        self.progress = progress
        self.work: Path | None = None
        self._evaluator = evaluator
        self._folder = folder
        self._read = lru_cache(maxsize=8)(load)
        self._digests: frozenset[str] = frozenset()
        self._shared: dict[Any, Any] = {}
        self._open = ExitStack()

    @property
    def folder(self) -> Path:
        """The checkpoint's folder.

        Raises:
            CheckpointError: There is no checkpoint.
        """
        if self._folder is None:
            name = self._evaluator.name
            raise CheckpointError(
                f"evaluator {name!r} needs a checkpoint: add one under checkpoints:"
            )
        return self._folder

    def evaluate(self, job: Job, work: Path | None = None) -> Result:
        """Run one job.

        Args:
            job: One of the session's jobs.
            work: Folder in which the job may keep state to resume from after a kill.

        Raises:
            EvaluatorError: Whatever the evaluator raises.
        """
        self.work = work
        self._digests = digests_of(job)
        return self._evaluator.evaluate(job, self)

    def load(self, ref: DatasetRef, digest: str) -> Any:
        """Read a dataset of the current job; the session reads each once.

        Args:
            ref: What to read.
            digest: The content digest that the job was planned on, which is part of the job.

        Raises:
            DatasetError: The dataset is unavailable, or its content has another digest.
        """
        dataset = self._read(ref)
        # The digests of its data are part of a job's key: other content would be another job.
        if dataset.digest != digest or digest not in self._digests:
            raise DatasetError(
                f"the data of {ref.task} changed after the plan was expanded: run it again"
            )
        return dataset

    def share(self, key: Any, make: Callable[[], Shared]) -> Shared:
        """Return the session's value of `key`; the first call makes it."""
        if key not in self._shared:
            self._shared[key] = make()
        shared: Shared = self._shared[key]
        return shared

    def enter(self, key: Any, make: Callable[[], AbstractContextManager[Shared]]) -> Shared:
        """Share a context manager as `share` does; the session leaves it when it closes."""
        return self.share(key, lambda: self._open.enter_context(make()))

    def close(self) -> None:
        """Drop all shared values, and leave the shared context managers."""
        self._shared.clear()
        self._read.cache_clear()
        self._open.close()


class Evaluator(ABC, Generic[RequestT]):
    """A way of measuring, named after its folder or file.

    Attributes:
        name: Its name in a plan.
        VERSION: A new version makes every job of the evaluator a new job.
        Request: The keys of its entry in a plan.
        apart: Keys whose values can fail separately, because each reads its own data.
        LEVEL: What its measurements can speak for.
        BUDGET: Keys that say how much is trained or drawn. A job with less than the default is a
            smoke run: its numbers are shown, and no claim is judged on them.
        PUBLISHED: Keys whose defaults are the published setting: a job in which all of them have
            the default is of the level `published`.
        SPREADS: Whether it can spread a checkpoint over several devices, by its `device_map`.
    """

    name: ClassVar[str]
    VERSION: ClassVar[str]
    Request: type[RequestT]
    apart: ClassVar[tuple[str, ...]] = ()
    LEVEL: ClassVar[Level] = "small"
    BUDGET: ClassVar[tuple[str, ...]] = ()
    PUBLISHED: ClassVar[tuple[str, ...]] = ()
    SPREADS: ClassVar[bool] = False

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.name = cls.__module__.removesuffix(".evaluator").rpartition(".")[2]

    @abstractmethod
    def jobs(self, request: RequestT, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return the jobs of a request on one checkpoint.

        Args:
            request: The validated entry of the plan.
            checkpoint_digest: Content digest of the checkpoint; empty where none is measured.
            digest_of: Returns the content digest of a dataset; each that a job reads must be in
                the job, as its `dataset_digest` or under a parameter that ends in `_digest`.

        Raises:
            DatasetError: A dataset is unavailable.
        """

    @abstractmethod
    def evaluate(self, job: Job, session: Session) -> Result:
        """Measure one job."""

    def needs_checkpoint(self, request: RequestT) -> bool:
        """Return whether a request measures a checkpoint; otherwise it runs once per plan."""
        return False

    def request_for(self, request: RequestT, checkpoint: MeasuredCheckpoint) -> RequestT:
        """Return the request with what the checkpoint decides filled in, as its own prompt.

        Raises:
            CheckpointError: The checkpoint lacks what the request wants of it.
        """
        return request

    def prompt_choices(self, request: RequestT, resolved: RequestT) -> list[PromptChoice]:
        """Return what the prompts of a request stand for, other than texts of the plan's own.

        Jobs hold the text alone, so that equal texts are one job. That jobs of several tasks were
        asked for by one choice is kept beside them.

        Args:
            request: A part of the entry, as the plan has it.
            resolved: What `request_for` made of it.
        """
        return []

    def parts(self, request: RequestT) -> list[RequestT]:
        """Split a request into parts, so that unavailable data fails only its own part."""
        values = [[(value,) for value in getattr(request, key)] for key in self.apart]
        return [
            request.model_copy(update=dict(zip(self.apart, chosen, strict=True)))
            for chosen in product(*values)
        ]

    def label(self, request: RequestT) -> str:
        """Return a label of a part, for the report of its failure."""
        return ", ".join(getattr(request, self.apart[0])) if self.apart else self.name

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return what a job with these parameters can speak for."""
        fields = self.Request.model_fields
        if self.PUBLISHED and all(parameters[key] == fields[key].default for key in self.PUBLISHED):
            return "published"
        return self.LEVEL

    def cut(self, parameters: Mapping[str, Any]) -> str:
        """Return in what a job has less than the default budget, in words; empty if in nothing."""
        short = []
        for key in self.BUDGET:
            default = self.Request.model_fields[key].default
            full = min(default) if isinstance(default, tuple) else default
            if key in parameters and parameters[key] < full:
                short.append(f"{key} {parameters[key]} of {full}")
        return ", ".join(short)

    def dataset_of(self, job: Job) -> DatasetRef | None:
        """Return the dataset whose digest is the job's; None where it makes its own data."""
        return None

    def session_key(self, job: Job) -> str:
        """Return a key that is equal for jobs that can share a session."""
        return ""

    def job(
        self,
        task: str,
        parameters: Mapping[str, Any],
        *,
        checkpoint_digest: str = "",
        dataset_digest: str = "",
        seed: int = 0,
        dtype: str = "float32",
    ) -> Job:
        """Return a job of this evaluator and its version."""
        return Job(
            evaluator=self.name,
            evaluator_version=self.VERSION,
            task=task,
            checkpoint_digest=checkpoint_digest,
            dataset_digest=dataset_digest,
            parameters=parameters,
            seed=seed,
            dtype=dtype,
        )

    def open_session(
        self,
        folder: Path | None,
        jobs: Sequence[Job],
        load: Callable[[DatasetRef], Any],
        device: str | None = None,
        progress: Progress | None = None,
        device_map: DeviceMap | None = None,
    ) -> Session:
        """Return the session in which jobs with one `session_key` run."""
        return Session(self, folder, jobs, load, device, progress, device_map)


def digests_of(job: Job) -> frozenset[str]:
    """Return the digests of every dataset that a job reads."""
    digests = {job.dataset_digest}
    for key, value in job.parameters.items():
        if key.endswith(("_digest", "_digests")):
            digests.update([value] if isinstance(value, str) else value)
    return frozenset(digests - {""})
