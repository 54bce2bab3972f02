"""Evaluate sentence pairs: Spearman with their grades, or a threshold between two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field, field_validator

from evaluators import tasks
from evaluators.errors import CheckpointError
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Evaluator,
    MeasuredCheckpoint,
    PromptChoice,
    Request,
    Session,
    Share,
    known,
)
from evaluators.job import Job
from evaluators.names import validate_known
from evaluators.result import Result
from evaluators.sts.names import POOLINGS, VERSION, WHITENINGS
from evaluators.sts.prompts import DECLARED, NONE, Prompts, name_of_choice, prompt_of

if TYPE_CHECKING:
    from evaluators.sts.session import Session as Scorer

Dtype = Literal["float32", "float64", "bfloat16", "float16"]
Tasks = Annotated[tuple[str, ...], Field(min_length=1), known("task", tasks.names)]
Pooling = Annotated[str, known("pooling", POOLINGS)]

# Poolings that need what a checkpoint may lack: a trained pooler, a readable modules.json.
_OPTIONAL_POOLINGS = ("native", "pooler")


class VectorsRequest(Request):
    """The keys that decide how sentences become vectors, for `sts` and `dimension_kept`."""

    tasks: Tasks
    poolings: Annotated[tuple[Pooling, ...], Field(min_length=1)] = ("native",)
    whitening: Annotated[tuple[str, ...], Field(min_length=1)] = ("none",)
    prompt: Prompts = (DECLARED,)
    max_length: Count | None = None
    dtype: Dtype = "float32"

    @field_validator("whitening")
    @classmethod
    def _known_whitenings(cls, whitening: tuple[str, ...]) -> tuple[str, ...]:
        for name in whitening:
            if name not in WHITENINGS:
                names = (*WHITENINGS, *tasks.names())
                validate_known("whitening", [name.partition("/")[0]], names)
        return whitening


Vectors = TypeVar("Vectors", bound=VectorsRequest)


class StsRequest(VectorsRequest):
    """The keys of an `evaluator: sts` entry in a plan.

    Attributes:
        tasks: Names of sentence-pair tasks, of STS and of pair classification.
        poolings: Poolings of token vectors to a sentence vector.
        whitening: `none`, `target` (fitted on the task's own sentences, as published), `scored`
            (on the scored split alone), or the name of another task, `STSBenchmark/train` for a
            split of it. `target` and `scored` are transductive: they use the very sentences that
            are scored.
        prompt: What is put before every sentence; several are an axis. `declared`: the checkpoint's
            default prompt. `{name: query}`: one of its prompts. `mteb`: what MTEB puts before
            sentences of the task, known by the model's name on the hub. `none`. Any other text,
            also by task or type: `{STS: "query: "}`.
        max_length: Number of tokens that sentences are cut to; None takes the checkpoint's limit.
        dimensions: Numbers of kept dimensions that get scores with intervals, besides the full
            vector, which always has them.
        precisions: Vectors in fewer bits that get a Spearman too, at the same numbers of
            dimensions: `int8`, `binary` (compared by Hamming distance). Tasks of type STS only.
        dtype: Number format of weights and activations.
        resamples: Number of bootstrap resamples behind each interval, at least 100. Ends are moved
            further out where pairs share sentences.
        confidence: Confidence level of the intervals.
        seed: Seed of the bootstrap.
    """

    dimensions: tuple[Count, ...] = ()
    precisions: tuple[Literal["int8", "binary"], ...] = ()
    resamples: Annotated[int, Field(ge=100)] = 1000
    confidence: Share = 0.95
    seed: int = 0


class Sts(Evaluator[StsRequest]):
    """Encodes each distinct sentence once, and scores all jobs from the vectors."""

    VERSION = VERSION
    LEVEL = "published"
    Request = StsRequest
    apart = ("tasks", "whitening")
    SPREADS = True

    def needs_checkpoint(self, request: StsRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def request_for(self, request: StsRequest, checkpoint: MeasuredCheckpoint) -> StsRequest:
        return with_prompts(request, checkpoint)

    def prompt_choices(self, request: StsRequest, resolved: StsRequest) -> list[PromptChoice]:
        return [
            PromptChoice(task, name, _text(texts, task))
            for prompt, texts in zip(request.prompt, resolved.prompt, strict=True)
            if (name := name_of_choice(prompt)) is not None
            for task in request.tasks
        ]

    def jobs(self, request: StsRequest, checkpoint_digest: str, digest_of: DigestOf) -> list[Job]:
        """Return one job per task, prompt, pooling and whitening."""
        return [
            self.job(
                task,
                {
                    "pooling": pooling,
                    "whitening": whitening,
                    "fit_digests": [digest_of(ref) for ref in fit_inputs(task, whitening)],
                    "prompt": text,
                    "max_length": request.max_length,
                    "dimensions": sorted(set(request.dimensions)),
                    "resamples": request.resamples,
                    "confidence": request.confidence,
                    **_precisions(request),
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(task)),
                seed=request.seed,
                dtype=request.dtype,
            )
            for task in request.tasks
            for text in dict.fromkeys(_text(prompt, task) for prompt in request.prompt)
            for pooling in request.poolings
            for whitening in request.whitening
        ]

    def session_key(self, job: Job) -> str:
        """Return a key equal for jobs that differ only in pooling, whitening or task.

        Such jobs share one forward pass.
        """
        return f"{job.dtype}|{job.parameters['max_length']}|{job.parameters['prompt']}"

    def evaluate(self, job: Job, session: Session) -> Result:
        pooling = job.parameters["pooling"]
        all_poolings = tuple(dict.fromkeys(each.parameters["pooling"] for each in session.jobs))
        together = session.share("poolings", lambda: all_poolings)
        if pooling in together:
            try:
                return _score(_scorer(session, together), job, session)
            except CheckpointError:
                if together == (pooling,):
                    raise
                # A pooling that this checkpoint lacks should fail only its own jobs: leave out the
                # likely ones, and if that does not help, take each pooling alone.
                safe = tuple(name for name in together if name not in _OPTIONAL_POOLINGS)
                session.close()
                session.share("poolings", lambda: safe if safe != together else ())
        return _score(_scorer(session, (pooling,)), job, session)


def with_prompts(request: Vectors, checkpoint: MeasuredCheckpoint) -> Vectors:
    """Return a request whose prompts are the texts by task that they stand for.

    Raises:
        CheckpointError: The checkpoint has no such prompt.
    """
    texts = tuple(
        {name: prompt_of(prompt, tasks.find(name), checkpoint) for name in request.tasks}
        for prompt in request.prompt
    )
    return request.model_copy(update={"prompt": texts})


def _text(prompt: str | dict[str, str], task: str) -> str:
    """Return the text of a prompt that a checkpoint was asked about; without one there is none."""
    if isinstance(prompt, dict):
        return prompt.get(task, "")
    return "" if prompt in (DECLARED, NONE) else prompt


def _precisions(request: StsRequest) -> dict[str, list[str]]:
    """Return the parameter; jobs without it are those of versions that did not know it."""
    precisions: list[str] = sorted(set(request.precisions))
    return {"precisions": precisions} if precisions else {}


def fit_inputs(task: str, whitening: str) -> tuple[DatasetRef, ...]:
    """Return the splits that a whitening is fitted on for one task."""
    if whitening == "none":
        return ()
    if whitening == "scored":
        return (DatasetRef(task),)
    if whitening == "target":
        declared = tasks.find(task)
        return tuple(
            DatasetRef(task, None if split == declared.split else split)
            for split in declared.fit_splits
        )
    name, _, split = whitening.partition("/")
    return (DatasetRef(name, split or None),)


def _scorer(session: Session, poolings: tuple[str, ...]) -> Scorer:
    from evaluators.sts.session import Session as Scorer

    first = session.jobs[0]
    return session.enter(
        poolings,
        lambda: Scorer(
            session.folder,
            poolings=poolings,
            dtype=first.dtype,
            device=session.device,
            prompt=first.parameters["prompt"],
            max_length=first.parameters["max_length"],
            progress=session.progress,
            device_map=session.device_map,
        ),
    )


def _score(scorer: Scorer, job: Job, session: Session) -> Result:
    params = job.parameters
    return scorer.evaluate(
        session.load(DatasetRef(job.task), job.dataset_digest),
        pooling=params["pooling"],
        whitening=params["whitening"],
        fit=[
            session.load(ref, digest)
            for ref, digest in zip(
                fit_inputs(job.task, params["whitening"]), params["fit_digests"], strict=True
            )
        ],
        dimensions=params["dimensions"],
        resamples=params["resamples"],
        confidence=params["confidence"],
        precisions=params.get("precisions", ()),
        seed=job.seed,
        scored_as=tasks.find(job.task).type,
    )
