"""The declaration of a CLUE task; `evaluators/clue/tasks` has one file for each task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evaluators.evaluator import DatasetRef
from evaluators.trainer.labelled_data import Family

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import Example


@dataclass(frozen=True)
class Split:
    """The location of a split's rows.

    Attributes:
        file: The hub's name of the split.
        labelled: Whether its labels are published; if not, it is for submissions only.
        half: `even` or `odd`: every second row, where one split is used as two.
        hub_id: The hub's repository, where it is another than the task's.
        config: The hub's configuration name, where it is another than the task's.
        also: Further files whose rows follow, where a copy has the split in several files.
        columns: Columns that a row needs, where they are others than the task's.
    """

    file: str
    labelled: bool = True
    half: Literal["even", "odd"] | None = None
    hub_id: str | None = None
    config: str | None = None
    also: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None


class Leak(NamedTuple):
    """Two splits that must not be trained on and scored together, in either role.

    Attributes:
        split: A split of the task that declares it; `*` stands for all of them.
        other: `task/split` that holds the same examples.
        how: Reason why they share examples.
    """

    split: str
    other: str
    how: str


Read = Callable[[Mapping[str, Any], int], "Example | tuple[Example, ...] | str"]
"""Function of a raw row and its number from 0. Returns an example, several examples, or, for a row
that is left out, a short reason. Raises DatasetError on an invalid row."""


@dataclass(frozen=True)
class ClueTask:
    """A task of CLUE or FewCLUE.

    Attributes:
        name: CLUE's name in lower case, `fewclue-…` for FewCLUE's.
        title: One line for people.
        family: Kind of its examples.
        hub_id: `<org>/<name>` on the Hugging Face hub.
        config: The hub's configuration name.
        revision: Commit of the hub repository; None where none is known.
        splits: Its splits by name.
        train: Default training set, `task/split`: the task's own, or another task's, for scores of
            a transfer.
        graph: Splits whose triples make the graph that is asked; none for other families.
        scored: Split that is scored by default.
        labels: Classes or entity types, in the order that labels count in.
        columns: Columns that a row needs.
        gold: Column that holds the label; a split without labels may lack it.
        read: Reader of a row; see `Read`.
        without_label: Short reason why a row of a labelled split may have no label; such rows are
            left out and counted. Empty where a missing label is an error.
        main_metric: The metric that chooses the epoch and is shown first: `accuracy`, `em_f1` (mean
            of EM and F1; KgCLUE's own) or `entity_f1`. CLUE's own are `em` for CMRC2018 and
            `official_macro_f1` for CLUENER.
        official_labels: Name of each label in a submission.
        positive: The label whose F1 is reported, for tasks of two classes.
        leaks: Sets of other tasks whose examples are also in this task's splits.
        max_length: Default maximum number of tokens of an example.
        licence: Licence, as the source states it.
        citation: Publication of the task.
        note: Note for readers of the scores.
    """

    name: str
    title: str
    family: Family
    hub_id: str
    config: str
    revision: str | None
    splits: Mapping[str, Split]
    train: str
    scored: str
    columns: tuple[str, ...]
    read: Read
    main_metric: str
    licence: str
    citation: str
    labels: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    gold: str = "label"
    without_label: str = ""
    official_labels: Mapping[str, str] = field(default_factory=dict)
    positive: str | None = None
    leaks: tuple[Leak, ...] = ()
    max_length: int = 128
    note: str = ""


def split_ref(name: str) -> DatasetRef:
    """Return the reference of `task/split`."""
    task, _, split = name.partition("/")
    return DatasetRef(task, split, "clue")
