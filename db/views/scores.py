"""View of scores: every current number of any evaluator."""

from __future__ import annotations

from db.tables.scores import scores
from db.views.described import described
from evaluators.sql_view import View, same_as_run

LATEST_SCORES = View(
    "latest_scores",
    "Every number of the runs that count, of any evaluator.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language", "evaluator"),
        **described(scores, "metric", "variant", "value", "ci_low", "ci_high", "n"),
        **same_as_run(
            "parameters", "dtype", "seed", "split", "dataset_digest", "evaluator_version"
        ),
        **described(scores, "k", "aggregate", "subset"),
        **same_as_run("finished_at", "job_key", "generation", "run_id"),
    },
    """
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.language, r.evaluator,
        s.metric, s.variant, s.value, s.ci_low, s.ci_high, s.n,
        r.parameters, r.dtype, r.seed, r.split, r.dataset_digest, r.evaluator_version,
        s.k, s.aggregate, s.subset, r.finished_at, r.job_key, r.generation, r.run_id
    FROM scores AS s JOIN latest_runs AS r ON r.run_id = s.run_id
    """,
)

VIEWS = (LATEST_SCORES,)
