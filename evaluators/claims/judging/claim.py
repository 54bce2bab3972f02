"""The shape of a claim: its rule, its evidence, and what a finding on it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from evaluators.claims.judging import rules
from evaluators.claims.judging.evidence import BoardEvidence, Place, RowEvidence
from evaluators.errors import TreatmentError
from evaluators.evaluator import LEVELS, Level
from evaluators.statistics import Interval

Word = Literal["holds", "refuted", "inconclusive", "not testable here"]
"""What a rule says of one piece of evidence."""
WORDS: tuple[Word, ...] = ("holds", "refuted", "inconclusive", "not testable here")

VERDICTS = (
    "holds",
    "refuted",
    "mixed",
    "holds at a small scale",
    "fails at a small scale",
    "holds in a made-up world",
    "fails in a made-up world",
    "inconclusive",
    "not testable here",
)
"""Every verdict. The plain words are for evidence at the claim's own level: see `spoken`."""

OPEN = ("mixed", "inconclusive", "not testable here")
"""Verdicts that decide nothing."""

Scope = Literal["universal", "setting", "existential"]
"""What a claim speaks of: everything, so that one honest counterexample refutes it; the setting of
its source; or one case, so that one example shows it."""

FEWEST_SEEDS = 3
"""An interval over fewer says nothing."""

_BELOW: Mapping[tuple[str, str], str] = {
    ("made-up", "holds"): "holds in a made-up world",
    ("made-up", "refuted"): "fails in a made-up world",
    ("small", "holds"): "holds at a small scale",
    ("small", "refuted"): "fails at a small scale",
}


def spoken(word: str, *, scope: Scope, own: Level, level: Level) -> str:
    """Return the verdict that a rule's word is on evidence of some level.

    Args:
        word: What the rule says.
        scope: What the claim speaks of.
        own: The level from which on evidence can settle the claim.
        level: That of the evidence.
    """
    settles = LEVELS.index(level) >= LEVELS.index(own)
    counterexample = scope == "universal" and word == "refuted"
    example = scope == "existential" and word == "holds"
    if settles or counterexample or example:
        return word
    return _BELOW.get((level, word), word)


def is_sure(
    verdict: str,
    *,
    low: float | None,
    high: float | None,
    threshold: float | None,
    p_value: float | None,
) -> bool:
    """Return whether a verdict does not hang on the draw; open ones say so themselves.

    A test that decided is sure by its level. Printed numbers decide without one: where their
    interval contains the threshold, another draw could have said the opposite.

    Args:
        verdict: One of `VERDICTS`.
        low: Lower end of the interval of the number that decided; None without one.
        high: Upper end.
        threshold: What the number was compared with.
        p_value: Of the test that decided; None where none did.
    """
    if verdict in OPEN or p_value is not None:
        return True
    if low is None or high is None or threshold is None:
        return True
    return not low <= threshold <= high


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
        verdict: The rule's word.
        detail: One sentence for people: the numbers behind, and their n.
        statistic: The number that decided.
        ci_low: Lower end of its 95% interval.
        ci_high: Upper end.
        threshold: What the number was compared with.
        p_value: Of the test that decided, 0 to 1; None where none did, as for a theorem.
        smallest_detectable: The smallest true number that would have come out as *holds* in 80% of
            such experiments; None where the rule has no such number.
        rests_on: How much was measured, in a few words: `7 seeds`.
        settles: How much would decide, in a few words: `23 seeds`; empty where it is decided.
        measured: The interval that was judged as a gain; None where none was.
        effect: The gain that would have to be found: what was published.
    """

    verdict: Word
    detail: str
    statistic: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    smallest_detectable: float | None = None
    rests_on: str = ""
    settles: str = ""
    measured: Interval | None = None
    effect: float | None = None


def decided(
    found: Interval,
    word: Word,
    detail: str,
    *,
    threshold: float = 0.0,
    p_value: float | None = None,
    units: str = "seeds",
) -> Finding:
    """Return what a judge says whose number is one difference.

    Args:
        found: The difference.
        word: The verdict.
        detail: One sentence for people.
        threshold: What the difference was compared with.
        p_value: Of the test that decided.
        units: What its n counts.
    """
    return Finding(
        word,
        detail,
        statistic=found.estimate,
        ci_low=found.low,
        ci_high=found.high,
        threshold=threshold,
        p_value=p_value,
        rests_on=f"{found.n} {units}",
    )


def rule_word(verdict: str) -> Word:
    """Return the rule's word behind a verdict on one piece of evidence; undoes `spoken`."""
    for word in WORDS:
        if verdict == word or any(verdict == _BELOW.get((level, word)) for level in LEVELS):
            return word
    return "inconclusive"


def gain_rule(margin: float, *, trained: bool = True) -> str:
    """Return the rule of `rules.gain` in words, for a claim's decision rule.

    Args:
        margin: The smallest gain worth the name.
        trained: Whether arms must have trained to their end, `arms.require_trained`; not where a
            claim is about an equal number of steps.
    """
    end = ", or where the training loss of an arm still falls when training ends" if trained else ""
    return (
        f" Holds when a one-sided test at 5% finds it above {margin:g}, the smallest gain worth"
        " the name; refuted when such a test finds it below 0, or two find it inside"
        f" ±{margin:g}, which is no difference; inconclusive otherwise. Looks after more seeds"
        f" share the 5%. Not testable with fewer than {FEWEST_SEEDS} seeds{end}."
    )


def gained(
    found: Interval,
    detail: str,
    *,
    margin: float,
    effect: float | None = None,
    look: int = 1,
    units: str = "seeds",
) -> Finding:
    """Return what a judge says of a gain; see `rules.gain`.

    Args:
        found: The difference, with an interval of Student's t.
        detail: One sentence for people.
        margin: The smallest gain worth the name.
        effect: The gain that was published; twice the margin where none was.
        look: As `RowEvidence.look`.
        units: What its n counts.
    """
    ruling = rules.gain(found, margin, look=look)
    settles = ""
    if ruling.word == "inconclusive":
        needed = rules.units_needed(found, margin, effect or 2 * margin)
        settles = f"more than a million {units}" if needed is None else f"{needed:,} {units}"
        if needed is None and found.floor:
            settles = f"more examples: no number of {units} on these"
    return replace(
        decided(
            found,
            ruling.word,
            f"{detail} (no difference: within ±{margin:g})" if ruling.why else detail,
            threshold=margin,
            p_value=ruling.p_value,
            units=units,
        ),
        smallest_detectable=rules.smallest_detectable(found, margin),
        settles=settles,
        measured=found,
        effect=effect or 2 * margin,
    )


@dataclass(frozen=True)
class Fresh:
    """A bench that was chosen after a look at results, and frozen since.

    Evidence from its old seeds is exploratory; from `seeds_from` on, the seeds were drawn after.

    Attributes:
        evaluator: Whose bench it is; rows of others are not concerned.
        why: What was chosen after which look, in words.
        seeds_from: The first seed that nobody had seen when the bench was frozen.
    """

    evaluator: str
    why: str
    seeds_from: int


@dataclass(frozen=True)
class Verdict:
    """A finding, and what it is about; fields as in `Finding`.

    Attributes:
        word: What the rule says; `verdict` is what that is called at the level of the evidence.
        place: What it is about.
        level: Of the evidence.
        cut: In what the evidence is a smoke run; empty where it is none.
        exploratory: Whether the bench was chosen after a look at this evidence.
        look: As `RowEvidence.look`.
    """

    claim: str
    verdict: str
    word: Word
    detail: str
    place: Place
    level: Level
    statistic: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    smallest_detectable: float | None = None
    rests_on: str = ""
    settles: str = ""
    cut: str = ""
    exploratory: bool = False
    look: int = 1


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
        scope: What it speaks of.
        level: From which level on evidence can settle it: `published` where its sentence speaks of
            the source's own models and data, `small` where it speaks of any.
        version: To be raised when `judge` changes: everything is then judged anew.
        home: The board it was made about, whose verdict is the claim's.
        at_home: Whether a group of rows is the setting it was made about; None: all are.
        published: Whether a group of rows was measured with model, data and recipe of the source.
        untestable: Why no evidence that can be had decides it; empty where some does.
        average: The smallest gain worth the name, where the claim speaks of the average over
            settings; None where its settings must agree.
        fresh: Set where its bench was chosen after a look at results.
        article: Number of the article of `evaluators.articles` that makes it or that it is about,
            as in kexue.fm/archives/8348; or None.
        misprint: What the article printed wrong about it, with the evidence; empty: nothing known.
        name: Its id; set from the name of its file.
    """

    title: str
    sentence: str
    source: str
    decision_rule: str
    evidence: Boards | RowsOf
    judge: Callable[[E], Finding]
    controls: Callable[[], Sequence[Control[E]]]
    scope: Scope = "setting"
    level: Level = "published"
    version: str = "1"
    home: Home | None = None
    at_home: Callable[[Mapping[str, Any]], bool] | None = None
    published: Callable[[Mapping[str, Any]], bool] | None = None
    untestable: str = ""
    average: float | None = None
    fresh: Fresh | None = None
    article: int | None = None
    misprint: str = ""
    name: str = ""

    def decide(self, evidence: E) -> Verdict:
        """Judge one piece of evidence.

        A mixed treatment is not the same for every row and mean, and a smoke run is not the
        experiment: neither decides anything, and what the rule would have said is in the detail.
        """
        exploratory = False
        try:
            judged, exploratory = _unseen(evidence, self.fresh)
            found = self.judge(judged)
        except (NotTestable, TreatmentError) as why:
            found = Finding("not testable here", str(why))
        if found.verdict != "not testable here":
            if self.untestable:
                found = replace(
                    found, verdict="not testable here", detail=f"{self.untestable}: {found.detail}"
                )
            elif evidence.mixed:
                found = _mute(found, "inconclusive", "MIXED TREATMENT")
            elif evidence.cut:
                found = _mute(found, "not testable here", f"SMOKE RUN ({evidence.cut})")
        if exploratory and self.fresh:
            found = replace(found, detail=f"EXPLORATORY ({self.fresh.why}): {found.detail}")
        return Verdict(
            claim=self.name,
            verdict=spoken(found.verdict, scope=self.scope, own=self.level, level=evidence.level),
            word=found.verdict,
            statistic=_plain(found.statistic),
            ci_low=_plain(found.ci_low),
            ci_high=_plain(found.ci_high),
            threshold=_plain(found.threshold),
            p_value=_plain(found.p_value),
            smallest_detectable=_plain(found.smallest_detectable),
            rests_on=found.rests_on,
            settles=found.settles,
            place=evidence.place,
            level=evidence.level,
            cut=evidence.cut,
            exploratory=exploratory,
            look=evidence.look,
            detail=found.detail,
        )


def _mute(found: Finding, word: Word, why: str) -> Finding:
    detail = f"{why}, decides nothing (by its numbers: {found.verdict}): {found.detail}"
    return replace(found, verdict=word, detail=detail, p_value=None, settles="")


def _unseen(evidence: E, fresh: Fresh | None) -> tuple[E, bool]:
    """Return the rows of seeds drawn after the bench was frozen; all of them where too few are."""
    if fresh is None or isinstance(evidence, BoardEvidence):
        return evidence, False
    if any(row.get("evaluator") != fresh.evaluator for row in evidence.rows):
        return evidence, False
    rows = [row for row in evidence.rows if (row.get("seed") or 0) >= fresh.seeds_from]
    if len({row["seed"] for row in rows}) >= FEWEST_SEEDS:
        return replace(evidence, rows=rows), False
    return evidence, True


def _plain(number: Any) -> float | None:
    """Return a plain float of 12 digits: what differs beyond them differs between machines."""
    return None if number is None else float(f"{float(number):.12g}")
