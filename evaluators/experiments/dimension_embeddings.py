"""Measure recall@1 on a checkpoint's own vectors, with noisy copies of them as queries.

This is the experiment of `dimension_retrieval`, on given vectors instead of drawn ones.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evaluators.dimension_retrieval.evaluator import Projections, Rhos
from evaluators.evaluator import Count, DatasetRef, DigestOf, Evaluator, Request, Session
from evaluators.job import Job
from evaluators.result import Result
from evaluators.sts.evaluator import Dtype, Pooling, Tasks


class DimensionEmbeddingsRequest(Request):
    """The keys of an `evaluator: dimension_embeddings` entry in a plan.

    Attributes:
        tasks: Sentence-pair tasks whose distinct sentences are the items.
        rhos: Cosines between the vector of a sentence and its noisy copy, the query.
        projections: `gaussian`, `pca`, `whitening`.
        pooling: Pooling of token vectors to a sentence vector.
        queries: Number of queries of a replicate.
        replicates: Number of independent draws, at least 2, for the intervals.
        dtype: Number format of weights and activations.
        seed: Seed of everything random.
    """

    tasks: Tasks
    rhos: Rhos = (0.462, 0.8)
    projections: Projections = ("gaussian", "pca")
    pooling: Pooling = "native"
    queries: Count = 1000
    replicates: Annotated[int, Field(ge=2)] = 8
    dtype: Dtype = "float32"
    seed: int = 0


class DimensionEmbeddings(Evaluator[DimensionEmbeddingsRequest]):
    """Encodes each distinct sentence once for all jobs with the same pooling and dtype."""

    VERSION = "2"
    Request = DimensionEmbeddingsRequest
    apart = ("tasks",)

    def needs_checkpoint(self, request: DimensionEmbeddingsRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task)

    def session_key(self, job: Job) -> str:
        """Return dtype and pooling, so that jobs share vectors of one kind."""
        return f"{job.dtype}|{job.parameters['pooling']}"

    def jobs(
        self, request: DimensionEmbeddingsRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each task, projection and rho."""
        return [
            self.job(
                task,
                {
                    "rho": rho,
                    "projection": projection,
                    "setting": f"{projection}, rho = {rho:g}, {request.pooling}",
                    "pooling": request.pooling,
                    "queries": request.queries,
                    "replicates": request.replicates,
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(task)),
                seed=request.seed,
                dtype=request.dtype,
            )
            for task in request.tasks
            for projection in request.projections
            for rho in request.rhos
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.dimension_retrieval.embedding_curve import embedding_curve
        from evaluators.dimension_retrieval.recall_curve import as_result
        from evaluators.sts.session import Session as Encoder

        dataset = session.load(self.dataset_of(job), job.dataset_digest)
        params = job.parameters
        encoder = session.enter(
            "encoder",
            lambda: Encoder(
                session.folder,
                poolings=(params["pooling"],),
                dtype=job.dtype,
                device=session.device,
                progress=session.progress,
            ),
        )
        curve = embedding_curve(
            encoder.vectors((*dataset.first, *dataset.second), params["pooling"]),
            params["rho"],
            projection=params["projection"],
            sample=params["queries"],
            replicates=params["replicates"],
            seed=job.seed,
            device=session.device,
            progress=session.progress,
        )
        return as_result(curve)
