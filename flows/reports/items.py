"""Write out what the answers of many models say about the examples of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.reports.sheet import Section, Sheet, write

if TYPE_CHECKING:
    from evaluators.clue.respondents import Respondents
    from evaluators.item_response.analysis import ItemAnalysis
    from evaluators.statistics import Floats

_FIRST = 10
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def format_items(answers: Respondents, analysis: ItemAnalysis, form: str = "table") -> str:
    """Return the analysis of a task's examples as text in one of `FORMATS`.

    Args:
        answers: What the models answered.
        analysis: Its analysis.
        form: The format. CSV and JSON have a record for every example.
    """
    records = _records(answers, analysis)
    held_out = analysis.held_out
    document = {
        "task": answers.task,
        "split": answers.split,
        "models": [
            {
                "name": model.name,
                "runs": list(model.run_ids),
                "ability": float(analysis.fitted.ability[place]),
                "ability_error": float(analysis.fitted.ability_error[place]),
            }
            for place, model in enumerate(answers.models)
        ],
        "checkpoints": answers.checkpoints,
        "contexts": answers.contexts,
        "everybody_right": analysis.everybody_right,
        "nobody_right": analysis.nobody_right,
        "negative_discrimination": analysis.negative,
        "negative_expected_by_chance": analysis.negative_expected,
        "selected": {
            "examples": len(analysis.selected),
            "share_of_information": _share(analysis),
            "tau_of_other_models": held_out.selected,
            "tau_of_random_examples": held_out.at_random,
            "folds": held_out.folds,
        },
        "notes": _notes(answers, analysis),
        "examples": records,
    }
    return write(_sheet(answers, analysis), form, records=records, document=document)


def _share(analysis: ItemAnalysis) -> float | None:
    """Return the selected examples' share of all information; None where none has any."""
    selected = len(analysis.selected)
    return float(analysis.cumulative[selected - 1]) if selected else None


def _notes(answers: Respondents, analysis: ItemAnalysis) -> list[str]:
    notes = [*answers.notes, *answers.cautions]
    if analysis.held_out.note:
        notes.append(analysis.held_out.note)
    return notes


def _sheet(answers: Respondents, analysis: ItemAnalysis) -> Sheet:
    facts = (
        ("task", answers.task),
        ("split", answers.split),
        ("models", f"{len(answers.models)} ({int(answers.seeds.sum())} runs)"),
        ("examples", f"{len(answers.ids):,}"),
    )
    sections = (_distribution(analysis), _broken(answers, analysis), _top(answers, analysis))
    return Sheet(facts, tuple(_notes(answers, analysis)), sections)


def _distribution(analysis: ItemAnalysis) -> Section:
    import numpy as np

    fitted, informative = analysis.fitted, analysis.informative

    def row(name: str, values: Floats) -> tuple[str, ...]:
        return (name, *(f"{each:+.2f}" for each in np.quantile(values, _QUANTILES)))

    rows = [row("discrimination a", fitted.discrimination[informative])]
    if len(analysis.order):
        rows.insert(0, row("difficulty b, where a > 0", fitted.difficulty[analysis.order]))
    note = (
        f"Everybody is always right on {analysis.everybody_right:,} examples, nobody ever on"
        f" {analysis.nobody_right:,}; the {int(informative.sum()):,} on which models differ are"
        f" above. Of these, {analysis.negative:,} have a discrimination below 0; if all"
        f" discriminated alike, about {analysis.negative_expected:,.0f} would by chance."
    )
    header = ("of the examples", *(f"{share:.0%}" for share in _QUANTILES))
    return Section(
        "Difficulty and discrimination", header, (False, *(True,) * 5), tuple(rows), note
    )


def _broken(answers: Respondents, analysis: ItemAnalysis) -> Section:
    import numpy as np

    test = analysis.test
    by_p = np.lexsort((test.rest_difference, test.p_value))
    broken = [int(place) for place in by_p if test.broken[place]]
    suspects = [int(place) for place in by_p[:_FIRST] if analysis.informative[place]]
    places = broken or suspects
    rows = tuple(
        (
            answers.ids[place],
            answers.gold[place],
            f"{analysis.responses[:, place].sum():.3g} of {len(answers.models)}",
            f"{100 * test.rest_difference[place]:+.2f}",
            f"{test.p_value[place]:.2g}",
            f"{test.q_value[place]:.2g}",
        )
        for place in places
    )
    header = ("id", "gold", "models right", "rest difference", "p", "q")
    note = (
        "Rest difference: points on all other examples of the models that are right on this one,"
        " minus those of the models that are wrong. q: Benjamini and Yekutieli's."
    )
    if not broken:
        note = f"No example has a q-value below 0.05; these are the most suspicious. {note}"
    title = f"Broken examples: {len(broken)}"
    return Section(title, header, (False, False, True, True, True, True), rows, note)


def _top(answers: Respondents, analysis: ItemAnalysis) -> Section:
    fitted, held_out = analysis.fitted, analysis.held_out
    rows = tuple(
        (
            str(rank),
            answers.ids[place],
            f"{fitted.difficulty[place]:+.2f} ± {fitted.difficulty_error[place]:.2f}",
            f"{fitted.discrimination[place]:+.2f} ± {fitted.discrimination_error[place]:.2f}",
            f"{fitted.information[place]:.3f}",
        )
        for rank, place in enumerate(analysis.selected[:_FIRST].tolist(), start=1)
    )
    share = _share(analysis)
    note = (
        ""
        if share is None
        else (f"The {len(analysis.selected):,} selected carry {share:.0%} of all information. ")
    )
    if held_out.selected is not None:
        note += (
            f"Selected with some models, such examples rank the others as all examples do with"
            f" Kendall's tau {held_out.selected:.2f}, as many drawn at random with"
            f" {held_out.at_random:.2f} ({held_out.folds} folds over the models). "
        )
    note += "± is one standard error; --format csv has every example."
    header = ("rank", "id", "difficulty b", "discrimination a", "information")
    title = f"Most informative examples: the first {len(rows)} of {len(analysis.selected):,}"
    return Section(title, header, (True, False, True, True, True), rows, note)


def _records(answers: Respondents, analysis: ItemAnalysis) -> list[dict[str, Any]]:
    """Return one flat record per example; rank is empty where an example tells nothing apart."""
    fitted, test = analysis.fitted, analysis.test
    rank = {int(place): n for n, place in enumerate(analysis.order, start=1)}
    return [
        {
            "task": answers.task,
            "split": answers.split,
            "models": len(answers.models),
            "id": answers.ids[place],
            "gold": answers.gold[place],
            "right": float(analysis.responses[:, place].mean()),
            "informative": bool(analysis.informative[place]),
            "difficulty": float(fitted.difficulty[place]),
            "difficulty_error": float(fitted.difficulty_error[place]),
            "discrimination": float(fitted.discrimination[place]),
            "discrimination_error": float(fitted.discrimination_error[place]),
            "information": float(fitted.information[place]),
            "rest_difference": float(test.rest_difference[place]),
            "p_value": float(test.p_value[place]),
            "q_value": float(test.q_value[place]),
            "broken": bool(test.broken[place]),
            "rank": rank.get(place),
            "selected": rank.get(place, analysis.top + 1) <= analysis.top,
        }
        for place in range(len(answers.ids))
    ]
