"""Train a checkpoint on its own dropout (SimCSE), by loss, batch size and precision."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from evaluators.contrastive.names import ArmName, parse_arm
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
    known,
)
from evaluators.job import Job
from evaluators.progress import stage_progress
from evaluators.result import Result, Score

FLOAT32 = "float32"


class SimcseRequest(Request):
    """The keys of an `evaluator: simcse` entry in a plan.

    Attributes:
        corpus: Corpus whose documents are the training sentences: `python-docstrings`, or the name
            of a file in a folder of RANKCHECK_CORPORA.
        task: Sentence-pair task that the checkpoint is scored on, before and after training.
        split: Split of the task; None takes the task's default.
        arms: Loss and the number format that it is computed in, as `loss/dtype`.
        batches: Batch sizes, each at least 2: one sentence has no negatives.
        chunk: Number of sentences in one backward pass: it bounds the memory.
        sentences: Number of training sentences, the same at every batch size; at least one batch.
        seeds: Seeds of order and dropout; each is a job.
        temperature: Number that cosines are divided by.
        rate: Learning rate of AdamW.
        max_length: Number of tokens that sentences are cut to, at least 3.
        encoders: Number formats that the encoder is trained in: `float32`, `bfloat16` (autocast).
        rate_at: Batch size that `rate` is for: at others the rate grows with the root of the
            batch; None takes `rate` at every batch size.
    """

    corpus: str = "python-docstrings"
    task: str = "SampleEN"
    split: str | None = None
    arms: Distinct[ArmName] = ("infonce/float32", "flatnce/float32")
    batches: Distinct[Annotated[int, Field(ge=2)]] = (32, 256)
    chunk: Count = 64
    sentences: int = 1024
    seeds: Seeds = (0, 1, 2)
    temperature: Positive = 0.05
    rate: Positive = 1e-5
    max_length: Annotated[int, Field(ge=3)] = 32
    encoders: Distinct[Annotated[str, known("dtype of the encoder", (FLOAT32, "bfloat16"))]] = (
        FLOAT32,
    )
    rate_at: Count | None = None

    @model_validator(mode="after")
    def _one_batch_at_least(self) -> SimcseRequest:
        if self.sentences < max(self.batches):
            raise ValueError(
                f"sentences must be at least one batch of {max(self.batches)}, got {self.sentences}"
            )
        return self


class Simcse(Evaluator[SimcseRequest]):
    """Each job loads its own weights, as it changes them; the checkpoint stays unchanged."""

    VERSION = "2"  # sentences are scored once each, by length: the last digits may differ
    Request = SimcseRequest

    def needs_checkpoint(self, request: SimcseRequest) -> bool:
        return True

    def label(self, request: SimcseRequest) -> str:
        return f"{request.corpus}, {request.task}"

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, job.parameters["split"])

    def jobs(
        self, request: SimcseRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each arm, dtype of the encoder, batch size and seed."""
        corpus = digest_of(DatasetRef(request.corpus, kind="corpus"))
        pairs = digest_of(DatasetRef(request.task, request.split))
        return [
            self.job(
                request.task,
                {
                    "corpus": request.corpus,
                    "corpus_digest": corpus,
                    "split": request.split,
                    "arm": arm,
                    **parse_arm(arm)._asdict(),
                    "batch": batch,
                    "chunk": request.chunk,
                    "sentences": request.sentences,
                    "temperature": request.temperature,
                    "rate": request.rate,
                    "max_length": request.max_length,
                    # Left out at their defaults, so that older jobs keep their keys.
                    **({} if encoder == FLOAT32 else {"encoder": encoder}),
                    **({} if request.rate_at is None else {"rate_at": request.rate_at}),
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=pairs,
                seed=seed,
            )
            for batch in request.batches
            for encoder in request.encoders
            for arm in request.arms
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.simcse.training import TextRecipe, train_text

        params = job.parameters
        corpus = session.load(DatasetRef(params["corpus"], kind="corpus"), params["corpus_digest"])
        pairs = session.load(self.dataset_of(job), job.dataset_digest)
        keys = TextRecipe.__dataclass_fields__.keys() & params.keys()
        recipe = TextRecipe(**{key: params[key] for key in keys}, seed=job.seed)
        stage = f"{params['arm']}, {recipe.encoder} encoder, batch {recipe.batch}, seed {job.seed}"
        # The score before training is the same for all jobs with these three: compute it once.
        before: dict[tuple[str, int, int], float] = session.share("before training", dict)
        untrained = (job.dataset_digest, recipe.max_length, recipe.chunk)
        trained = train_text(
            session.folder,
            corpus.documents,
            pairs,
            recipe,
            device=session.device,
            before=before.get(untrained),
            report=stage_progress(session.progress, stage),
        )
        before[untrained] = trained.before
        return Result(
            (
                Score("spearman", trained.after, len(pairs), {"seed": job.seed}),
                Score("spearman_before", trained.before, len(pairs), {"seed": job.seed}),
                Score("loss", trained.loss, recipe.batch, {"seed": job.seed}),
            ),
            cost={
                "device": trained.device,
                "training_seconds": trained.seconds,
                "sentences_per_second": trained.steps * recipe.batch / trained.seconds,
                "peak_bytes": trained.peak_bytes,
                "steps": trained.steps,
            },
        )
