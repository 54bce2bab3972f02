"""Train a checkpoint to write the edge that a question of KgCLUE asks for, freely or in a tree.

The published baseline (baseline.py of bojone/KgCLUE-bert4keras): a masked language model whose
attention is masked as UniLM's is trained on pairs of a question and subject, relation and meaning,
and writes by beam search, freely, inside a prefix tree of the graph, or with a look-ahead besides.
The arms, metrics and graphs are those of `kgclue_trie`, whose networks begin from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Field

from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.experiments.kgclue_trie import NETWORK, REFS, SCORED, TRAIN, decode, read_questions
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.constrained_decoding.masked_seq2seq import MaskedSeq2Seq
    from evaluators.experiments._question_worlds import World
    from evaluators.experiments._resumable import Bench

ALL = 1_000_000
"""More questions than there are."""


class KgclueCheckpointRequest(Request):
    """The keys of an `evaluator: kgclue_checkpoint` entry in a plan.

    Attributes:
        added: Edges that each subject of the graph gets besides its own, with relation and object
            of another subject's; each is a setting of one network.
        train: Number of training questions, all where there are fewer.
        tested: Number of scored questions, all where there are fewer.
        epochs: Number of epochs.
        batch: Questions a step, at least 2.
        rate: Learning rate of Adam.
        max_length: Tokens of a question; what is longer is cut.
        beams: Number of beams.
        dtype: Number format of matrix products in training; weights stay in float32.
        seeds: Seeds of order and dropout, and of the added edges; each is a job.
    """

    added: Distinct[Annotated[int, Field(ge=0)]] = (0, 6)
    train: Count = ALL
    tested: Count = ALL
    epochs: Count = 3
    batch: AtLeastTwo = 32
    rate: Positive = 5e-6
    max_length: Annotated[int, Field(ge=8)] = 128
    beams: Count = 3
    dtype: Literal["float32", "bfloat16"] = "float32"
    seeds: Seeds = (1000, 1001, 1002)


class KgclueCheckpoint(Evaluator[KgclueCheckpointRequest]):
    """The arms are ways of decoding, all of one network; a seed draws its training."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("train", "tested", "epochs")
    PUBLISHED = ("epochs", "batch", "rate", "max_length", "beams")
    Request = KgclueCheckpointRequest

    def needs_checkpoint(self, request: KgclueCheckpointRequest) -> bool:
        return True

    def jobs(
        self, request: KgclueCheckpointRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each seed."""
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        params = {
            **recipe,
            "beams": request.beams,
            "added": sorted(request.added),
            "split_digests": [digest_of(ref) for ref in REFS],
        }
        return [
            self.job(
                "kgclue",
                params,
                checkpoint_digest=checkpoint_digest,
                seed=seed,
                dtype=request.dtype,
            )
            for seed in request.seeds
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        from transformers import AutoTokenizer

        from evaluators.checkpoint.masked_lm import load_masked_lm
        from evaluators.constrained_decoding.masked_seq2seq import MaskedSeq2Seq
        from evaluators.contrastive.one_thread import repeatable
        from evaluators.experiments._question_worlds import of_kgclue
        from evaluators.experiments._resumable import Bench

        params = dict(job.parameters)
        digests, added, beams = (params.pop(key) for key in ("split_digests", "added", "beams"))
        recipe, bench = Recipe(**params), Bench.of(job, session)
        data, edges = read_questions(session, digests)
        tokenizer = AutoTokenizer.from_pretrained(session.folder, local_files_only=True)
        network = MaskedSeq2Seq(*load_masked_lm(session.folder), tokenizer)
        worlds = {
            f"graph of KgCLUE's questions, edges added {more}, {recipe}": of_kgclue(
                data[TRAIN],
                data[SCORED],
                edges,
                seed=job.seed,
                counts=(recipe.train, recipe.tested),
                added=more,
                alphabet=network,
            )
            for more in added
        }
        report = stage_progress(session.progress, f"KgCLUE, seed {job.seed}")
        with repeatable():
            return compare(network, worlds, bench, recipe, beams, report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    train: int
    tested: int
    epochs: int
    batch: int
    rate: float
    max_length: int

    def __str__(self) -> str:
        count = "all" if self.train >= ALL else str(self.train)
        return (
            f"{count} training questions, {self.epochs} epochs, batch {self.batch}, rate"
            f" {self.rate:g}"
        )


def compare(
    network: MaskedSeq2Seq,
    worlds: Mapping[str, World],
    bench: Bench,
    recipe: Recipe,
    beams: int,
    report: Report | None = None,
) -> Result:
    """Train a network and return what each way of decoding answers.

    Metrics as in `kgclue_trie.compare`.

    Args:
        network: Of the checkpoint; it is trained in place.
        worlds: By setting; all have the same training questions.
        bench: Device, number format and seed.
        recipe: Settings of the training.
        beams: Number of beams.
        report: Called with the steps done and all of them.
    """
    from evaluators.constrained_decoding.beam_search import padded
    from evaluators.constrained_decoding.copying_seq2seq import PAD
    from evaluators.experiments._resumable import Order, train

    first = next(iter(worlds.values()))
    network.to(bench.device).train()
    source, target = (
        padded([rows])[0].to(bench.device)
        for rows in (
            [each.tokens[: recipe.max_length] for each in first.train],
            [each.key for each in first.train],
        )
    )
    order = Order(bench, len(source), recipe.batch)
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.rate)

    def step(number: int, _: torch.Generator) -> Tensor:
        rows = order.at(number)
        written = _cut(target[rows])
        there = written != PAD
        with bench.autocast():
            logs = network.log_probabilities(_cut(source[rows]), written)
        loss: Tensor = -(logs * there).sum() / there.sum()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        return loss

    trained = train(
        step,
        bench,
        steps=recipe.epochs * order.steps,
        modules={"network": network},
        optimisers={"adam": optimiser},
        report=report,
    )
    network.eval()
    found = []
    for setting, world in worlds.items():
        scores = ArmScores(setting)
        decode(scores, network, [_shortened(world, recipe.max_length)], [bench.seed], beams)
        scores.add_curve(trained.curve, arm=NETWORK, seeds=[bench.seed])
        found.append(scores)
    return Result(
        tuple(score for each in found for score in each.scores),
        tuple(line for each in found for line in each.curves),
        cost={
            "train_seconds": trained.seconds,
            "resumed_after": trained.resumed_after,
            "device": str(bench.device),
        },
    )


def _shortened(world: World, longest: int) -> World:
    """Return a world whose scored questions are cut."""
    return world._replace(
        tested=[each._replace(tokens=each.tokens[:longest]) for each in world.tested]
    )


def _cut(rows: Tensor) -> Tensor:
    """Return rows (n, T), padded at their ends, without columns of padding."""
    from evaluators.constrained_decoding.copying_seq2seq import PAD

    return rows[:, : int((rows != PAD).sum(1).max())]
