"""Score transformed vectors beside the raw ones, and say what the transform was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluators.dataset import Corpus, PairDataset
from evaluators.result import Score
from evaluators.sts.baseline import Baseline
from evaluators.sts.score import Bootstrap, Floats, Pairs, Scored, cosines_at
from evaluators.sts.whitening import FIT_SENTENCES, Transform

FitSet = PairDataset | Corpus
"""What a transform is fitted on: the sentences of pairs, or the documents of a corpus."""


def sentences_of(part: FitSet) -> tuple[str, ...]:
    """Return the sentences, with repetition."""
    return part.documents if isinstance(part, Corpus) else (*part.first, *part.second)


def about_fit(
    fitted: Transform, width: int, dataset: PairDataset, fit: Sequence[FitSet]
) -> dict[str, Any]:
    """Return what is kept of a fit beside the scores, as plain JSON.

    Args:
        fitted: The transform.
        width: Number of dimensions of the raw vectors.
        dataset: The scored pairs.
        fit: What it was fitted on.
    """
    scored = set(sentences_of(dataset))
    seen = scored.intersection(s for part in fit for s in sentences_of(part))
    return {
        "fit_sentences": fitted.distinct,
        "few_fit_sentences": fitted.distinct < FIT_SENTENCES * width,
        "fit_rank": fitted.rank,
        "scored_in_fit": len(seen) / len(scored),
    }


def beside_raw(
    pairs: Pairs,
    columns: Floats,
    scored: Scored,
    raw: Baseline,
    chosen_k: int | None,
    bootstrap: Bootstrap,
) -> list[Score]:
    """Return the paired changes that a transform brings, and the scores at a chosen k.

    `spearman_change` at each headline k, and `spearman_at_chosen_k` with its `_change`, are beside
    the raw vectors on all their dimensions; `spearman_at_chosen_k_over_all` is beside all
    dimensions of the same transform.

    Args:
        pairs: The scored pairs.
        columns: Transformed vectors of `pairs.used` as columns, shape (kept, m).
        scored: Their scores.
        raw: The scores of the raw vectors.
        chosen_k: Number of dimensions that was chosen on other pairs; None where none was.
        bootstrap: Settings of the intervals.
    """
    changes = [
        raw.change(cosines, "spearman_change", k) for k, cosines in sorted(scored.cosines.items())
    ]
    if chosen_k is None:
        return changes
    cosines = cosines_at(pairs, columns, [chosen_k])[chosen_k]
    own = Baseline(pairs, scored.similarities, bootstrap)
    return [
        *changes,
        *raw.compare(cosines, "spearman_at_chosen_k", chosen_k),
        own.change(cosines, "spearman_at_chosen_k_over_all", chosen_k),
    ]
