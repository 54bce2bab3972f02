"""Compare Post-LN, Pre-LN and RealFormer, whose attention scores are added up over the layers.

Small language models are trained equally long, at several learning rates. With warm-up each arm is
scored at its own best rate, together with the entropy of its attention; without, what counts is
the largest rate at which it still converges. Two controls have RealFormer's parameters: the heads'
scores shuffled on the way, and scores times 0, which must be Post-LN to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from evaluators.contrastive.one_thread import repeatable
from evaluators.digest import sha256_json
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
    Share,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import stage_progress
from evaluators.result import Result

if TYPE_CHECKING:
    from evaluators.language_models.text import Stream

MADE_UP = "made-up"


class RealformerRequest(Request):
    """The keys of an `evaluator: realformer` entry in a plan.

    Attributes:
        sources: What is read: `made-up`, a Markov chain with repeats, `python-docstrings`, or the
            name of a file in a folder of RANKCHECK_CORPORA; each is a task.
        seeds: Seeds of first weights and of what is read; those of an arm train together.
        rates: Largest learning rates with warm-up, of which each arm has its best.
        steps: Steps with warm-up.
        warmup: Share of those steps in which rates rise.
        cold_rates: Learning rates without warm-up.
        cold_steps: Steps without warm-up.
        objective: `causal` predicts the next token, `masked` hidden ones.
        vocabulary: Number of pieces of words; None reads bytes.
        batch: Sequences a step.
        length: Tokens of a sequence.
        width: Of the states.
        layers: Number of layers.
        heads: Number of attention heads.
        dropout: Share of the numbers that are dropped in training.
        scored: Sequences of each seed in the validation and test losses, a multiple of `batch`.
        save_every: Steps between two states from which a killed run goes on.
        dtype: Number format of forward passes.
    """

    sources: Distinct[str] = (MADE_UP,)
    seeds: Seeds = tuple(range(1000, 1007))
    rates: Distinct[Positive] = (2e-3, 4e-3, 8e-3, 1.6e-2)
    steps: Count = 400
    warmup: Share = 0.1
    cold_rates: Annotated[tuple[Positive, ...], Field(min_length=2)] = (
        2e-3,
        4e-3,
        8e-3,
        1.6e-2,
        3.2e-2,
    )
    cold_steps: Count = 250
    objective: Literal["causal", "masked"] = "causal"
    vocabulary: Annotated[int, Field(gt=256)] | None = None
    batch: Count = 8
    length: Annotated[int, Field(ge=2)] = 32
    width: Count = 32
    layers: Annotated[int, Field(ge=2)] = 4
    heads: Annotated[int, Field(ge=2)] = 4
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    scored: Count = 256
    save_every: Count = 1000
    dtype: Literal["float32", "bfloat16"] = "float32"


class Realformer(Evaluator[RealformerRequest]):
    """The arms are ways to put layers together; a seed draws weights and what is read."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("steps", "cold_steps")
    Request = RealformerRequest
    apart = ("sources",)

    def jobs(
        self, request: RealformerRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return for each source one job with warm-up and one without."""
        shared: dict[str, Any] = {
            key: getattr(request, key) for key in (*SIZES, "save_every", "dtype")
        }
        shared["seeds"] = sorted(request.seeds)
        warm = {"rates": sorted(request.rates), "steps": request.steps, "warmup": request.warmup}
        cold = {"rates": sorted(request.cold_rates), "cold_steps": request.cold_steps}
        return [
            self.job(
                source,
                {"source": source, **shared, **course},
                dataset_digest=""
                if source == MADE_UP
                else digest_of(DatasetRef(source, kind="corpus")),
                dtype=request.dtype,
            )
            for source in request.sources
            for course in (warm, cold)
        ]

    def dataset_of(self, job: Job) -> DatasetRef | None:
        return None if job.task == MADE_UP else DatasetRef(job.task, kind="corpus")

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `made-up` where that is what is read."""
        return "made-up" if parameters["source"] == MADE_UP else self.LEVEL

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.experiments._realformer_bench import Bench, compare

        params = dict(job.parameters)
        source, seeds = params["source"], params["seeds"]
        bench = Bench(
            source=source,
            streams=self._streams(job, session),
            seeds=seeds,
            sizes={key: params[key] for key in SIZES},
            rates=params["rates"],
            steps=params.get("steps") or params["cold_steps"],
            warmup=params.get("warmup", 0.0),
            save_every=params["save_every"],
            dtype=params["dtype"],
        )
        stage = f"RealFormer, {source}, {'with' if bench.warmup else 'without'} warm-up"
        report = stage_progress(session.progress, stage)
        device = session.device or ("cuda" if torch.cuda.is_available() else "cpu")
        identity = sha256_json([params, job.dataset_digest])
        with repeatable():
            return compare(bench, torch.device(device), report, session.work, identity)

    def _streams(self, job: Job, session: Session) -> list[Stream]:
        """Return what each seed reads."""
        from evaluators.language_models import text

        seeds, size = job.parameters["seeds"], job.parameters["vocabulary"]
        if job.task == MADE_UP:
            return [text.made_up_stream(seed) for seed in seeds]
        corpus = session.load(DatasetRef(job.task, kind="corpus"), job.dataset_digest)
        key = ("stream", job.dataset_digest, size)
        make = text.byte_stream if size is None else partial(text.piece_stream, vocabulary=size)
        stream = session.share(key, lambda: make(corpus.documents))
        return [stream] * len(seeds)


SIZES = (
    "objective",
    "vocabulary",
    "batch",
    "length",
    "width",
    "layers",
    "heads",
    "dropout",
    "scored",
)
"""Keys of the objective and the sizes, which the jobs of a request have in common."""
