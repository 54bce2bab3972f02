"""Claims about whitening: what it brings on checkpoints, and in a made-up world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Finding,
    NotTestable,
    RowsOf,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, student_t_quantile

MARGIN = 1.0
"""Points of Spearman: the smallest gain, or loss, worth the name."""

CHOSEN = "chosen k"
CHOSEN_WITH_ALL = "chosen k with all"
ALL = "all k"

WHICH_VECTORS = (
    " A checkpoint is tuned where its modules.json declares a recipe of sentence vectors, and then"
    " speaks with its native pooling; untuned where it has none and its config.json names a masked"
    " or causal language model. Any other is not testable: nothing is guessed."
)
WHICH_FIT = (
    " The whitening that decides has not seen the scored sentences: fitted on the task's own other"
    " split, else on another task's sentences, else on a corpus, in this order and then by name."
    " The transductive one stands beside it."
)

_POINTS = 100


def rows_of(*vectors: str) -> RowsOf:
    """Return what claims on whitening are judged on; one group a checkpoint, task and setting.

    Args:
        vectors: Kinds of vectors of checkpoints; those of the made-up world are always among them,
            as each claim needs its controls.
    """
    return RowsOf(
        "whitening_changes",
        by=("evaluator", "checkpoint", "task", "setting"),
        among={"transform": ("whiten",), "vectors": (*vectors, "made-up *")},
    )


def deciding_rows(evidence: RowEvidence, vectors: str) -> list[Mapping[str, Any]]:
    """Return the rows of the fit that decides, for the vectors that a claim speaks of.

    Args:
        evidence: Rows of one group.
        vectors: `tuned`, `untuned` or `isotropic`; in the made-up world the rows of that kind.

    Raises:
        NotTestable: There are none, or the vectors are of another kind.
    """
    rows = _rows(evidence, vectors)
    unseen = [row for row in rows if not row["transductive"]]
    if not unseen:
        raise NotTestable(
            "the whitening was fitted on the scored sentences alone, which says nothing of new"
            " ones: fit it on another task, split or corpus too"
        )
    enough = [row for row in unseen if not row["few_fit_sentences"]]
    if not enough:
        raise NotTestable("the whitening was fitted on fewer than 5 sentences per dimension")
    fitted_on = min((str(row["fitted_on"]) for row in enough), key=_fit_order)
    return [row for row in enough if row["fitted_on"] == fitted_on]


def _rows(evidence: RowEvidence, vectors: str) -> list[Mapping[str, Any]]:
    kinds = sorted({str(row["vectors"]) for row in evidence.rows})
    if not any(kind.startswith("made-up ") for kind in kinds):
        if kinds != [vectors]:
            raise NotTestable(
                f"the claim is on {vectors} vectors, and those of the checkpoint are"
                f" {', '.join(kinds)}"
            )
        if vectors == "tuned" and not _setting(evidence).startswith("native"):
            raise NotTestable("a checkpoint is tuned with its native pooling alone")
        return list(evidence.rows)
    rows = [row for row in evidence.rows if row["vectors"] == f"made-up {vectors}"]
    if not rows:
        raise NotTestable(f"the made-up world has no {vectors} vectors: add them under worlds:")
    return rows


def _setting(evidence: RowEvidence) -> str:
    return str(evidence.group.get("setting", evidence.rows[0].get("setting", "")))


def _fit_order(fitted_on: str) -> tuple[bool, bool, str]:
    own = fitted_on in ("train", "validation")
    return fitted_on.startswith("corpus:"), not own, fitted_on


def change(rows: Sequence[Mapping[str, Any]], *compared: str) -> Interval:
    """Return the change of the first comparison that there is, in points.

    The interval over pairs is that of the bootstrap, taken as Student's t with its farther end.

    Args:
        rows: Rows of one fit.
        compared: Comparisons in order.

    Raises:
        NotTestable: There is none of them, or no interval.
    """
    by_name = {row["compared"]: row for row in rows}
    found = next((by_name[name] for name in compared if name in by_name), None)
    if found is None:
        raise NotTestable(f"no score at {compared[0]}: add choose_k_on: to the evaluation")
    n, estimate = int(found["n"]), _POINTS * float(found["difference"])
    if found["units"] == "seeds" and n < FEWEST_SEEDS:
        raise NotTestable(f"{n} seeds: an interval needs {FEWEST_SEEDS}")
    if found["ci_low"] is None or found["ci_high"] is None:
        raise NotTestable("the change has no interval: too few pairs")
    low, high = _POINTS * float(found["ci_low"]), _POINTS * float(found["ci_high"])
    half = max(high - estimate, estimate - low)
    return Interval.around(estimate, half, n, n - 1)


def decide(
    evidence: RowEvidence,
    rows: Sequence[Mapping[str, Any]],
    found: Interval,
    detail: str,
    *,
    margin: float,
    effect: float,
) -> Finding:
    """Return what a judge says of a gain over the units of some rows, pairs or seeds.

    Args:
        evidence: Rows of one group.
        rows: Those that decide.
        found: The gain.
        detail: One sentence for people.
        margin: The smallest gain worth the name.
        effect: The gain that was published.
    """
    over = str(rows[0]["units"])
    finding = gained(found, detail, margin=margin, effect=effect, look=evidence.look, units=over)
    # A task has the pairs that it has: no plan would settle it.
    return finding if over == "seeds" else replace(finding, measured=None, settles="")


def beside(evidence: RowEvidence, rows: Sequence[Mapping[str, Any]], *compared: str) -> str:
    """Return the fit that decided, and the changes of all other fits, for people."""
    own, kind = rows[0]["fitted_on"], rows[0]["vectors"]
    said = [f"fitted on {own}"]
    fits = {
        str(row["fitted_on"]): bool(row["transductive"])
        for row in evidence.rows
        if row["vectors"] == kind and row["fitted_on"] != own
    }
    for fitted_on in sorted(fits, key=_fit_order):
        others = [
            row for row in evidence.rows if row["fitted_on"] == fitted_on and row["vectors"] == kind
        ]
        word = ", transductive" if fits[fitted_on] else ""
        said.append(f"on {fitted_on}{word}: {change(others, *compared)}")
    return "; ".join(said)


def validate_controls(
    evidence: RowEvidence, *compared: str, ties: Sequence[str] = (), gains: Sequence[str] = ()
) -> None:
    """Validate that the made-up world can tell: what must not gain does not, and what must, does.

    Args:
        evidence: Rows of one group; those of a checkpoint pass.
        compared: As in `change`.
        ties: Vectors on which whitening must not gain.
        gains: Vectors on which it must.

    Raises:
        NotTestable: A control is missing, or fails.
    """
    if not any(str(row["vectors"]).startswith("made-up ") for row in evidence.rows):
        return
    for vectors in (*ties, *gains):
        found = change(deciding_rows(evidence, vectors), *compared)
        if (rules.gain(found, MARGIN).word == "holds") != (vectors in gains):
            raise NotTestable(f"the control fails: {vectors} vectors change by {found} points")


def made_up(
    changes: Mapping[str, Mapping[str, float]],
    *,
    error: float = 0.3,
    n: int = 1379,
    setting: str = "native",
    compared: Sequence[str] = (ALL, CHOSEN, CHOSEN_WITH_ALL),
) -> RowEvidence:
    """Return rows of changes in points, for controls.

    Args:
        changes: By kind of vectors (`untuned`, `made-up tuned`) and what was fitted on.
        error: Standard error in points.
        n: Number of pairs; of a made-up world, of seeds.
        setting: Of all rows.
        compared: The comparisons, all with the same change.
    """
    rows = []
    for vectors, by_fit in changes.items():
        seeds = vectors.startswith("made-up ")
        half = error * (student_t_quantile(n - 1) if seeds else 1.96)
        for fitted_on, points in by_fit.items():
            shared = {
                "vectors": vectors,
                "transform": "whiten",
                "fitted_on": fitted_on,
                "transductive": fitted_on in ("target", "scored"),
                "difference": points / _POINTS,
                "ci_low": (points - half) / _POINTS,
                "ci_high": (points + half) / _POINTS,
                "n": n,
                "units": "seeds" if seeds else "pairs",
                "few_fit_sentences": False,
                "setting": setting,
            }
            rows += [{**shared, "compared": name} for name in compared]
    return RowEvidence(rows, {"setting": setting})
