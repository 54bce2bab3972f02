"""Sample text from a masked language model by Gibbs sampling, beside real text.

Texts begin as random characters, and in each sweep every token is drawn anew, given the others. An
n-gram model of one half of a corpus says how likely they are; windows of the other half and
independent tokens are what they are compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluators.contrastive.one_thread import one_thread
from evaluators.errors import DatasetError
from evaluators.evaluator import (
    AtLeastTwo,
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
    from torch import Tensor

Ints = NDArray[np.int64]

LONGER = 0.7
"""What the n-gram model takes from a context that it has seen; the rest is of a shorter one."""

UNSEEN = 1.0
"""Times that every token of the vocabulary counts before the text is read."""


class GibbsTextRequest(Request):
    """The keys of an `evaluator: gibbs_text` entry in a plan.

    Attributes:
        corpus: `python-docstrings`, or the name of a file in RANKCHECK_CORPORA; a text like those
            the checkpoint was trained on.
        texts: Texts that are sampled.
        length: Tokens of a text.
        sweeps: Numbers of sweeps after which texts are looked at, each a setting.
        seeds: Seeds of draws.
    """

    corpus: str = "python-docstrings"
    texts: AtLeastTwo = 100
    length: Annotated[int, Field(ge=4)] = 20
    sweeps: Distinct[Count] = (1, 10)
    seeds: Seeds = tuple(range(1010, 1013))


class GibbsText(Evaluator[GibbsTextRequest]):
    """The arms are where texts come from; a seed draws them."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("texts",)
    Request = GibbsTextRequest

    def needs_checkpoint(self, request: GibbsTextRequest) -> bool:
        return True

    def dataset_of(self, job: Job) -> DatasetRef:
        return DatasetRef(job.task, kind="corpus")

    def jobs(
        self, request: GibbsTextRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job, all seeds and numbers of sweeps at once."""
        return [
            self.job(
                request.corpus,
                {
                    "texts": request.texts,
                    "length": request.length,
                    "sweeps": sorted(request.sweeps),
                    "seeds": sorted(request.seeds),
                },
                checkpoint_digest=checkpoint_digest,
                dataset_digest=digest_of(DatasetRef(request.corpus, kind="corpus")),
            )
        ]

    def evaluate(self, job: Job, session: Session) -> Result:
        documents = session.load(self.dataset_of(job), job.dataset_digest).documents
        report = stage_progress(session.progress, f"Gibbs sampling, {job.task}")
        with one_thread():
            return compare(session.folder, documents, **job.parameters, report=report)


class Ngrams(NamedTuple):
    """Counts of one, two and three tokens in a row, by their own and by their context.

    Attributes:
        counts: By n-gram.
        contexts: By n-gram without its last token.
        size: Number of tokens there are.
    """

    counts: Counter[tuple[int, ...]]
    contexts: Counter[tuple[int, ...]]
    size: int

    @classmethod
    def of(cls, tokens: Sequence[int], size: int) -> Ngrams:
        """Count a text."""
        counts: Counter[tuple[int, ...]] = Counter()
        contexts: Counter[tuple[int, ...]] = Counter()
        for order in (1, 2, 3):
            grams = list(zip(*(tokens[start:] for start in range(order)), strict=False))
            counts.update(grams)
            contexts.update(gram[:-1] for gram in grams)
        return cls(counts, contexts, size)

    def nats(self, texts: Ints) -> float:
        """Return −log p a token of texts (texts, length), in nats."""
        total = 0.0
        for text in texts.tolist():
            for at, token in enumerate(text):
                total -= float(np.log(self._share(tuple(text[max(0, at - 2) : at]), token)))
        return total / texts.size

    def _share(self, context: tuple[int, ...], token: int) -> float:
        lower = (self.counts[(token,)] + UNSEEN) / (self.contexts[()] + UNSEEN * self.size)
        for length in range(1, len(context) + 1):
            before = context[-length:]
            if seen := self.contexts[before]:
                lower = LONGER * self.counts[(*before, token)] / seen + (1 - LONGER) * lower
        return lower


def distinct_pairs(texts: Ints) -> float:
    """Return how many pairs of neighbours are different, over all pairs of texts (n, length)."""
    pairs = [pair for text in texts.tolist() for pair in pairwise(text)]
    return len(set(pairs)) / len(pairs)


def shared_triples(texts: Ints) -> float:
    """Return the share of triples of neighbours that some other text has too."""
    by_text = [set(zip(text, text[1:], text[2:], strict=False)) for text in texts.tolist()]
    owners = Counter(triple for triples in by_text for triple in triples)
    return sum(owners[each] > 1 for triples in by_text for each in triples) / sum(
        len(triples) for triples in by_text
    )


def compare(
    checkpoint: Path,
    documents: Sequence[str],
    texts: int,
    length: int,
    sweeps: Sequence[int],
    seeds: Sequence[int],
    report: Report | None = None,
) -> Result:
    """Return how likely and how diverse texts are, sampled and real.

    `nats` is −log p a token under an n-gram model of half of the corpus, `distinct_pairs` the share
    of different pairs of neighbours, `shared_triples` that of triples that another text has too.
    `masked_nats` is −log p of a token of real text, given the others, by the checkpoint, and by its
    frequency alone. The arms are `Gibbs`, `real text` from the other half, `independent tokens` of
    the right frequencies, and `one text`, a real one again and again.

    Args:
        checkpoint: A BERT with its head for masked tokens.
        documents: The corpus.
        texts: Texts of each arm.
        length: Tokens of a text.
        sweeps: Numbers of sweeps after which they are looked at.
        seeds: Seeds of draws.
        report: Called with the sweeps done and all of them.

    Raises:
        CheckpointError: The checkpoint has no such head.
        DatasetError: The corpus is shorter than the texts.
    """
    from transformers import AutoTokenizer

    from evaluators.checkpoint.masked_lm import load_masked_lm

    tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
    model, _ = load_masked_lm(checkpoint)
    stream = _stream(tokenizer, documents)
    half = len(stream) // 2
    if half < texts * length:
        raise DatasetError(f"the corpus must have {2 * texts * length} tokens, got {len(stream)}")
    ngrams = Ngrams.of(stream[:half].tolist(), len(tokenizer))
    scores = []
    by_sweeps = {count: ArmScores(f"length {length}, sweeps {count}") for count in sweeps}
    for place, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        starts = half + rng.integers(0, len(stream) - half - length, size=texts)
        independent = rng.choice(stream[:half], size=(texts, length))
        real = np.stack([stream[start : start + length] for start in starts])
        arms = {
            "real text": real,
            "independent tokens": independent,
            "one text": np.repeat(real[:1], texts, axis=0),
        }
        known = {
            "Gibbs": masked_nats(model, tokenizer, real, rng),
            "independent tokens": ngrams.nats(real.reshape(-1, 1)),
        }
        for arms_of in by_sweeps.values():
            for arm, value in known.items():
                arms_of.add("masked_nats", value, texts, arm=arm, seed=seed)
        sampled = rng.choice(np.unique(stream), size=(texts, length))
        for sweep in range(1, max(sweeps) + 1):
            if report:
                report(place * max(sweeps) + sweep - 1, len(seeds) * max(sweeps))
            sampled = gibbs_sweep(model, tokenizer, sampled, rng)
            if sweep not in by_sweeps:
                continue
            for arm, found in {**arms, "Gibbs": sampled}.items():
                add = by_sweeps[sweep].add
                add("nats", ngrams.nats(found), found.size, arm=arm, seed=seed)
                add("distinct_pairs", distinct_pairs(found), texts, arm=arm, seed=seed)
                add("shared_triples", shared_triples(found), texts, arm=arm, seed=seed)
    for count in sweeps:
        scores += by_sweeps[count].scores
    return Result(tuple(scores))


def _stream(tokenizer: Any, documents: Sequence[str]) -> Ints:
    encoded = tokenizer(list(documents), add_special_tokens=False, verbose=False)["input_ids"]
    unknown = set(tokenizer.all_special_ids)
    return np.array(
        [each for ids in encoded for each in ids if each not in unknown], dtype=np.int64
    )


def masked_nats(model: Any, tokenizer: Any, texts: Ints, rng: np.random.Generator) -> float:
    """Return the mean of −log p of one token of each text, drawn at random, given the others."""
    places = torch.from_numpy(rng.integers(0, texts.shape[1], size=len(texts))) + 1
    framed, rows = _framed(tokenizer, texts), torch.arange(len(texts))
    right = framed[rows, places]
    framed[rows, places] = tokenizer.mask_token_id
    with torch.no_grad():
        states = getattr(model, model.base_model_prefix)(framed).last_hidden_state
        scores = model.cls(states[rows, places]).double().log_softmax(dim=1)
    return -float(scores[rows, right].mean())


def _framed(tokenizer: Any, texts: Ints) -> Tensor:
    first, last = (
        np.full((len(texts), 1), each) for each in (tokenizer.cls_token_id, tokenizer.sep_token_id)
    )
    return torch.from_numpy(np.hstack([first, texts, last]))


def gibbs_sweep(model: Any, tokenizer: Any, texts: Ints, rng: np.random.Generator) -> Ints:
    """Return texts (n, length) of which each token was drawn anew, in a random order.

    Special tokens, which stand in no text, are not drawn.
    """
    count, length = texts.shape
    framed = _framed(tokenizer, texts)
    special = torch.tensor(tokenizer.all_special_ids)
    body = getattr(model, model.base_model_prefix)
    for place in rng.permutation(length).tolist():
        framed[:, place + 1] = tokenizer.mask_token_id
        with torch.no_grad():
            # The head is most of a small model's work, and only one token is asked for.
            states = body(framed).last_hidden_state[:, place + 1 : place + 2]
            logits = model.cls(states)[:, 0].double()
        logits[:, special] = -torch.inf
        sums = logits.softmax(dim=1).cumsum(dim=1)
        lots = torch.from_numpy(rng.random(count))[:, None] * sums[:, -1:]
        framed[:, place + 1] = (sums <= lots).sum(dim=1)
    return np.asarray(framed[:, 1:-1].numpy()).copy()
