"""Read a plan from YAML and check it before anything runs."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from evaluators import registry
from evaluators.checkpoint.device_map import DeviceMap
from evaluators.errors import CheckpointError
from evaluators.names import UnknownNameError, validate_known
from flows.bundled import bundled
from flows.checkpoints.source import SCHEMES
from flows.checkpoints.source import parse as parse_source
from flows.errors import PlanError
from flows.plans.rerun import parse_rerun
from flows.plans.yaml_lines import line_of, line_of_text, parse


def _validate_source(source: str) -> str:
    scheme = source.partition("://")[0]
    if "://" in source and scheme not in SCHEMES:
        from fsspec.registry import known_implementations

        known = (*SCHEMES, *known_implementations)
        validate_known("checkpoint scheme", [scheme], known)
    try:
        parse_source(source)
    except CheckpointError as error:
        raise ValueError(str(error)) from error
    return source


Source = Annotated[str, AfterValidator(_validate_source)]


def _one_text(value: object) -> object:
    """Accept an unquoted `older-than: 30d`, which YAML reads as a mapping of one key."""
    if isinstance(value, dict) and len(value) == 1:
        ((kind, age),) = value.items()
        return f"{kind}: {age}"
    return value


Rerun = Annotated[
    str, BeforeValidator(_one_text), AfterValidator(lambda text: str(parse_rerun(text)))
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._() -]*$", max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckpointEntry(_Strict):
    """A checkpoint of a plan.

    Attributes:
        name: Its name in tables.
        source: `hf://org/name@revision`, `file:///path`, `package://module/path`,
            `small-bert://4x256?seed=0`, an fsspec URL.
        weights_sha256: SHA-256 the weights file must have.
        fallback: Source to use when the first cannot be reached.
        optional: Whether a run without it is whole when its source cannot be reached: its
            evaluations are left out and named. Whatever else is wrong with it fails the run.
        device_map: `auto`, or the devices that its layers are spread over, in place of the one of
            RANKCHECK_DEVICE; part of no job.
    """

    name: Name
    source: Source
    weights_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    fallback: Source | None = None
    optional: bool = False
    device_map: DeviceMap | None = None


class EvaluationEntry(BaseModel):
    """One evaluator with its own keys, on all or some checkpoints of the plan.

    Attributes:
        evaluator: Name of an evaluator.
        checkpoints: Names of the plan's checkpoints; None is all of them.
        request: The evaluator's own keys, checked by its `Request`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    evaluator: str
    checkpoints: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    request: Any

    @property
    def needs_checkpoint(self) -> bool:
        """Return whether it needs a checkpoint; otherwise it runs once for the whole plan."""
        return registry.find(self.evaluator).needs_checkpoint(self.request)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: object) -> object:
        if not isinstance(data, dict):
            raise ValueError("an evaluation must be a mapping that starts with `evaluator: <name>`")
        if "evaluator" not in data:
            raise ValueError(f"evaluator is missing: choose one of {', '.join(registry.names())}")
        request_keys = {k: v for k, v in data.items() if k not in ("evaluator", "checkpoints")}
        for key in ("tasks", "poolings", "whitening"):
            if isinstance(request_keys.get(key), str):
                raise ValueError(f"{key} is a list: write {key}: [{request_keys[key]}]")
        request = registry.find(str(data["evaluator"])).Request
        keys = tuple(request.model_fields)
        unknown = sorted(map(str, set(request_keys) - set(keys)))
        validate_known(f"key of evaluator {data['evaluator']}", unknown, keys)
        entry = {k: data[k] for k in ("evaluator", "checkpoints") if k in data}
        return {**entry, "request": request.model_validate(request_keys)}


class CanaryEntry(_Strict):
    """Small jobs that are repeated after a change of the environment or some time.

    Attributes:
        checkpoint: Name of the checkpoint; None is the plan's first.
        task: Its task; the default is bundled and needs no download.
        tolerance: Largest change of a score without the verdict `environment-drift`.
        max_age_hours: Largest age of its last run in hours.
    """

    checkpoint: str | None = None
    task: str = "SampleEN"
    tolerance: Annotated[float, Field(gt=0)] = 1e-4
    max_age_hours: Annotated[float, Field(gt=0)] = 20.0


class Plan(_Strict):
    """A plan: the checkpoints, and the evaluations to run on them.

    Attributes:
        name: Its name in tables and logs.
        rerun: Which finished jobs run again: `missing` (none), `changed-environment`,
            `older-than: 30d`, `always`, `never`.
        checkpoints: The checkpoints; may be empty if no evaluation needs one.
        evaluations: The evaluations.
        leaderboards: Boards whose ranks the summary shows; names of folders in
            `data/leaderboards`.
        canary: Small jobs that show whether a changed environment changes scores.
    """

    name: Name
    rerun: Rerun = "missing"
    checkpoints: Annotated[tuple[CheckpointEntry, ...], Field(min_length=1)] = ()
    evaluations: tuple[EvaluationEntry, ...] = ()
    leaderboards: tuple[str, ...] = ()
    canary: CanaryEntry = CanaryEntry()

    @model_validator(mode="after")
    def _names_exist(self) -> Plan:
        names = [checkpoint.name for checkpoint in self.checkpoints]
        if not names and not self.evaluations:
            raise ValueError("nothing to do: checkpoints and evaluations are missing")
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two checkpoints are named {name!r}: give each its own name")
        for evaluation in self.evaluations:
            validate_known("checkpoint", evaluation.checkpoints or (), names)
            if evaluation.needs_checkpoint and not names:
                raise ValueError(
                    f"evaluator {evaluation.evaluator} needs a checkpoint: add one under"
                    " checkpoints"
                )
            if evaluation.checkpoints and not evaluation.needs_checkpoint:
                raise ValueError(
                    f"evaluator {evaluation.evaluator} uses no checkpoint here: remove"
                    " checkpoints from this evaluation"
                )
            _validate_spread(evaluation, self.checkpoints)
            _validate_combinations(evaluation)
        if self.canary.checkpoint is not None:
            validate_known("checkpoint", [self.canary.checkpoint], names)
        from evaluators import tasks

        validate_known("task", [self.canary.task], tasks.names("STS"))
        if self.leaderboards:
            from flows.boards.board_file import boards

            validate_known("leaderboard", self.leaderboards, tuple(boards()))
        return self


def _validate_spread(evaluation: EvaluationEntry, checkpoints: tuple[CheckpointEntry, ...]) -> None:
    """Validate that an evaluator that loads onto one device gets no `device_map`."""
    if not evaluation.needs_checkpoint or registry.find(evaluation.evaluator).SPREADS:
        return
    for entry in checkpoints:
        named = evaluation.checkpoints is None or entry.name in evaluation.checkpoints
        if entry.device_map is not None and named:
            raise ValueError(
                f"evaluator {evaluation.evaluator} loads a checkpoint onto one device, and"
                f" {entry.name} has a device_map: name other checkpoints in this evaluation, or"
                " remove device_map"
            )


_MOST_COMBINATIONS = 1_000_000
"""Of the values of one evaluation; the most of the project are 13,500."""


def _validate_combinations(evaluation: EvaluationEntry) -> None:
    """Validate that an evaluation does not stand for more jobs than memory can hold."""
    values = [getattr(evaluation.request, key) for key in type(evaluation.request).model_fields]
    lengths = [len(value) for value in values if isinstance(value, tuple) and value]
    if (combinations := math.prod(lengths)) > _MOST_COMBINATIONS:
        raise ValueError(
            f"the lists of evaluator {evaluation.evaluator} must have at most"
            f" {_MOST_COMBINATIONS:,} combinations, got {combinations:,}: split the evaluation, or"
            " shorten its lists"
        )


def canary_evaluation(plan: Plan) -> EvaluationEntry | None:
    """Return the canary of a plan as an evaluation; None without checkpoints."""
    if not plan.checkpoints:
        return None
    sts = registry.find("sts")
    return EvaluationEntry.model_construct(
        evaluator="sts",
        checkpoints=(plan.canary.checkpoint or plan.checkpoints[0].name,),
        request=sts.Request(tasks=(plan.canary.task,)),
    )


def bundled_plans() -> dict[str, Path]:
    """Return the files of the plans that ship with rankcheck, by name."""
    return {file.stem: file for file in sorted(bundled("plans").glob("*.yaml"), key=_stem)}


def _stem(file: Path) -> str:
    return file.stem


def find_plan(path: Path | str) -> Path:
    """Return the file of a plan from its path or the name of a bundled plan.

    `plans/nightly.yaml`, `nightly.yaml` and `nightly` name the same bundled plan from any folder. A
    file of that path in the current folder comes first.
    """
    path = Path(path)
    if path.is_file() or path.parent not in (Path(), Path("plans")):
        return path
    return bundled_plans().get(path.name.removesuffix(".yaml"), path)


def read_plan(path: Path | str) -> Plan:
    """Read and check a plan.

    Args:
        path: A file, or the name of a plan that ships with rankcheck.

    Raises:
        PlanError: If the plan is missing or invalid; the message names the file and the line.
    """
    path = find_plan(path)
    text = _text_of(path)
    try:
        data, node = parse(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        raise PlanError(f"{path}{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise PlanError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise PlanError(f"{path}:1: a plan must be a mapping that starts with `name:`")
    try:
        validate_known("plan key", map(str, data), tuple(Plan.model_fields))
        return Plan.model_validate(data)
    except UnknownNameError as error:
        raise PlanError(f"{path}:{line_of_text(node, error.name)}: {error}") from error
    except ValidationError as error:
        raise PlanError(_first_problem(path, node, error)) from error


def read_plan_text(path: Path | str) -> str:
    """Return the text of a plan, unchecked.

    Raises:
        PlanError: The plan is missing, or cannot be read.
    """
    return _text_of(find_plan(path))


_LARGEST = 1 << 20
"""Bytes of a plan; the longest of the project has some 6,000."""


def _text_of(path: Path) -> str:
    try:
        # Reading a pipe or a device may never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise PlanError(f"{path}: a plan must be a file, got a pipe, a device or a socket")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise PlanError(f"{path}: a plan must have at most {_LARGEST:,} bytes: split it")
        return content.decode("utf-8")
    except FileNotFoundError:
        raise PlanError(_no_such_plan(path)) from None
    except (OSError, ValueError) as error:
        raise PlanError(f"{path}: cannot be read: {error}") from error


def _no_such_plan(path: Path) -> str:
    files = bundled_plans()
    others = sorted(set(path.parent.glob("*.yaml")) - set(files.values()))
    text = f"{path}: the plan does not exist. Plans that ship with rankcheck: {', '.join(files)}."
    return text + (f" In {path.parent} there are: {', '.join(map(str, others))}." if others else "")


def _first_problem(path: Path, node: yaml.Node, error: ValidationError) -> str:
    problems = error.errors()
    # A misspelt key also makes the right key missing: report the misspelling.
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    location = first["loc"]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, UnknownNameError):
        return f"{path}:{line_of_text(node, cause.name, location)}: {cause}"
    if first["type"] == "extra_forbidden":
        models: dict[str, type[_Strict]] = {"checkpoints": CheckpointEntry, "canary": CanaryEntry}
        model = models.get(str(location[0]), Plan)
        unknown = UnknownNameError("key", str(location[-1]), tuple(model.model_fields))
        return f"{path}:{line_of_text(node, unknown.name, location[:-1])}: {unknown}"
    field = ".".join(str(part) for part in location)
    return f"{path}:{line_of(node, location)}: {field + ': ' if field else ''}{_described(first)}"


_BOUNDS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
}


def _described(problem: ErrorDetails) -> str:
    """Return what must hold and the value that was found."""
    kind, value = problem["type"], problem["input"]
    if kind in _BOUNDS:
        return f"must be {_BOUNDS[kind].format(**problem['ctx'])}, got {value!r}"
    if kind == "too_short" and problem["ctx"]["min_length"] == 1:
        return "must not be empty: add at least one entry"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    if message.startswith("Input should be") and not isinstance(value, dict | list):
        return f"{message.replace('Input should', 'must')}, got {value!r}"
    return message
