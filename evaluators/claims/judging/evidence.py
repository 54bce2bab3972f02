"""What claims are judged on: a board under a treatment, or rows of a view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from evaluators.averaging import MEANS, Board, Treatment, treat
from evaluators.averaging.stability.bootstrap import RankBootstrap, bootstrap

RESAMPLES = 4000
SEED = 2112
Resampled = Mapping[str, RankBootstrap]
Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class BoardEvidence:
    """A board under one treatment, ranked under the three means, its tasks resampled once.

    Attributes:
        board: One snapshot of a leaderboard.
        treatment: How its cells become ranks.
        shared: What was computed, for treatments that come to the same numbers.
    """

    board: Board
    treatment: Treatment
    shared: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    @property
    def board_name(self) -> str | None:
        """The board."""
        return self.board.name

    @property
    def snapshot(self) -> str | None:
        """Its snapshot."""
        return self.board.snapshot

    @property
    def treatment_name(self) -> str | None:
        """The treatment."""
        return self.treatment.name

    @property
    def mixed(self) -> bool:
        """Whether the treatment is not the same for every row and mean."""
        return self.treatment.mixed

    @cached_property
    def resampled(self) -> Resampled:
        """The bootstrap over tasks of each mean, with the ranking itself; same draws for all.

        Raises:
            TreatmentError: If under one of the means no row can be ranked.
        """
        return self._once(
            "resampled",
            lambda: bootstrap(self.board, self.treatment, resamples=RESAMPLES, seed=SEED),
        )

    def of_resamples(self, name: str, ask: Callable[[Resampled], Answer]) -> Answer:
        """Return what `ask` says of the resamples: once for treatments that come to the same.

        Args:
            name: What is asked, unique.
            ask: A pure function that needs nothing but the resamples.
        """
        return self._once(name, lambda: ask(self.resampled))

    def _once(self, name: str, make: Callable[[], Answer]) -> Answer:
        place = (name, self._key)
        if place not in self.shared:
            self.shared[place] = make()
        found: Answer = self.shared[place]
        return found

    @cached_property
    def _key(self) -> str:
        # Equal columns mean equal tasks too: metrics that are drawn together, as those of a task
        # are under `per-metric`, would be one column under `per-task`.
        digest = hashlib.sha256()
        for p in MEANS.values():
            matrix = treat(self.board, self.treatment, p)
            digest.update(repr((matrix.columns, matrix.values.shape, matrix.shift)).encode())
            digest.update(np.ascontiguousarray(matrix.values).tobytes())
            digest.update(matrix.complete.tobytes())
        return digest.hexdigest()


def every_treatment(board: Board, treatments: Iterable[Treatment]) -> Iterator[BoardEvidence]:
    """Yield a board under several treatments; what comes to the same is resampled once."""
    shared: dict[tuple[str, str], Any] = {}
    for treatment in treatments:
        yield BoardEvidence(board, treatment, shared)


@dataclass(frozen=True, eq=False)
class RowEvidence:
    """Rows of a view of the store, in no particular order.

    Attributes:
        rows: One mapping a row, by column.
        group: The values, by column, that make the group.
    """

    rows: Sequence[Mapping[str, Any]]
    group: Mapping[str, Any] = field(default_factory=dict)
    board_name: str | None = None
    snapshot: str | None = None
    mixed: bool = False

    @property
    def treatment_name(self) -> str | None:
        """The group in words, `experiment=E1`; None where all rows are judged together."""
        named = (f"{name}={value}" for name, value in self.group.items() if value != "")
        return ", ".join(named) or None
