"""BIO tags whose order counts: a linear-chain conditional random field over the tagger's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from evaluators.clue.modules.chain import Chain
from evaluators.clue.modules.spans import demand_within
from evaluators.clue.modules.tagger import Tagger

if TYPE_CHECKING:
    from evaluators.clue.training.model import Batch


class Crf(Tagger):
    """The tagger with a score for each step from tag to tag (kexue.fm/archives/8373, "CRF").

    Args:
        hidden: Width of the states.
        dropout: Rate before the last layer.
        labels: Names of the types, by number.
        longest: Learn the longest of entities that overlap rather than refuse them.
    """

    def __init__(
        self, hidden: int, dropout: float, labels: tuple[str, ...], *, longest: bool
    ) -> None:
        super().__init__(hidden, dropout, labels, longest=longest)
        self.chain = Chain(1 + 2 * len(labels))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean negative log-likelihood of a sequence.

        Raises:
            MethodError: Entities overlap, or do not lie within their sequence.
        """
        demand_within(batch)
        found = self.chain.log_likelihood(logits.float(), self.gold(batch), batch["tokens"])
        return -found.mean()

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the marginals, (tokens of the texts, tags)."""
        return self.chain.log_marginals(logits.float(), batch["tokens"])

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the entities of the likeliest path of each row."""
        with torch.no_grad():
            best = self.chain.best_path(logits.float(), batch["tokens"])
        tags = nn.functional.one_hot(best, self.chain.start.numel())
        return super().decode(tags, batch)
