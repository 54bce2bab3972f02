"""Random numbers by what they are for, so that no order of computing changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import torch

Stream = Literal["items", "noise", "projection", "sample"]
Entropy = tuple[int, ...]
"""What tells one draw of an experiment from all others: seed, sizes, replicate; not negative."""
_STREAMS: tuple[Stream, ...] = ("items", "noise", "projection", "sample")


def generator(entropy: Entropy, stream: Stream, part: int = 0) -> torch.Generator:
    """Return a CPU generator of its own for one part of one stream.

    Numbers are always drawn on the CPU: where a job runs is no part of its identity.
    """
    import torch

    words = np.random.SeedSequence([*entropy, _STREAMS.index(stream), part])
    return torch.Generator().manual_seed(int(words.generate_state(1, np.uint64)[0] >> 1))
