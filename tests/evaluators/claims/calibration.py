"""How often is a verdict wrong, and how often does it find what was published? By simulation.

    python -m tests.evaluators.claims.calibration            # writes docs/reports/calibration.md
    python -m tests.evaluators.claims.calibration 400        # with fewer repetitions, to the screen

Each situation draws evidence anew from a world whose truth is known. A verdict is wrong where it
*holds* in a world in which the sentence is false, or is *refuted* where it is true; at the margin
of a rule either word is wrong, each with 5% of its own. Seeds share what their data bring (standard
deviation 2 points), and arms differ by their own noise.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evaluators import claims
from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.claims import BoardEvidence, RowEvidence
from evaluators.claims.gaussian_closed_forms import CLOSED as CLOSED_FORM
from evaluators.claims.gaussian_closed_forms import WRONG as WRONG_FORMS
from evaluators.claims.judging import rules
from evaluators.claims.judging.entropies import searched
from evaluators.claims.judging.gaussians import DISTANCES
from evaluators.claims.judging.made_up import needs
from evaluators.claims.judging.mathematics import measured
from evaluators.claims.judging.sweep import DCL, FLATNCE, FLATNCE_64, INFONCE, INFONCE_64
from evaluators.claims.judging.whitening import made_up as whitening_changes
from evaluators.statistics import mean_interval

Draw = Callable[[np.random.Generator], RowEvidence | BoardEvidence]
PAGE = Path(__file__).parents[3] / "docs" / "reports" / "calibration.md"
REPEATS = 2000
SEEDS = 7
NOISE = 0.5


class Situation(NamedTuple):
    """A world whose truth is known.

    Attributes:
        claim: The claim that is judged in it.
        what: What it is like, in words.
        draw: Draws evidence from it.
        wrong: The words that are wrong in it.
    """

    claim: str
    what: str
    draw: Draw
    wrong: tuple[str, ...]


class Outcome(NamedTuple):
    """How often each word came out in a situation.

    Attributes:
        situation: The situation.
        counts: How often each word came out.
        repeats: How often evidence was drawn.
    """

    situation: Situation
    counts: Mapping[str, int]
    repeats: int

    @property
    def wrong(self) -> float:
        """Share of wrong verdicts."""
        return sum(self.counts.get(word, 0) for word in self.situation.wrong) / self.repeats

    @property
    def bound(self) -> float:
        """What a true rate of 5% stays below in all but one of a thousand simulations."""
        return rules.ALPHA + 3.1 * math.sqrt(rules.ALPHA * (1 - rules.ALPHA) / self.repeats)


def simulate(situation: Situation, repeats: int, seed: int = 0) -> Outcome:
    """Return how often each word comes out."""
    claim = claims.find(situation.claim)
    rng = np.random.default_rng(seed)
    counts = Counter(claim.decide(situation.draw(rng)).word for _ in range(repeats))
    return Outcome(situation, counts, repeats)


def _arms(
    means: Mapping[str, float],
    rng: np.random.Generator,
    *,
    metric: str,
    seeds: int = SEEDS,
    noise: float = NOISE,
    more: Mapping[str, object] | None = None,
) -> list[Mapping[str, Any]]:
    shared = rng.normal(0, 2, seeds)
    return [
        {
            "setting": "made up",
            "arm": arm,
            "metric": metric,
            "seed": seed,
            "value": float(mean + shared[seed] + rng.normal(0, noise)) / 100,
            **(more or {}),
        }
        for arm, mean in means.items()
        for seed in range(seeds)
    ]


def _sweep(
    points: Mapping[tuple[str, int], float], rng: np.random.Generator, *, noise: float = NOISE
) -> RowEvidence:
    shared = rng.normal(0, 2, SEEDS)
    rows = [
        {
            "arm": arm,
            "batch": batch,
            "metric": "few5",
            "seed": seed,
            "value": float(mean + shared[seed] + rng.normal(0, noise)) / 100,
            "raw": None,
            "random": None,
        }
        for (arm, batch), mean in points.items()
        for seed in range(SEEDS)
    ]
    return RowEvidence(rows, {"bench": "made-up"})


class _Gain(NamedTuple):
    claim: str
    arms: tuple[str, str]
    metric: str
    margin: float
    published: float


GAINS = (
    _Gain("can-gain", ("plain/can", "plain"), "accuracy", 0.03, 0.06),
    _Gain("can-unconfident-less-accurate", ("confident", "unsure"), "subset_accuracy", 10, 35),
    _Gain("childtuning-gain", ("child-tuning-f", "plain"), "accuracy", 0.4, 0.95),
    _Gain("cosent-beats-sbert", ("cosent", "sbert"), "spearman", 0.5, 1.02),
    _Gain("cosent-converges-faster", ("cosent", "sbert"), "spearman_first", 1, 7.24),
    _Gain("egp-beats-gp", ("efficient-global-pointer", "global-pointer"), "f1", 0.3, 0.6),
    _Gain("linear-cosine-fails", ("cosent", "linear-cosine"), "spearman", 1, 9),
    _Gain("p-tuning-few-shot", ("prompt 8 + masked tokens", "finetune"), "accuracy", 0.2, 0.41),
    _Gain("rdrop-gain", ("r-drop", "plain"), "accuracy", 0.4, 0.93),
    _Gain("simcse-beats-whitening", ("simcse", "whitened-target"), "spearman", 1, 7.39),
)


def _gain_situations() -> Iterator[Situation]:
    for gain in GAINS:

        def draw(
            rng: np.random.Generator, gain: _Gain = gain, effect: float = 0.0, seeds: int = SEEDS
        ) -> RowEvidence:
            means = {gain.arms[0]: 70.0 + effect, gain.arms[1]: 70.0}
            return RowEvidence(_arms(means, rng, metric=gain.metric, seeds=seeds))

        for seeds in (3, SEEDS):
            yield Situation(
                gain.claim, f"no effect, {seeds} seeds", partial(draw, seeds=seeds), ("holds",)
            )
        at_margin = partial(draw, effect=gain.margin)
        yield Situation(gain.claim, "effect at the margin", at_margin, ("holds",))
        above = partial(draw, effect=gain.margin * 1.001)
        yield Situation(gain.claim, "just above the margin", above, ("refuted",))
        published = partial(draw, effect=gain.published)
        yield Situation(gain.claim, "published effect", published, ("refuted",))


def _grown(few: float, many: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        rows: list[Mapping[str, Any]] = []
        for types, effect in ((3, few), (30, many)):
            means = {"efficient-global-pointer": 80.0 + effect, "global-pointer": 80.0}
            setting = {"setting": f"{types} types, 500 sentences"}
            rows += _arms(means, rng, metric="f1", more=setting)
        return RowEvidence(rows)

    return draw


def _mismatch(same: float, other: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        rows: list[Mapping[str, Any]] = []
        for prior, effect in (("as in training", same), ("permuted", other)):
            setting = {"setting": f"119 classes, prior {prior}, tau 0.9"}
            means = {"plain": 50.0, "plain/can": 50.0 + effect}
            rows += _arms(means, rng, metric="accuracy", more=setting)
        return RowEvidence(rows)

    return draw


def _steps(metric: str, ratio: float, noise: float = 0.02) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        means = {"plain": 0.7, "child-tuning-f (p 0.25)": 0.7 * ratio}
        rows = [
            {
                "setting": "Adam, made up",
                "arm": arm,
                "metric": metric,
                "seed": seed,
                "value": mean * (1 + rng.normal(0, noise)),
            }
            for arm, mean in means.items()
            for seed in range(SEEDS)
        ]
        return RowEvidence(rows)

    return draw


def _narrowed(left: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        kl = {"plain": 0.2, "r-drop": 0.2 * left}
        rows = [
            {"setting": "s", "arm": arm, "metric": "mean_kl", "seed": s, "value": value * x}
            for arm, value in kl.items()
            for s, x in enumerate(np.exp(rng.normal(0, 0.1, SEEDS)))
        ]
        rows += _arms({"plain": 60.0, "r-drop": 63.0}, rng, metric="accuracy")
        rows += _arms({"plain": 5.0, "r-drop": 5.0}, rng, metric="gap")
        return RowEvidence(rows)

    return draw


def _methods(
    means: Mapping[str, float], metric: str = "spearman", group: Mapping[str, str] | None = None
) -> Draw:
    return lambda rng: RowEvidence(_arms(means, rng, metric=metric), group or {})


def _sentence_situations() -> Iterator[Situation]:
    pawsx = {"task": "PAWSX"}
    for what, lost, wrong in (
        ("nothing lost", 0.0, ("holds",)),
        ("just above the margin", 1.001, ("refuted",)),
        ("published loss", 3.55, ("refuted",)),
    ):
        means = {"whitened-target": 17.0, "simcse": 17.0 - lost}
        yield Situation("simcse-loses-on-pawsx", what, _methods(means, group=pawsx), wrong)
    for what, linear, wrong in (
        ("reached", 70.0, ("holds",)),
        ("the margin short", 69.0, ("holds",)),
        ("five short", 65.0, ("refuted",)),
    ):
        means = {"whitened-target": 70.0, "linear-simcse": linear, "raw": 60.0}
        name = "linear-layer-does-not-reach-whitening"
        yield Situation(name, what, _methods(means), wrong)
    for what, longer, wrong in (
        ("longer is level", 70.0, ("refuted",)),
        ("one of two is the margin better", 71.0, ("holds", "refuted")),
        ("one of two is five better", 75.0, ("holds",)),
    ):
        means = {"simcse": 70.0, "simcse (4 epochs)": longer, "simcse (40000 sentences)": 69.0}
        yield Situation("one-epoch-of-10k-is-enough", what, _methods(means), wrong)
    for what, mean, wrong in (
        ("level with one of two", 70.0, ("holds",)),
        ("level with both", 70.0, ("holds",)),
        ("two points best", 68.0, ("refuted",)),
    ):
        other = mean if what.endswith("both") else 68.0
        means = {"simcse/cls": 70.0, "simcse/mean": mean, "simcse/last": other}
        yield Situation("cls-best-for-simcse", what, _methods(means), wrong)
    for what, student, wrong in (
        ("the same", 70.0, ("refuted",)),
        ("the margin lost", 69.0, ("holds", "refuted")),
        ("three lost", 67.0, ("holds",)),
    ):
        means = {"teacher": 70.0, "distillation": student, "without-distillation": 60.0}
        yield Situation("distillation-keeps-retrieval", what, _methods(means), wrong)
    for what, negation, wrong in (
        ("all cosines fall alike", 60.0, ("holds",)),
        ("negations fall by the margin more", 55.0, ("holds",)),
        ("negations fall most", 30.0, ("refuted",)),
    ):

        def draw(rng: np.random.Generator, negation: float = negation) -> RowEvidence:
            rows = _arms({"raw": 92.0, "joint": 62.0}, rng, metric="paraphrase_cosine")
            rows += _arms({"raw": 90.0, "joint": negation}, rng, metric="negation_cosine")
            return RowEvidence(rows)

        yield Situation("joint-head-lowers-negation", what, draw, wrong)


def _lost(rate: float, amount: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        lost = np.where(rng.uniform(size=200) < rate, amount, 0.0) / 100
        rows = [
            {"metric": "accuracy", "arm": arm, "seed": seed, "value": 0.8 - off}
            for seed, each in enumerate(lost)
            for arm, off in (("exact", 0.0), ("powell", float(each)))
        ]
        return RowEvidence(rows, {"setting": "made up"})

    return draw


def _whitened(points: Mapping[str, float], error: float = 0.5) -> Draw:
    """Return changes by kind of vectors; of the made-up world they are means over seeds."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        seeds = all(kind.startswith("made-up ") for kind in points)
        changes, spread = {}, error
        for kind, mean in points.items():
            values = mean + rng.normal(0, error, SEEDS)
            if seeds:
                # One spread for all kinds: the rows take the same error.
                spread = float(values.std(ddof=1)) / math.sqrt(SEEDS)
            changes[kind] = {"other": float(values.mean() if seeds else values[0])}
        return whitening_changes(changes, error=spread, n=SEEDS if seeds else 1379)

    return draw


def _whitening_situations() -> Iterator[Situation]:
    helps, hurts, fewer = (
        "whitening-helps-untuned",
        "whitening-hurts-tuned",
        "fewer-dimensions-often-better",
    )
    for claim, kind, sign, margin, published in (
        (helps, "untuned", 1, 1.0, 3.35),
        (hurts, "tuned", -1, 1.0, 14.86),
        (fewer, "untuned", 1, 0.39, 0.79),
    ):
        for what, effect, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", margin, ("holds",)),
            ("just above the margin", margin * 1.001, ("refuted",)),
            ("published effect", published, ("refuted",)),
        ):
            draw = _whitened({kind: sign * effect}, error=0.3 if claim == fewer else 0.5)
            yield Situation(claim, f"{what}, a checkpoint", draw, wrong)
    none = {"made-up isotropic": 0.0, "made-up tuned": 0.0, "made-up untuned": 0.0}
    yield Situation(helps, "no effect in a made-up world", _whitened(none), ("holds",))
    yield Situation(fewer, "no effect in a made-up world", _whitened(none), ("holds",))
    no_loss = {**none, "made-up untuned": 30.0}
    order = {kind: no_loss[kind] for kind in ("made-up isotropic", "made-up untuned")}
    yield Situation(
        hurts, "no loss in a made-up world", _whitened({**order, "made-up tuned": 0.0}), ("holds",)
    )


ITEMS = (100, 316, 1000, 3162, 10_000)


def _law(
    truth: Callable[[int], float],
    error: float = 0.4,
    *,
    theory: Callable[[int], float] | None = None,
) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        seen = [truth(items) + float(rng.normal(0, error)) for items in ITEMS]
        predicted = None if theory is None else [theory(items) for items in ITEMS]
        return needs(ITEMS, seen, error, predicted=predicted)

    return draw


def _rule_times(factor: float) -> Draw:
    return _law(lambda items: factor * 8.33 * math.log(items), 1.5)


def _cells(points: Mapping[tuple[str, int], float]) -> Draw:
    return lambda rng: _sweep(points, rng)


def _shares(share: float) -> Draw:
    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = []
        for batch, mean in ((4, share), (256, 0.87)):
            ceiling = math.log(2 * batch - 1)
            for seed in range(SEEDS):
                value = (mean + float(rng.normal(0, 0.01))) * ceiling
                for metric, number in (("information", value), ("ceiling", ceiling)):
                    rows.append(
                        {
                            "arm": INFONCE,
                            "batch": batch,
                            "metric": metric,
                            "seed": seed,
                            "value": number,
                        }
                    )
        return RowEvidence(rows)

    return draw


def _situations_of_their_own() -> Iterator[Situation]:
    yield Situation("egp-gains-with-types", "the same gain", _grown(0.5, 0.5), ("holds",))
    yield Situation("egp-gains-with-types", "published growth", _grown(-0.15, 0.6), ("refuted",))
    yield Situation("can-needs-prior-mismatch", "as large without it", _mismatch(2, 2), ("holds",))
    yield Situation("can-needs-prior-mismatch", "with it alone", _mismatch(0, 2), ("refuted",))
    mean, variance = "childtuning-adam-mean", "childtuning-adam-variance"
    yield Situation(mean, "a step of root p", _steps("update_mean", 0.5), ("refuted",))
    yield Situation(mean, "5% off", _steps("update_mean", 0.5 * 1.05), ("holds", "refuted"))
    yield Situation(variance, "no fall", _steps("update_variance", 0.95), ("holds", "refuted"))
    yield Situation(variance, "a fall", _steps("update_variance", 0.5), ("refuted",))
    yield Situation("rdrop-narrows-the-gap", "nothing narrowed", _narrowed(1.0), ("holds",))
    yield Situation("rdrop-narrows-the-gap", "half of it is left", _narrowed(0.5), ("refuted",))
    yield Situation("threshold-search", "nothing lost", _lost(0.0, 0.0), ("refuted",))
    yield Situation("threshold-search", "1.5 points in a third", _lost(1 / 3, 1.5), ("holds",))
    small, large = 4, 256
    c1 = {(INFONCE, small): 80.0, (INFONCE, large): 80.0}
    yield Situation("flatnce-c1", "nothing lost", _cells(c1), ("holds",))
    yield Situation(
        "flatnce-c1", "a point lost", _cells({**c1, (INFONCE, large): 81.0}), ("holds",)
    )
    yield Situation(
        "flatnce-c1", "two points lost", _cells({**c1, (INFONCE, large): 82.0}), ("refuted",)
    )
    gain = {(INFONCE, small): 78.0, (FLATNCE, small): 78.0}
    yield Situation("flatnce-gain", "no gain", _cells(gain), ("holds",))
    yield Situation(
        "flatnce-gain", "three points", _cells({**gain, (FLATNCE, small): 81.0}), ("refuted",)
    )
    five = {(INFONCE, small): 78.0, (FLATNCE, small): 83.0}
    for what, mended, wrong in (
        ("float64 brings nothing", 78.0, ("holds",)),
        ("float64 brings half", 80.5, ("holds", "refuted")),
        ("float64 brings all", 83.0, ("refuted",)),
    ):
        yield Situation("flatnce-c2", what, _cells({**five, (INFONCE_64, small): mended}), wrong)
    flat = {(FLATNCE, batch): 78.0 for batch in (4, 16, 64, 256)}
    yield Situation("flatnce-c3", "equal", _cells(flat), ("refuted",))
    yield Situation(
        "flatnce-c3", "a point at one batch", _cells({**flat, (FLATNCE, 4): 79.0}), ("holds",)
    )
    yield Situation(
        "flatnce-c3", "just below a point", _cells({**flat, (FLATNCE, 4): 78.999}), ("refuted",)
    )
    for what, exact, wrong in (
        ("gone in float64", 78.0, ("holds",)),
        ("half in float64", 80.5, ("holds", "refuted")),
        ("stays", 83.0, ("refuted",)),
    ):
        cells = {**five, (INFONCE_64, small): 78.0, (FLATNCE_64, small): exact, (DCL, small): 83.0}
        yield Situation("flatnce-c4", what, _cells(cells), wrong)
    yield Situation("flatnce-logk", "90% of the ceiling", _shares(0.9), ("holds", "refuted"))
    yield Situation("flatnce-logk", "99% of the ceiling", _shares(0.99), ("refuted",))
    yield from _sentence_situations()
    yield from _mathematics_situations()
    yield from _dimension_situations()
    yield from _whitening_situations()
    yield from _optimisation_situations()
    yield from _adversarial_situations()


def _optimisation_situations() -> Iterator[Situation]:
    scaled = {"setting": "scale 0.01, shift 0, steps 9"}
    shifted = {"setting": "scale 1, shift 10, steps 9"}
    apart = {"setting": "minima apart, spread 1, noise 0"}
    for claim, metric, arm, base, margin, setting in (
        ("invariant-weights-balance-tasks", "balanced", "gradient norm", "equal", 1.0, scaled),
        ("shift-invariance-balances-tasks", "balanced", "gradient norm", "current", 1.0, shifted),
        # The fewer steps raise a loss the better, so that the arm comes second here.
        ("least-norm-raises-fewer-losses", "risen_share", "sum", "least norm", 5.0, apart),
    ):
        for what, effect, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", margin, ("holds",)),
            ("just above the margin", 1.001 * margin, ("refuted",)),
            ("twice the margin", 2 * margin, ("refuted",)),
        ):
            means = {arm: 80.0 + effect, base: 80.0}
            yield Situation(claim, what, _in_setting(means, metric, setting), wrong)
    for claim, metric, ours, others, better, margin, setting in (
        (
            "gradient-norm-beats-learned-weights",
            "balanced",
            "gradient norm",
            ("uncertainty", "gradnorm"),
            -1,
            1.0,
            scaled,
        ),
        (
            "least-norm-beats-surgery",
            "risen_share",
            "least norm",
            ("pcgrad", "cagrad"),
            1,
            5.0,
            apart,
        ),
    ):
        for what, first, second, wrong in (
            ("level with one of two", 0.0, 4.0, ("holds",)),
            ("the margin ahead of both", 1.0, 1.0, ("holds",)),
            ("just above the margin", 1.001, 1.001, ("refuted",)),
            ("twice the margin ahead of both", 2.0, 2.0, ("refuted",)),
        ):
            ahead = [better * margin * each for each in (first, second)]
            means = {ours: 80.0, **{o: 80.0 + a for o, a in zip(others, ahead, strict=True)}}
            yield Situation(claim, what, _in_setting(means, metric, setting), wrong)
    for claim, base in (
        ("gains-widen-the-range", "sgd"),
        ("gains-widen-the-range-under-noise", "sgd"),
        ("gains-beat-adam", "adam"),
    ):
        for what, effect, wrong in (
            ("no effect", 0.0, ("holds",)),
            ("effect at the margin", 0.3, ("holds",)),
            ("just above the margin", 0.3003, ("refuted",)),
            ("twice the margin", 0.6, ("refuted",)),
        ):
            yield Situation(claim, what, _ranges(effect, base), wrong)


def _in_setting(means: Mapping[str, float], metric: str, setting: Mapping[str, str]) -> Draw:
    return lambda rng: RowEvidence(_arms(means, rng, metric=metric, more=setting))


def _ranges(effect: float, base: str, spread: float = 0.2) -> Draw:
    """Return ranges of learning rates in decades, which 20 problems share but for their noise."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        shared = rng.normal(2, 0.3, 20)
        rows = [
            {"setting": "s", "arm": arm, "metric": "decades", "seed": seed, "value": float(value)}
            for arm, lead in (("gains", effect), (base, 0.0))
            for seed, value in enumerate(shared + lead + rng.normal(0, spread, 20))
        ]
        return RowEvidence(rows)

    return draw


def _failing(rate: float) -> Draw:
    """Return shares of failures of 500 cases in each of 20 seeds."""
    return lambda rng: searched("failure_rate", (rng.binomial(500, rate, 20) / 500).tolist())


def _steps_taken(mean: float) -> Draw:
    """Return mean numbers of steps of 20 seeds."""
    return lambda rng: searched("steps", rng.normal(mean, 0.2, 20).tolist())


def _formulas(off: float) -> Draw:
    """Return closed forms less random draws, one of them off, with the noise of the draws."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        far = [0.4] * 20
        rows: dict[tuple[str, str, str], Sequence[float]] = {
            ("dimension 8", arm, metric): far for arm, metric in WRONG_FORMS
        }
        for metric in DISTANCES:
            mean = off if metric == DISTANCES[0] else 0.0
            rows["dimension 8", CLOSED_FORM, metric] = rng.normal(mean, 0.008, 20).tolist()
        return measured(rows)

    return draw


def _mathematics_situations() -> Iterator[Situation]:
    for what, rate, wrong in (
        ("no failure", 0.0, ("refuted",)),
        ("half the margin", 0.005, ("refuted",)),
        ("the margin", 0.01, ("holds", "refuted")),
        ("a third fails", 0.33, ("holds",)),
    ):
        yield Situation("entropy-newton-never-fails", what, _failing(rate), wrong)
    for what, steps, wrong in (
        ("four steps", 4.0, ("refuted",)),
        ("four and a half, the margin", 4.5, ("holds", "refuted")),
        ("five steps", 5.0, ("holds",)),
    ):
        yield Situation("entropy-newton-in-four-steps", what, _steps_taken(steps), wrong)
    for what, off, wrong in (
        ("exact", 0.0, ("refuted",)),
        ("the margin off", 0.01, ("holds", "refuted")),
        ("3% off", 0.03, ("holds",)),
    ):
        yield Situation("gaussian-closed-forms", what, _formulas(off), wrong)


def _times(means: Mapping[str, Mapping[str, float]], settings: Sequence[str] = ("s",)) -> Draw:
    """Return numbers that differ by factors: 0.2 is the deviation of a seed's logarithm."""

    def draw(rng: np.random.Generator) -> RowEvidence:
        rows = [
            {"setting": setting, "arm": arm, "metric": metric, "seed": seed, "value": mean * own}
            for setting in settings
            for metric, by_arm in means.items()
            for arm, mean in by_arm.items()
            for seed, own in enumerate(np.exp(rng.normal(0, 0.2, SEEDS)).tolist())
        ]
        return RowEvidence(rows)

    return draw


def _adversarial_situations() -> Iterator[Situation]:
    far = "real-batches-farther-than-their-mean"
    centres = "real-batches-farther-than-centres"
    for claim, base in ((far, "own mean"), (centres, "k-means centres")):
        for what, factor, wrong in (
            ("as far", 1.0, ("holds", "refuted")),
            ("half as far again", 1.5, ("refuted",)),
        ):
            draw = _times({"distance": {"other batch": factor, base: 1.0}})
            yield Situation(claim, what, draw, wrong)
    turns = "batch-distance-turns-with-size"
    level = _times({"distance": {"other batch": 1.0, "own mean": 1.0}}, ("a", "b", "c"))
    yield Situation(turns, "as far at all sizes", level, ("holds", "refuted"))
    farther = _times({"distance": {"other batch": 1.3, "own mean": 1.0}}, ("a", "b", "c"))
    yield Situation(turns, "farther at all sizes", farther, ("holds",))
    for claim, metric, worse, better, margin in (
        ("c-transform-approximates-better", "batch_error", "penalty", "c-transform", 1.25),
        ("c-transform-generates-worse", "energy", "c-transform", "penalty", 1.25),
        ("linear-form-fails", "energy", "linear-form", "wu", 2.0),
    ):
        for what, factor, wrong in (
            ("as much", 1.0, ("holds",)),
            ("at the margin", margin, ("holds",)),
            ("just above the margin", margin * 1.001, ("refuted",)),
            ("twice the margin", 2 * margin, ("refuted",)),
        ):
            draw = _times({metric: {worse: factor, better: 1.0}})
            yield Situation(claim, what, draw, wrong)
    for what, wu, bhaskara, wrong in (
        ("as good", 1.0, 1.0, ("holds",)),
        ("one is at the margin", 1.25, 2.0, ("holds",)),
        ("both just above the margin", 1.2501, 1.2501, ("refuted",)),
    ):
        energies = {"none": 9.0, "penalty": 1.0, "wu": wu, "bhaskara": bhaskara}
        draw = _times({"energy": energies})
        yield Situation("gradient-penalty-beats-normalisation", what, draw, wrong)
    for what, error, wrong in (
        ("a quarter off", 0.25, ("holds", "refuted")),
        ("as much off as is", 0.6, ("refuted",)),
    ):
        # A mean of numbers whose logarithms are normal lies above the middle one.
        off = {
            "energy": {"none": 9.0, "penalty": 1.0},
            "batch_error": {"penalty": error / math.exp(0.02)},
            "sample_error": {"penalty": error},
        }
        yield Situation("good-critics-do-not-approximate-the-distance", what, _times(off), wrong)
    arms = ("clip", "spectral", "penalty", "c-transform")
    for what, farther, wrong in (
        ("no order", (1.0, 1.0, 1.0, 1.0), ("holds",)),
        ("worse where nearer", (1.0, 2.0, 4.0, 8.0), ("refuted",)),
        ("better where nearer", (8.0, 4.0, 2.0, 1.0), ("holds",)),
    ):
        errors = dict(zip(arms, (0.9, 0.5, 0.3, 0.1), strict=True))
        means = {"batch_error": errors, "energy": dict(zip(arms, farther, strict=True))}
        yield Situation("better-approximation-worse-samples", what, _times(means), wrong)


def _dimension_situations() -> Iterator[Situation]:
    right = _law(lambda items: 8.33 * math.log(items))
    yield Situation("dimension-833", "8.33 ln N", right, ("refuted",))
    for what, truth in (
        ("5 ln N", lambda items: 5 * math.log(items)),
        ("8.33 ln N - 30", lambda items: 8.33 * math.log(items) - 30),
    ):
        yield Situation("dimension-833", what, _law(truth), ("holds",))
    yield Situation(
        "dimension-833", "6 ln N, the margin", _law(lambda items: 6 * math.log(items)), ("holds",)
    )
    theory = partial(_law, theory=lambda items: 7 * math.log(items))
    name = "dimension-prediction"
    yield Situation(name, "as predicted", theory(lambda n: 7 * math.log(n)), ("refuted",))
    yield Situation(name, "0.5% off", theory(lambda n: 7.035 * math.log(n)), ("refuted",))
    yield Situation(name, "5% off", theory(lambda n: 7.35 * math.log(n)), ("holds", "refuted"))
    yield Situation(name, "10% off", theory(lambda n: 7.7 * math.log(n)), ("holds",))
    log = "dimension-log-law"
    yield Situation(log, "a logarithm", _law(lambda n: 8 * math.log(n) - 10), ("refuted",))
    yield Situation(log, "a square root", _law(lambda n: math.sqrt(n)), ("holds",))
    for claim in ("dimension-c2", "dimension-c3"):
        yield Situation(claim, "half the rule", _rule_times(0.5), ("refuted",))
        yield Situation(claim, "the rule at all N", _rule_times(1.0), ("holds", "refuted"))
        yield Situation(claim, "twice the rule", _rule_times(2.0), ("holds",))


MODELS, TASKS, POPULATION = 20, 10, 2000


def _boards() -> Iterator[Situation]:
    """Boards whose tasks are drawn from a population that is known whole."""
    world = np.random.default_rng(5)
    noise = world.normal(0, 6, (MODELS, POPULATION))
    ability = world.normal(0, 6, MODELS)[:, None]
    tasks = world.normal(0, 1, POPULATION)
    # Half the models are good at easy tasks and bad at hard ones, the others even everywhere.
    uneven = np.where(np.arange(MODELS) % 2, 30.0, 1.0)[:, None]
    worlds = {
        "tasks of one difficulty": 70 + 4 * tasks + ability + noise,
        "of any difficulty": 70 + 25 * tasks + ability + noise,
        "far apart": 70 + 60 * tasks + ability + noise,
        "even and uneven models": 55 + uneven * np.sign(tasks) + (uneven > 1) * 4 + noise / 10,
    }
    for what, values in worlds.items():
        every = np.clip(values, 1.0, 100.0)
        truth = _reversed(every)
        wrong = "refuted" if truth > 0.05 else "holds"

        def draw(rng: np.random.Generator, every: Any = every) -> BoardEvidence:
            tasks = rng.choice(POPULATION, TASKS, replace=False)
            board = Board(
                name="made-up",
                snapshot="1",
                models=tuple(f"model {i}" for i in range(MODELS)),
                columns=tuple(Column(f"t{j}", f"t{j}") for j in range(TASKS)),
                values=every[:, tasks],
            )
            return BoardEvidence(board, TREATMENTS["per-task"])

        yield Situation("averaging-c1", f"{what} ({truth:.1%} reversed)", draw, (wrong,))
        yield Situation("averaging-c5", what, draw, ())


def _reversed(values: Any) -> float:
    """Return the larger share of pairs that the geometric or harmonic mean reverses."""
    arithmetic = values.mean(axis=1)
    others = (np.exp(np.log(values).mean(axis=1)), 1 / (1 / values).mean(axis=1))
    left, right = np.triu_indices(len(values), 1)
    order = np.sign(arithmetic[left] - arithmetic[right])
    return max(float((order * np.sign(m[left] - m[right]) < 0).mean()) for m in others)


class Coverage(NamedTuple):
    """How often a 95% interval holds the truth.

    Attributes:
        what: Which interval, of what.
        share: How often.
        repeats: Of how many.
    """

    what: str
    share: float
    repeats: int


def coverages(repeats: int, seed: int = 2) -> list[Coverage]:
    """Return the coverage of intervals that verdicts use, over drawn evidence."""
    rng = np.random.default_rng(seed)

    def hits(draw: Callable[[], tuple[float, float]], truth: float, times: int) -> float:
        return sum(low <= truth <= high for low, high in (draw() for _ in range(times))) / times

    found = []
    for seeds in (3, 7):
        for what, make, truth in (
            ("normal", lambda n: rng.normal(0, 1, n), 0.0),
            ("skewed (exponential)", lambda n: rng.exponential(1, n), 1.0),
            ("accuracies of 300 examples", lambda n: rng.binomial(300, 0.9, n) / 300, 0.9),
        ):

            def draw(make: Any = make, seeds: int = seeds) -> tuple[float, float]:
                return mean_interval(make(seeds).tolist()).ends

            share = hits(draw, truth, repeats)
            found.append(Coverage(f"Student's t over {seeds} seeds, {what}", share, repeats))
    for situation in boards():
        if situation.claim != "averaging-c1":
            continue
        truth = float(situation.what.partition("(")[2].partition("%")[0]) / 100
        times = max(20, repeats // 10)

        def ends(situation: Situation = situation) -> tuple[float, float]:
            verdict = claims.find(situation.claim).decide(situation.draw(rng))
            return verdict.ci_low or 0.0, verdict.ci_high or 0.0

        what = f"averaging-c1: share of pairs, {situation.what}"
        # The truth is known to a tenth of a per cent.
        share = sum(
            low - 5e-4 <= truth <= high + 5e-4 for low, high in (ends() for _ in range(times))
        )
        found.append(Coverage(what, share / times, times))
    return found


class Nights(NamedTuple):
    """Many plan runs in which nothing is true.

    Attributes:
        what: How seeds grow, in words.
        decided: Share of the verdicts that *held*, all of them wrong.
        announced: Wrong ones that the overview announced, over those that were decided.
    """

    what: str
    decided: float
    announced: float


def nights(repeats: int, *, added: bool, claims_a_night: int = 34, seed: int = 1) -> Nights:
    """Simulate plan runs in which every claim is false, with a look after each.

    Args:
        repeats: Number of plan runs.
        added: Whether each adds a seed to what the one before had, over seven plan runs; without
            it every plan run draws three seeds anew.
        claims_a_night: Number of claims.
        seed: Seed of everything.
    """
    rng = np.random.default_rng(seed)
    holds, tests, wrong, announced = 0, 0, 0, 0.0
    for night in range(repeats):
        look = night % 7 + 1 if added else 1
        if look == 1 or not added:
            values = rng.normal(0.3, 0.5, (claims_a_night, 3 + 7))
            held = np.zeros(claims_a_night, dtype=bool)
        rulings = (
            [rules.gain(mean_interval(row[: 2 + look].tolist()), 0.3, look=look) for row in values]
            if added
            else [rules.gain(mean_interval(row[:3].tolist()), 0.3) for row in values]
        )
        p_values = np.array([ruling.p_value for ruling in rulings])
        now = np.array([ruling.word == "holds" for ruling in rulings])
        held |= now
        if now.any():
            q_values = _by(p_values)
            wrong += int(now.sum())
            announced += float(now.sum() * q_values[now].max())
        if not added or look == 7:
            holds, tests = holds + int(held.sum()), tests + claims_a_night
    what = "a seed added in each of seven plan runs" if added else "fresh seeds in each plan run"
    return Nights(what, holds / tests, announced / wrong if wrong else 1.0)


def _by(p_values: Any) -> Any:
    from scipy.stats import false_discovery_control

    return false_discovery_control(p_values, method="by")


def situations() -> list[Situation]:
    """Return every situation of rules on rows; boards are apart, as they take longer.

    Those in a file beside this one, such as `tries_situations.py`, are what its function `tries`
    returns.
    """
    found = [*_gain_situations(), *_situations_of_their_own()]
    for path in sorted(Path(__file__).parent.glob("*_situations.py")):
        module = import_module(f"tests.evaluators.claims.{path.stem}")
        found += getattr(module, path.stem.removesuffix("_situations"))()
    return found


def boards() -> list[Situation]:
    """Return the situations of rules on boards."""
    return list(_boards())


def _line(outcome: Outcome) -> str:
    shares = [
        f"{outcome.counts.get(word, 0) / outcome.repeats:.1%}"
        for word in ("holds", "refuted", "inconclusive", "not testable here")
    ]
    situation = outcome.situation
    wrong = f"{outcome.wrong:.1%}" if situation.wrong else "–"
    return f"| `{situation.claim}` | {situation.what} | {' | '.join(shares)} | {wrong} |"


def page(
    outcomes: Sequence[Outcome],
    of_nights: Sequence[Nights],
    of_intervals: Sequence[Coverage],
    date: str,
) -> str:
    """Return the report as Markdown."""
    worst = max(outcomes, key=lambda outcome: outcome.wrong)
    lines = [
        "# How often is a verdict wrong?",
        "",
        f"Measured {date}, commit `{_commit()}`, with"
        " `python -m tests.evaluators.claims.calibration`; a test repeats it in small and fails"
        " where a rate is above 5%.",
        "",
        "Every rule is applied to evidence that is drawn anew from a world whose truth is known:"
        f" {SEEDS} seeds (3 where it says so) that share what their data bring, arms with noise of"
        f" {NOISE:g} points of their own. *Wrong* is the share of verdicts that say the opposite of"
        " the truth. Each word is a one-sided test, so each has 5% of its own: *holds* is counted"
        " at the margin of a rule, *refuted* a hair beside it, and where both are wrong their sum."
        " The column under the truth is the rule's power: how often it finds what was published.",
        "",
        f"The worst of {len(outcomes)} situations is {worst.wrong:.1%} (`{worst.situation.claim}`,"
        f" {worst.situation.what}).",
        "",
        "| claim | world | holds | refuted | inconclusive | not testable | wrong |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_line(outcome) for outcome in outcomes),
        "",
        "## Many claims, many plan runs",
        "",
        "34 claims, all of them false by a hair (the true effect is the margin), so that every"
        " *holds* is wrong. *Announced* is what the overview says of such plan runs: the share of"
        " the decided verdicts that may be wrong, by Benjamini and Yekutieli.",
        "",
        "| plan runs | a claim comes to hold | wrong among the decided | announced |",
        "| --- | --- | --- | --- |",
        *(
            f"| {each.what} | {each.decided:.1%} | 100% | {each.announced:.0%} |"
            for each in of_nights
        ),
        "",
        "## Intervals",
        "",
        "How often the 95% intervals behind the verdicts hold the truth. Those of STS and CLUE"
        " scores have reports of their own: [STS](sts-intervals.md), [CLUE](clue-intervals.md).",
        "",
        "| interval | holds the truth |",
        "| --- | --- |",
        *(f"| {each.what} | {each.share:.1%} of {each.repeats:,} |" for each in of_intervals),
        "",
    ]
    return "\n".join(lines)


def _commit() -> str:
    asked = ["git", "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def main(arguments: list[str]) -> None:
    """Write the report, or print a shorter one."""
    from datetime import UTC, datetime

    repeats = int(arguments[0]) if arguments else REPEATS
    outcomes = []
    # The law of logarithms draws 999 sets of points for each piece of evidence.
    slow = max(20, repeats // 10)
    every = [(e, slow if e.claim == "dimension-log-law" else repeats) for e in situations()]
    every += [(each, slow) for each in boards()]
    for number, (situation, times) in enumerate(every, 1):
        outcomes.append(simulate(situation, times))
        print(f"{number}/{len(every)} {_line(outcomes[-1])}", file=sys.stderr, flush=True)
    of_nights = [nights(min(repeats, 400), added=added) for added in (False, True)]
    text = page(outcomes, of_nights, coverages(repeats), f"{datetime.now(UTC):%Y-%m-%d}")
    if arguments:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
