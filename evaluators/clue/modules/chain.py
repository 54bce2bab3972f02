"""A linear-chain conditional random field: its likelihood, its marginals, its best path.

Lafferty et al. 2001; forward-backward and Viterbi as in Sutton and McCallum, arXiv 1011.4088,
section 4.1.  A sequence is what `mask` says, from its first true position to its last; scores of a
path y are start(y_1) + Σ emission(t, y_t) + Σ transition(y_t, y_{t+1}) + end(y_T).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Chain(nn.Module):
    """The three tables of a chain over K tags.

    Args:
        tags: K.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(tags).uniform_(-0.1, 0.1))
        self.step = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))

    def log_likelihood(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Return log p(tags | emissions) of each row, (n,); 0 for an empty row.

        Args:
            emissions: (n, L, K).
            tags: (n, L).
            mask: (n, L), true on one run of positions a row.
        """
        return self._path(emissions, tags, mask) - self._partition(emissions, mask)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log p(y_t | emissions), (positions of the mask, K), by forward and backward."""
        forward = torch.stack(self._forward(emissions, mask), dim=1)
        length = emissions.shape[1]
        after = mask.roll(-1, dims=1)
        after[:, -1] = False
        betas = [self.end.expand_as(emissions[:, 0])]
        for t in range(length - 2, -1, -1):
            nxt = betas[-1] + emissions[:, t + 1]
            stepped = (self.step + nxt[:, None]).logsumexp(dim=-1)
            betas.append(torch.where(after[:, t, None], stepped, self.end))
        both = forward + torch.stack(betas[::-1], dim=1)
        return both[mask].log_softmax(dim=-1)

    def best_path(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return the likeliest tags (n, L); 0 outside the mask."""
        score = self.start + emissions[:, 0]
        pointers = []
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        for t in range(1, emissions.shape[1]):
            best, origin = (score[:, :, None] + self.step).max(dim=1)
            going, begun = (before[:, t] & mask[:, t])[:, None], mask[:, t, None]
            fresh = torch.where(begun, self.start + emissions[:, t], score)
            score = torch.where(going, best + emissions[:, t], fresh)
            pointers.append(origin)
        tag = (score + self.end).argmax(dim=1)
        path = [tag]
        after = mask.roll(-1, dims=1)
        for t in range(emissions.shape[1] - 2, -1, -1):
            going = mask[:, t] & after[:, t]
            tag = torch.where(going, pointers[t].gather(1, tag[:, None])[:, 0], tag)
            path.append(tag)
        return torch.stack(path[::-1], dim=1).masked_fill(~mask, 0)

    def _forward(self, emissions: Tensor, mask: Tensor) -> list[Tensor]:
        """Return log sums over all beginnings that end in each tag, one (n, K) a position."""
        alphas = [self.start + emissions[:, 0]]
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        for t in range(1, emissions.shape[1]):
            last = alphas[-1]
            stepped = (last[:, :, None] + self.step).logsumexp(dim=1) + emissions[:, t]
            fresh = torch.where(mask[:, t, None], self.start + emissions[:, t], last)
            alphas.append(torch.where((before[:, t] & mask[:, t])[:, None], stepped, fresh))
        return alphas

    def _partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        total = (self._forward(emissions, mask)[-1] + self.end).logsumexp(dim=-1)
        return torch.where(mask.any(dim=1), total, 0.0)

    def _path(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        before = mask.roll(1, dims=1)
        before[:, 0] = False
        after = mask.roll(-1, dims=1)
        after[:, -1] = False
        own = emissions.gather(-1, tags[..., None])[..., 0]
        own = own + torch.where(mask & ~before, self.start[tags], 0.0)
        own = own + torch.where(mask & ~after, self.end[tags], 0.0)
        steps = self.step[tags[:, :-1], tags[:, 1:]]
        within = torch.where(mask[:, 1:] & mask[:, :-1], steps, 0.0)
        return own.masked_fill(~mask, 0.0).sum(dim=1) + within.sum(dim=1)
