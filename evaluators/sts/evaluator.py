"""Evaluate sentence pairs: Spearman with their grades, or a threshold between two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, field_validator

from evaluators import tasks
from evaluators.errors import CheckpointError
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
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
from evaluators.sts.names import (
    CORPUS,
    OWN_SPLITS,
    POOLINGS,
    VERSION,
    WHITEN,
    WHITENINGS,
    validate_transform,
)
from evaluators.sts.prompts import DECLARED, NONE, Prompts, name_of_choice, prompt_of

if TYPE_CHECKING:
    from evaluators.dataset import Corpus
    from evaluators.sts.session import Session as Scorer
    from evaluators.sts.transformed import FitSet

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
            if name.startswith("corpus:") and not CORPUS.fullmatch(name):
                raise ValueError(
                    f"a corpus must be named corpus:NAME or corpus:NAME/5000, got {name!r}"
                )
            if name not in WHITENINGS and not CORPUS.fullmatch(name):
                names = (*WHITENINGS, *tasks.names())
                validate_known("whitening", [name.partition("/")[0]], names)
        return whitening


Vectors = TypeVar("Vectors", bound=VectorsRequest)


def _known_transforms(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        validate_transform(name)
    return names


class StsRequest(VectorsRequest):
    """The keys of an `evaluator: sts` entry in a plan.

    Attributes:
        tasks: Names of sentence-pair tasks, of STS and of pair classification.
        poolings: Poolings of token vectors to a sentence vector.
        whitening: `none`, `target` (fitted on the task's own sentences, as published), `scored`
            (on the scored split alone), `train` or `validation` (that split of the scored task),
            the name of another task, `STSBenchmark/train` for a split of it, or `corpus:NAME` for
            a corpus, `corpus:NAME/5000` for 5,000 documents evenly from all of it. `target` and
            `scored` are transductive: they use the very sentences that are scored.
        transforms: What is fitted on those sentences: `whiten`, `centre`, `standardise` (z-score),
            `zca`, `remove-top-1`, `remove-top-3` (any number). Each is scored beside the raw
            vectors. Raw vectors (`whitening: none`) have none.
        choose_k_on: Pairs on which a number of dimensions is chosen for each transform, whose score
            is kept too: `train` or `validation` (that split of the scored task), or
            `STSBenchmark/train`. Pairs that are scored are left out. Tasks of type STS only.
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

    transforms: Annotated[Distinct[str], AfterValidator(_known_transforms)] = (WHITEN,)
    choose_k_on: str | None = None
    dimensions: tuple[Count, ...] = ()
    precisions: tuple[Literal["int8", "binary"], ...] = ()
    resamples: Annotated[int, Field(ge=100)] = 1000
    confidence: Share = 0.95
    seed: int = 0

    @field_validator("choose_k_on")
    @classmethod
    def _known_choice(cls, name: str | None) -> str | None:
        if name is not None and name not in OWN_SPLITS:
            names = (*OWN_SPLITS, *tasks.names("STS"))
            validate_known("choose_k_on", [name.partition("/")[0]], names)
        return name


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
        """Return one job per task, prompt, pooling, whitening and transform."""
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
                    **_transformed(request, task, whitening, transform, digest_of),
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
            for transform in (request.transforms if whitening != "none" else (WHITEN,))
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


def _transformed(
    request: StsRequest, task: str, whitening: str, transform: str, digest_of: DigestOf
) -> dict[str, str]:
    """Return the parameters; jobs without them are those of versions that did not know them."""
    parameters = {} if transform == WHITEN else {"transform": transform}
    if request.choose_k_on is None or whitening == "none" or tasks.find(task).type != "STS":
        return parameters
    chosen_on = _split_of(task, request.choose_k_on)
    return {
        **parameters,
        "choose_k_on": f"{chosen_on.task}/{chosen_on.split or tasks.find(chosen_on.task).split}",
        "choice_digest": digest_of(chosen_on),
    }


def _split_of(task: str, name: str) -> DatasetRef:
    """Return the split that a name stands for, one of the scored task or of another one."""
    if name in OWN_SPLITS:
        return DatasetRef(task, name)
    other, _, split = name.partition("/")
    return DatasetRef(other, split or None)


def fit_inputs(task: str, whitening: str) -> tuple[DatasetRef, ...]:
    """Return the splits, or the corpus, that a whitening is fitted on for one task."""
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
    if corpus := CORPUS.fullmatch(whitening):
        return (DatasetRef(corpus["name"], kind="corpus"),)
    return (_split_of(task, whitening),)


def _documents(corpus: Corpus, whitening: str) -> Corpus:
    """Return a corpus with as many documents as a whitening names, evenly from all of it."""
    from dataclasses import replace

    named = CORPUS.fullmatch(whitening)
    wanted = int(named["documents"]) if named and named["documents"] else len(corpus.documents)
    found = len(corpus.documents)
    if wanted >= found:
        return corpus
    documents = tuple(corpus.documents[at * found // wanted] for at in range(wanted))
    return replace(corpus, documents=documents, digest=f"{corpus.digest}/{wanted}")


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
    whitening = params["whitening"]
    fit: list[FitSet] = []
    for ref, digest in zip(fit_inputs(job.task, whitening), params["fit_digests"], strict=True):
        loaded = session.load(ref, digest)
        fit.append(_documents(loaded, whitening) if ref.kind == "corpus" else loaded)
    choice = params.get("choose_k_on")
    return scorer.evaluate(
        session.load(DatasetRef(job.task), job.dataset_digest),
        pooling=params["pooling"],
        whitening=whitening,
        transform=params.get("transform", WHITEN),
        fit=fit,
        choose_k_on=None
        if choice is None
        else session.load(_split_of(job.task, choice), params["choice_digest"]),
        dimensions=params["dimensions"],
        resamples=params["resamples"],
        confidence=params["confidence"],
        precisions=params.get("precisions", ()),
        seed=job.seed,
        scored_as=tasks.find(job.task).type,
    )
