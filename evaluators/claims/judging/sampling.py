"""Text from masked language models: its n-grams, and whether the model has a joint at all."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Fresh, NotTestable, RowsOf
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import made_up_values
from evaluators.claims.judging.trends import difference, number_in

SOURCE = (
    "Su Jianlin, kexue.fm/archives/8119 (2021-01-22), on Wang and Cho, BERT has a Mouth, and It"
    " Must Speak (arXiv:1902.04094)"
)
MODEL = "MLM"
KNOWN, CONTEXT = "masked_nats", 0.5
"""What a checkpoint knows of a masked token, and how many nats of it the context must bring."""

MODELS = Fresh(
    "bert_gibbs",
    "that no model may still improve was asked after a look at seeds 1000 on, and updates were"
    " tripled after one at seeds 1010 on",
    seeds_from=1020,
)
TEXTS = Fresh(
    "gibbs_text",
    "that a checkpoint must use its context was asked after a look at seeds 1000 on",
    seeds_from=1010,
)
"""Benches whose rules became stricter after a look, frozen on 2026-11-29."""


def made(
    by_metric: Mapping[str, Mapping[str, float]],
    *,
    noise: float = 0.002,
    seeds: int = 5,
    setting: str = "made up",
) -> RowEvidence:
    """Return rows of arms about these means, for controls.

    Args:
        by_metric: By metric and arm.
        noise: Standard deviation of a row; over seeds it adds up to 0.
        seeds: How many.
        setting: Of all rows.
    """
    import numpy as np

    rng = np.random.default_rng(7)
    values = {}
    for metric, by_arm in by_metric.items():
        for arm, centre in by_arm.items():
            own = rng.normal(0, noise, seeds)
            values[metric, arm] = (centre + own - own.mean()).tolist()
    return made_up_values(values, setting)


def texts(metric: str, means: Mapping[str, float], *, noise: float, context: float) -> RowEvidence:
    """Return rows of texts after 10 sweeps from a checkpoint, for controls.

    Args:
        metric: Of the texts.
        means: By arm.
        noise: Standard deviation of a row.
        context: How many nats better than their frequencies it predicts masked tokens.
    """
    setting = "length 20, sweeps 10"
    knows = {"Gibbs": 7.0 - context, "independent tokens": 7.0}
    written = made({metric: means}, noise=noise, setting=setting)
    read = made({KNOWN: knows}, setting=setting)
    return RowEvidence([*written.rows, *read.rows])


def require_context(evidence: RowEvidence) -> None:
    """Require that a checkpoint predicts masked tokens better than their frequencies do.

    Raises:
        NotTestable: It is not surely `CONTEXT` nats better: what it writes are independent tokens.
    """
    by_frequency, by_model = (
        by_seed(evidence, KNOWN, arm) for arm in ("independent tokens", "Gibbs")
    )
    found = difference(by_frequency, by_model)
    if found.ends[0] <= CONTEXT:
        raise NotTestable(
            f"the checkpoint predicts masked tokens {found} nats better than their frequencies:"
            f" surely more than {CONTEXT:g} is needed, or it has not learned to read"
        )


def of_texts(metric: str) -> RowsOf:
    """Return the rows of texts from checkpoints, one group a checkpoint and corpus."""
    among = {"evaluator": ("gibbs_text",), "metric": (metric, KNOWN)}
    return RowsOf("arm_scores", by=("task", "checkpoint"), among=among)


def same_sweeps(evidence: RowEvidence) -> tuple[RowEvidence, float]:
    """Return the rows after the most sweeps, and how many those are."""
    sweeps = [number_in(str(row["setting"]), "sweeps") or 0.0 for row in evidence.rows]
    most = max(sweeps)
    rows = [row for row, count in zip(evidence.rows, sweeps, strict=True) if count == most]
    return RowEvidence(rows), most
