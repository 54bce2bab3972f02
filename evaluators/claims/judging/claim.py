"""The shape of a claim: its rule, its evidence, and how a difference becomes a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from evaluators.claims.judging.evidence import BoardEvidence, RowEvidence
from evaluators.errors import TreatmentError
from evaluators.statistics import Interval


def beyond(found: Interval, margin: float, *, above: float = 0.0) -> Word:
    """Say whether a difference is above a number; one that is surely below the margin is none.

    Args:
        found: The difference.
        margin: What is a difference worth the name.
        above: What it is held against.
    """
    low, high = found.ends
    if high < margin:
        return "refuted"
    return "holds" if low > above else "inconclusive"


def sign(found: Interval) -> Word:
    """Say whether a number is above 0 (holds) or below (refuted)."""
    low, high = found.ends
    if low > 0:
        return "holds"
    return "refuted" if high < 0 else "inconclusive"


def decided(found: Interval, word: Word, detail: str, *, threshold: float = 0.0) -> Finding:
    """Return what a judge says whose number is one difference.

    Args:
        found: The difference.
        word: The verdict.
        detail: One sentence for people.
        threshold: What the difference was compared with.
    """
    return Finding(
        word,
        detail,
        statistic=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        threshold=threshold,
    )


Word = Literal["holds", "refuted", "inconclusive", "not testable here"]
VERDICTS: tuple[Word, ...] = ("holds", "refuted", "inconclusive", "not testable here")

E = TypeVar("E", BoardEvidence, RowEvidence)


class NotTestable(Exception):  # noqa: N818 - it is an answer, not an error
    """Raised by a judge: this evidence cannot decide the claim, and why."""


@dataclass(frozen=True)
class Boards:
    """Judged on every snapshot of every board under every treatment that always exists."""


@dataclass(frozen=True)
class RowsOf:
    """Judged on the rows of a view of the store.

    Attributes:
        view: Its name.
        by: Columns whose values make groups, each judged by itself; none: all rows together.
        among: By column, what its value must look like, as shell patterns (`95%*`), one of which
            must match; rows that do not are no evidence.
    """

    view: str
    by: tuple[str, ...] = ()
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Home(NamedTuple):
    """Where the verdict is that is shown first: the board the claim was made about."""

    board: str
    snapshot: str
    treatment: str = "per-task"


@dataclass(frozen=True)
class Finding:
    """What a judge says of one piece of evidence.

    Attributes:
        verdict: One of `VERDICTS`.
        detail: One sentence for people: the numbers behind, and their n.
        statistic: The number that decided.
        ci_low: Lower end of its 95% interval.
        ci_high: Upper end.
        threshold: What the number was compared with.
    """

    verdict: Word
    detail: str
    statistic: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Verdict:
    """A finding, and what it is about; fields as in `Finding`.

    `treatment` names the group where the evidence is rows of a view.
    """

    claim: str
    verdict: Word
    statistic: float | None
    ci_low: float | None
    ci_high: float | None
    threshold: float | None
    board: str | None
    snapshot: str | None
    treatment: str | None
    detail: str


@dataclass(frozen=True)
class Control(Generic[E]):
    """Made-up evidence on which the verdict is known.

    Attributes:
        what: What it is, in a few words.
        evidence: The evidence.
        verdict: What must come out.
    """

    what: str
    evidence: E
    verdict: Word


@dataclass(frozen=True)
class Claim(Generic[E]):
    """A sentence that somebody asserts, and the rule that decides it.

    Attributes:
        title: The claim in a few words.
        sentence: What is asserted, as it was printed where that is known.
        source: Who asserts it, and where.
        decision_rule: What number decides, and how, in words.
        evidence: What it is judged on.
        judge: Pure; raises `NotTestable` where the evidence cannot decide.
        controls: Evidence on which it must hold, and evidence on which it must be refuted.
        version: To be raised when `judge` changes: everything is then judged anew.
        home: Which verdict is shown first.
        name: Its id; set from the name of its file.
    """

    title: str
    sentence: str
    source: str
    decision_rule: str
    evidence: Boards | RowsOf
    judge: Callable[[E], Finding]
    controls: Callable[[], Sequence[Control[E]]]
    version: str = "1"
    home: Home | None = None
    name: str = ""

    def decide(self, evidence: E) -> Verdict:
        """Judge one piece of evidence.

        A mixed treatment is not the same for every row and mean, so it decides nothing: what
        the rule would have said is in the detail.
        """
        try:
            found = self.judge(evidence)
        except (NotTestable, TreatmentError) as why:
            found = Finding("not testable here", str(why))
        word, detail = found.verdict, found.detail
        if evidence.mixed and word != "not testable here":
            detail = f"MIXED TREATMENT, decides nothing (by its numbers: {word}): {detail}"
            word = "inconclusive"
        return Verdict(
            claim=self.name,
            verdict=word,
            statistic=_plain(found.statistic),
            ci_low=_plain(found.ci_low),
            ci_high=_plain(found.ci_high),
            threshold=_plain(found.threshold),
            board=evidence.board_name,
            snapshot=evidence.snapshot,
            treatment=evidence.treatment_name,
            detail=detail,
        )


def _plain(number: Any) -> float | None:
    """Return a plain float of 12 digits: what differs beyond them differs between machines."""
    return None if number is None else float(f"{float(number):.12g}")
