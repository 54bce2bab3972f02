"""Write out scores of predictions: metrics, classes, and comparisons of two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.reports.sheet import Section, Sheet, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluators.paired import Paired
    from evaluators.result import Score
    from flows.runs.predictions import KeptPredictions


def format_scores(kept: KeptPredictions, scores: Sequence[Score], form: str = "table") -> str:
    """Return the metrics of a run as text in one of `FORMATS`."""
    records = _score_records(kept, scores)
    document = {"run_id": kept.run_id, "task": kept.task, "split": kept.split, "scores": records}
    return write(_score_sheet(kept, scores), form, records=records, document=document)


def format_paired(arm: str, base: str, paired: Paired, form: str = "table") -> str:
    """Return the comparison of two runs on the same examples as text.

    Args:
        arm: Id of a run.
        base: Id of the run that it is compared with.
        paired: The comparison.
        form: One of `FORMATS`.
    """
    records = _paired_records(arm, base, paired)
    sheet = _paired_sheet(arm, base, paired)
    return write(sheet, form, records=records, document={"comparison": records})


def _score_sheet(kept: KeptPredictions, scores: Sequence[Score]) -> Sheet:
    """Return metrics, classes and the most frequent confusions of a run."""
    headline = [score for score in scores if not score.variant]
    rows = [
        (s.metric, f"{s.value:.4f}", _end(s.ci_low), _end(s.ci_high), str(s.n)) for s in headline
    ]
    sections = [
        Section(
            "",
            ("metric", "value", "95% from", "to", "examples"),
            (False, True, True, True, True),
            tuple(rows),
            f"Intervals: 1,000 bootstrap samples of the {_units(kept.predictions.clusters)}.",
        )
    ]
    classes = _classes(scores)
    if classes:
        columns = ("class", "precision", "recall", "F1", "gold")
        numeric = (False, True, True, True, True)
        sections.append(Section("By class", columns, numeric, classes))
    confusions = _confusions(scores)
    if confusions:
        header = ("is", "taken for", "examples")
        note = "The ten most frequent."
        sections.append(Section("Confusions", header, (False, False, True), confusions[:10], note))
    facts = (
        ("run", kept.run_id),
        ("task", kept.task),
        ("split", kept.split),
        ("n", f"{len(kept.predictions)} examples"),
    )
    return Sheet(facts, (), tuple(sections))


def _units(clusters: Sequence[int] | None) -> str:
    """Return what the bootstrap drew, in words."""
    return "examples" if clusters is None else f"{len(set(clusters)):,} contexts"


def _end(number: float | None) -> str:
    return "" if number is None else f"{number:.4f}"


def _score_records(kept: KeptPredictions, scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return one flat record per score."""
    return [
        {
            "run_id": kept.run_id,
            "task": kept.task,
            "split": kept.split,
            "metric": score.metric,
            "class": score.variant.get("class", score.variant.get("gold", "")),
            "predicted": score.variant.get("predicted", ""),
            "value": score.value,
            "ci_low": score.ci_low,
            "ci_high": score.ci_high,
            "n": score.n,
        }
        for score in scores
    ]


def _paired_sheet(arm: str, base: str, paired: Paired) -> Sheet:
    rows = tuple(
        (m.name, f"{m.arm:.4f}", f"{m.base:.4f}", *(f"{x:+.4f}" for x in (m.value, m.low, m.high)))
        for m in paired.metrics
    )
    header = ("metric", "arm", "base", "arm − base", "95% from", "to")
    units = "examples" if paired.contexts is None else f"{paired.contexts:,} contexts"
    note = f"Intervals: the same {paired.resamples:,} bootstrap samples of the {units} for both."
    if (test := paired.mcnemar) is not None:
        name = "McNemar's exact p" if paired.contexts is None else "exact p by context"
        note = (
            f"Completely right: {test.gained} examples only by the arm, {test.lost} only by the"
            f" base; {name} = {test.p_value:.3g}. {note}"
        )
    if paired.note:
        note = f"{note} {paired.note}"
    section = Section("", header, (False, *(True,) * 5), rows, note)
    facts = (
        ("task", paired.task),
        ("split", paired.split),
        ("arm", arm),
        ("base", base),
        ("n", f"{paired.n} examples"),
    )
    return Sheet(facts, (), (section,))


def _paired_records(arm: str, base: str, paired: Paired) -> list[dict[str, Any]]:
    """Return one flat record per metric; only CLUE runs have McNemar's test."""
    test = paired.mcnemar
    return [
        {
            "arm": arm,
            "base": base,
            "task": paired.task,
            "split": paired.split,
            "metric": m.name,
            "arm_value": m.arm,
            "base_value": m.base,
            "difference": m.value,
            "ci_low": m.low,
            "ci_high": m.high,
            "n": paired.n,
            "gained": test and test.gained,
            "lost": test and test.lost,
            "mcnemar_p": test and test.p_value,
            "note": paired.note,
        }
        for m in paired.metrics
    ]


def _classes(scores: Sequence[Score]) -> tuple[tuple[str, ...], ...]:
    by_class: dict[str, dict[str, Score]] = {}
    for score in scores:
        if score.metric.startswith("class_"):
            by_class.setdefault(score.variant["class"], {})[score.metric] = score
    return tuple(
        (
            label,
            *(f"{metrics[f'class_{name}'].value:.4f}" for name in ("precision", "recall", "f1")),
            str(metrics["class_f1"].n),
        )
        for label, metrics in by_class.items()
    )


def _confusions(scores: Sequence[Score]) -> tuple[tuple[str, ...], ...]:
    wrong = [
        score
        for score in scores
        if score.metric == "confusion" and score.variant["gold"] != score.variant["predicted"]
    ]
    wrong.sort(key=lambda score: -score.value)
    return tuple((s.variant["gold"], s.variant["predicted"], f"{s.value:.0f}") for s in wrong)
