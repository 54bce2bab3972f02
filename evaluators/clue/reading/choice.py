"""Rows of a context and what to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evaluators.clue.reading.fields import Row, identity, integer, text, texts
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import ChoiceExample


def read_dialogue(row: Row, number: int) -> ChoiceExample:
    """Read a row of C3: a list of turns or paragraphs, a question, two to four choices.

    The published ids are those of the dialogues, which have several questions each, so a row's
    number is its identity, as in a submission.
    """
    choices = texts(row, "choice", least=2)
    answer = row.get("answer")
    if answer is not None and not isinstance(answer, str):
        raise DatasetError(f"column 'answer' holds {answer!r:.40}, which is not a text")
    if answer and answer not in choices:
        raise DatasetError(
            f"the answer {answer!r:.40} is not one of the choices {', '.join(choices):.80}"
        )
    return ChoiceExample(
        id=str(number),
        context="\n".join(texts(row, "context")),
        question=text(row, "question"),
        choices=choices,
        answer=choices.index(answer) if answer else None,
    )


GAP = "#idiom#"
OTHER_GAP = "○○○○"
"""Placeholder of the other gaps of a text: four characters, as idioms have."""

_TAG = re.compile(r"#idiom\d+#")


def read_one_gap(row: Row, number: int) -> ChoiceExample:
    """Read a row of FewCLUE's copy: one text with one gap."""
    content, candidates = text(row, "content"), texts(row, "candidates", least=2)
    if content.count(GAP) != 1:
        raise DatasetError(f"column 'content' must have one gap {GAP}, got {content.count(GAP)}")
    answer = row.get("answer")
    return ChoiceExample(
        id=identity(row, ("id",), number),
        context=content,
        question="",
        choices=candidates,
        answer=None if answer in (None, -1) else _position(integer(row, "answer"), candidates),
    )


def read_many_gaps(row: Row, number: int) -> tuple[ChoiceExample, ...]:
    """Read a row of the hub's copy: some texts, each with numbered gaps, and one list of idioms.

    Every gap is an example of its own, whose identity is its tag: `#idiom000001#`.
    """
    contents, candidates = texts(row, "content"), texts(row, "candidates", least=2)
    gaps = [(content, tag) for content in contents for tag in _TAG.findall(content)]
    if not gaps:
        raise DatasetError("column 'content' has no gap #idiom…#")
    answers = _answers(row.get("answers"), candidates, len(gaps))
    return tuple(
        ChoiceExample(
            id=tag,
            context=_TAG.sub(OTHER_GAP, content.replace(tag, GAP)),
            question="",
            choices=candidates,
            answer=answer,
        )
        for (content, tag), answer in zip(gaps, answers, strict=True)
    )


def _answers(column: Any, candidates: tuple[str, ...], gaps: int) -> list[int | None]:
    ids = column.get("candidate_id") if isinstance(column, Mapping) else None
    if not ids or all(candidate_id == -1 for candidate_id in ids):
        return [None] * gaps
    if len(ids) != gaps:
        raise DatasetError(f"column 'answers' holds {len(ids)} answers for {gaps} gaps")
    return [
        _position(integer({"answers": candidate_id}, "answers"), candidates) for candidate_id in ids
    ]


def _position(answer: int, candidates: tuple[str, ...]) -> int:
    if not 0 <= answer < len(candidates):
        raise DatasetError(
            f"the answer {answer} is out of range: candidates count from 0 to {len(candidates) - 1}"
        )
    return answer
