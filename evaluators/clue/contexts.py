"""Which examples share a context, so that they are drawn together and not one by one.

The questions about one text succeed and fail together: an interval that takes them as independent
is too narrow. A bootstrap over clusters draws contexts with all their questions (Davison and
Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.clue.reading.choice import GAP, OTHER_GAP
from evaluators.trainer.labelled_data import ChoiceExample, SpanExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import Example, LabelledDataset


def clusters(dataset: LabelledDataset) -> tuple[int, ...] | None:
    """Return the number of each example's context, counted as they appear.

    Returns:
        Length n; None where no two examples share a context.
    """
    contexts = [_context(example) for example in dataset.examples]
    if None in contexts:
        return None
    numbers = {context: number for number, context in enumerate(dict.fromkeys(contexts))}
    found = tuple(numbers[context] for context in contexts)
    return found if len(numbers) < len(found) else None


def _context(example: Example) -> str | None:
    """Return the text that other questions may share; None where an example has no question."""
    match example:
        case SpanExample():
            return example.context
        case ChoiceExample():
            # The gaps of one text are examples of their own, which differ in which gap is asked.
            return example.context.replace(GAP, OTHER_GAP)
        case _:
            return None
