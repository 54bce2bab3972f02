"""What claims are judged on: a board under a treatment, or rows of a view."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np

from evaluators.averaging import MEANS, Board, Treatment, treat
from evaluators.averaging.stability.bootstrap import RankBootstrap, bootstrap
from evaluators.evaluator import Level

RESAMPLES = 4000
SEED = 2112
Resampled = Mapping[str, RankBootstrap]
Answer = TypeVar("Answer")


class Place(NamedTuple):
    """What a verdict is about; None where it is about no such thing.

    Attributes:
        board: Leaderboard.
        snapshot: Its snapshot.
        treatment: How its cells became ranks.
        setting: The group of rows of an experiment, in words.
    """

    board: str | None
    snapshot: str | None
    treatment: str | None
    setting: str | None


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

    cut = ""
    look = 1

    @property
    def place(self) -> Place:
        """What it is about."""
        return Place(self.board.name, self.board.snapshot, self.treatment.name, None)

    @property
    def mixed(self) -> bool:
        """Whether the treatment is not the same for every row and mean."""
        return self.treatment.mixed

    @property
    def level(self) -> Level:
        """What it can speak for; boards that were measured here are of small runs."""
        return "small" if self.board.name.startswith("measured-") else "published"

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
        level: What the rows can speak for.
        cut: In what they are a smoke run, in words; empty for a whole experiment.
        look: How many times rows of this group have been judged, each time with more of them.
    """

    rows: Sequence[Mapping[str, Any]]
    group: Mapping[str, Any] = field(default_factory=dict)
    level: Level = "published"
    cut: str = ""
    look: int = 1

    mixed = False

    @property
    def place(self) -> Place:
        """What it is about: the group in words, `experiment=E1, setting=...`."""
        named = (f"{name}={value}" for name, value in self.group.items() if value != "")
        return Place(None, None, None, ", ".join(named))
