"""Score the checkpoint's vectors as they are, and transformed, as the evaluator `sts` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluators import tasks
from evaluators.dataset import PairDataset
from evaluators.sts import Session as Scorer
from evaluators.sts.evaluator import fit_inputs
from evaluators.sts_training.data import Split
from evaluators.sts_training.measured import BOOTSTRAP_SEED, Measured
from evaluators.sts_training.negations import mean_cosines, negations

if TYPE_CHECKING:
    from evaluators.evaluator import Session
    from evaluators.job import Job

_TRANSFORMS = {"centred": "centre", "whitened-train": "whiten", "whitened-target": "whiten"}


def score_form(job: Job, session: Session, scored: PairDataset, split: Split) -> Measured:
    """Return the scores of a form of the checkpoint; every seed has the same ones."""
    params = job.parameters
    scorer = session.enter(
        ("forms", params["pooling"], params["max_length"]),
        lambda: Scorer(
            session.folder,
            poolings=(params["pooling"],),
            device=session.device,
            max_length=params["max_length"],
            progress=session.progress,
        ),
    )
    settings: dict[str, Any] = {"pooling": params["pooling"], "seed": BOOTSTRAP_SEED}
    if params["form"] != "raw":
        settings |= {
            "whitening": params["form"],
            "transform": _TRANSFORMS[params["form"]],
            "fit": _fit(job, session, split),
        }
    found = scorer.evaluate(scored, resamples=params["resamples"], **settings)
    pairs = negations(tasks.find(job.task).language)
    (similarities,) = scorer.evaluate(pairs, resamples=0, **settings).tables
    return Measured(
        scores=found.scores,
        table=found.tables[0],
        cosines=mean_cosines(pairs, similarities.columns["similarity"]),
        cost=found.cost,
    )


def _fit(job: Job, session: Session, split: Split) -> list[PairDataset]:
    """Return the pairs whose sentences a form is fitted on."""
    if job.parameters["form"] != "whitened-target":
        return [split.train]
    refs = zip(fit_inputs(job.task, "target"), job.parameters["fit_digests"], strict=True)
    return [session.load(ref, digest) for ref, digest in refs]
