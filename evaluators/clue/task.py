"""What a CLUE task declares about itself; one declaration a file in `evaluators/clue/tasks`."""

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
    """Where the rows of a split are.

    Attributes:
        file: The hub's name of the split.
        labelled: Whether its labels are published; where not, it makes submissions only.
        half: `even` or `odd`: every second row, where one split has to serve as two.
        hub_id: Where it lies apart from the task's other splits.
        config: The hub's configuration name, where it is another than the task's.
        also: Further files of the same place whose rows follow, where a copy cut the split in two.
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
    """Two sets that are not to be trained and scored together, whichever way round.

    Attributes:
        split: A split of the task that declares it; `*` stands for all of them.
        other: `task/split` that holds the same examples.
        how: How they came to be in both.
    """

    split: str
    other: str
    how: str


Read = Callable[[Mapping[str, Any], int], "Example | tuple[Example, ...] | str"]
"""From a row as found, and its number from 0, to an example, several of them, or the reason in a
word or two why it is left out. Raises DatasetError on a row that cannot be used."""


@dataclass(frozen=True)
class ClueTask:
    """A task of CLUE or FewCLUE.

    Attributes:
        name: CLUE's name in lower case, `fewclue-…` for FewCLUE's.
        title: One line for people.
        family: Which kind of example it has.
        hub_id: `<org>/<name>` on the Hugging Face hub.
        config: The hub's configuration name.
        revision: Commit of the hub repository; None where none is known.
        splits: Its splits by name.
        train: `task/split` that is trained on unless the plan says otherwise: the task's own, or
            another one's, whose scores here are then a transfer.
        scored: Split that is scored.
        labels: Classes or entity types, in the order that labels count in.
        columns: Columns that a row needs.
        gold: Which of the columns holds the label; a split without labels may lack it.
        read: From a row as found to what it holds; see `Read`.
        without_label: Why a row of a labelled split may have none, in a word or two: such rows are
            left out and counted. Empty where it is an error.
        main_metric: What CLUE's table shows: `accuracy`, `em_f1` (their mean), `entity_f1`.
        official_labels: Label as it stands in a submission, by label.
        positive: The label whose F1 is reported, for tasks of two classes.
        leaks: Sets of other tasks whose examples are also in this task's splits.
        max_length: Tokens of an example that are kept unless the plan says otherwise.
        licence: As the source states it.
        citation: Where the task comes from.
        note: What a reader of the scores should know.
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
    gold: str = "label"
    without_label: str = ""
    official_labels: Mapping[str, str] = field(default_factory=dict)
    positive: str | None = None
    leaks: tuple[Leak, ...] = ()
    max_length: int = 128
    note: str = ""


def split_ref(name: str) -> DatasetRef:
    """Return what names the rows of `task/split`."""
    task, _, split = name.partition("/")
    return DatasetRef(task, split, "clue")
