"""The declaration of a sentence-pair task; `evaluators/tasks` has one file for each task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

TaskType = Literal["STS", "PairClassification"]
"""MTEB's name of what is scored: a correlation with grades, or how well a threshold tells pairs
that mean the same from those that do not."""


@dataclass(frozen=True)
class Copy:
    """The same rows in another data set, whose columns or labels have other names.

    Attributes:
        hub_id: As in `PairTask`.
        config: As in `PairTask`.
        columns: As in `PairTask`.
        labels: As in `PairTask`.
    """

    hub_id: str
    config: str
    columns: tuple[str, str, str]
    labels: Mapping[int, float | None] | None = None


@dataclass(frozen=True)
class PairTask:
    """Sentence pairs with a graded or binary gold similarity.

    Attributes:
        name: MTEB's name where MTEB has the task, CLUE's otherwise.
        title: One line for people.
        language: ISO 639-1 code.
        hub_id: `<org>/<name>` on the Hugging Face hub, or `rankcheck/<name>` for a bundled sample.
        revision: Commit of the hub repository; None for a bundled sample.
        split: The split that is scored.
        gold_range: Smallest and largest gold value there can be.
        licence: As the source states it.
        citation: Where the task comes from.
        config: The hub's configuration name.
        columns: Names of the two sentence columns and the gold column.
        subset_column: Column that names the sub-dataset of a row. It is optional in the data: a
            copy without it has no subsets, and another digest than a copy with it.
        fit_splits: Splits whose sentences the `target` whitening is fitted on, as published.
        type: What is scored.
        main_metric: The metric a leaderboard shows.
        pairs: Rows of the scored split as its source publishes it, where that is known.
        mirror_ids: Other hub names of the same rows, searched in mirrors after `hub_id`.
        copies: Copies of the rows in other schemas, searched in mirrors after `mirror_ids`.
        labels: Gold value of each label in the data, None for a label whose rows are left out;
            None if the labels are the gold values.
        note: Note for readers of the scores: leaks, conventions, origin.
    """

    name: str
    title: str
    language: Literal["en", "zh"]
    hub_id: str
    revision: str | None
    split: str
    gold_range: tuple[float, float]
    licence: str
    citation: str
    config: str = "default"
    columns: tuple[str, str, str] = ("sentence1", "sentence2", "score")
    subset_column: str | None = None
    fit_splits: tuple[str, ...] = ("test",)
    type: TaskType = "STS"
    main_metric: str = "spearman"
    pairs: int | None = None
    mirror_ids: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    labels: Mapping[int, float | None] | None = None
    note: str = ""

    def read_as(self, copy: Copy) -> PairTask:
        """Return the task with a copy as the place of its rows."""
        return replace(
            self,
            hub_id=copy.hub_id,
            config=copy.config,
            columns=copy.columns,
            labels=copy.labels,
            revision=None,
            mirror_ids=(),
            copies=(),
        )
