"""Replace the attention of a trained checkpoint by Nyström attention, head by head, on real text.

The checkpoint reads long texts as it was trained to. Of every head, queries, keys and values are
kept, and its output is compared with what landmarks make of them; nothing of an approximation goes
on to the next layer. In shuffled arms the same tokens come in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.errors import CheckpointError, DatasetError
from evaluators.evaluator import (
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from evaluators.checkpoint.load import LoadedEncoder

SHORTEST = 16


class NystromCheckpointRequest(Request):
    """The keys of an `evaluator: nystrom_checkpoint` entry in a plan.

    Attributes:
        corpora: Texts that are read: `python-docstrings`, which come with every Python, or names
            of files in RANKCHECK_CORPORA.
        lengths: Tokens of a text, at least 16; each is a setting.
        landmarks: Numbers of landmarks; each that divides a length and is below it is a setting.
        iterations: Numbers of steps towards the pseudo-inverse; each is an arm.
        texts: Texts a seed.
        seeds: Seeds of the texts and of the order of shuffled tokens.
    """

    corpora: Annotated[tuple[str, ...], Field(min_length=1)] = ("python-docstrings",)
    lengths: Distinct[Annotated[int, Field(ge=SHORTEST)]] = (128, 512)
    landmarks: Distinct[Count] = (8, 16, 32, 64, 128)
    iterations: Distinct[Count] = (3, 6, 12)
    texts: Count = 1
    seeds: Seeds = tuple(range(1000, 1005))


class NystromCheckpoint(Evaluator[NystromCheckpointRequest]):
    """The arms are ways to approximate attention; a seed draws texts."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("texts",)
    Request = NystromCheckpointRequest
    apart = ("corpora",)

    def needs_checkpoint(self, request: NystromCheckpointRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, kind="corpus")

    def jobs(
        self, request: NystromCheckpointRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each corpus and length."""
        return [
            self.job(
                corpus,
                {
                    "length": length,
                    "landmarks": fewer,
                    "iterations": sorted(request.iterations),
                    "texts": request.texts,
                    "seeds": sorted(request.seeds),
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(corpus, kind="corpus")),
            )
            for corpus in request.corpora
            for length in sorted(request.lengths)
            if (fewer := [m for m in sorted(request.landmarks) if m < length and length % m == 0])
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from evaluators.checkpoint.load import load_encoder
        from evaluators.checkpoint.modules import encoder_folder

        def load() -> LoadedEncoder:
            return load_encoder(encoder_folder(session.folder), device="cpu")

        encoder = session.share("encoder", load)
        corpus = session.load(self.dataset_of(job), job.dataset_digest)
        stage = f"Nyström attention of a checkpoint, {job.parameters['length']} tokens"
        with one_thread():
            return compare(
                encoder,
                corpus.documents,
                **job.parameters,
                report=stage_progress(session.progress, stage),
            )


def compare(
    encoder: LoadedEncoder,
    documents: Sequence[str],
    length: int,
    landmarks: Sequence[int],
    iterations: Sequence[int],
    texts: int,
    seeds: Sequence[int],
    report: Report,
) -> Result:
    """Return the relative error of every arm's output, the median over heads and texts of a seed.

    Metrics as in `nystrom_attention.compare`.

    Args:
        encoder: The checkpoint, a BERT or RoBERTa.
        documents: Texts; short ones are joined to their followers.
        length: Tokens of a text.
        landmarks: Numbers of landmarks.
        iterations: Steps towards the pseudo-inverse.
        texts: Texts a seed.
        seeds: Of the texts.
        report: Called with the seeds done and all of them.

    Raises:
        CheckpointError: The checkpoint has no such attention, or takes shorter texts only.
        DatasetError: The documents are too short together.
    """
    from evaluators.experiments.nystrom_attention import errors_of

    by_count = {count: ArmScores(f"sequence {length}, landmarks {count}") for count in landmarks}
    for done, seed in enumerate(seeds):
        report(done, len(seeds))
        generator = torch.Generator().manual_seed(seed)
        found: dict[tuple[int, str, str], list[Tensor]] = {}
        for _ in range(texts):
            order = torch.randperm(length, generator=generator)
            ids = draw_text(encoder.tokenizer, documents, length, generator)
            for tokens in heads_of(encoder, ids):
                for count in landmarks:
                    errors = errors_of(tokens, order, count, iterations)
                    for (arm, metric), values in errors.items():
                        found.setdefault((count, arm, metric), []).append(values)
        for (count, arm, metric), each in found.items():
            heads = torch.cat(each)
            by_count[count].add(metric, float(heads.median()), len(heads), arm=arm, seed=seed)
    return Result(tuple(score for scores in by_count.values() for score in scores.scores))


def draw_text(
    tokenizer: Any, documents: Sequence[str], length: int, generator: torch.Generator
) -> list[int]:
    """Return a text of exactly so many tokens, from a random document on, as a checkpoint reads it.

    Raises:
        DatasetError: The documents are too short together.
    """
    start = int(torch.randint(len(documents), (), generator=generator))
    parts: list[str] = []
    tokens = 0
    for at in range(len(documents)):
        parts.append(documents[(start + at) % len(documents)])
        tokens += len(tokenizer(parts[-1], add_special_tokens=False, verbose=False)["input_ids"])
        if tokens >= length:
            whole = tokenizer(" ".join(parts), truncation=True, max_length=length)
            ids: list[int] = whole["input_ids"]
            return ids
    raise DatasetError(f"the corpus must have {length} tokens, got {tokens}: take a longer one")


def heads_of(encoder: LoadedEncoder, ids: list[int]) -> Iterator[Tensor]:
    """Yield queries, keys and values of each layer in float64, (3, heads, n, d).

    Raises:
        CheckpointError: It has no attention as BERT's, or takes shorter texts only.
    """
    if encoder.max_positions is not None and len(ids) > encoder.max_positions:
        raise CheckpointError(
            f"a text must have at most {encoder.max_positions} tokens for this checkpoint, got"
            f" {len(ids)}: give shorter lengths"
        )
    layers = [
        module
        for name, module in encoder.model.named_modules()
        if name.endswith("attention.self") and hasattr(module, "query")
    ]
    if not layers:
        raise CheckpointError("the checkpoint must have attention as BERT's: try a BERT")
    kept: list[Tensor] = []

    def keep(module: Any, inputs: Any, output: Tensor) -> None:
        kept.append(output)

    linear = [getattr(layer, name) for layer in layers for name in ("query", "key", "value")]
    hooks = [module.register_forward_hook(keep) for module in linear]
    try:
        with torch.no_grad():
            encoder.model(input_ids=torch.tensor([ids], device=encoder.device))
    finally:
        for hook in hooks:
            hook.remove()
    heads = encoder.model.config.num_attention_heads
    for at in range(0, len(kept), 3):
        rows = torch.cat(kept[at : at + 3]).cpu().double()
        yield rows.view(*rows.shape[:2], heads, -1).transpose(1, 2)
