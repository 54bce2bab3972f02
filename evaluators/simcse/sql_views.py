"""Views of contrastive training on text: every run, and arms compared seed by seed."""

from __future__ import annotations

from evaluators.sql_view import View, half_width

_BENCH = {
    "bench": "Checkpoint, corpus, task and settings as text; rows of one bench can be compared.",
    "checkpoint": None,
    "checkpoint_digest": None,
    "corpus": "Corpus whose lines were trained on.",
    "task": "Sentence-pair task that the encoder was scored on.",
    "split": "Split of the task; NULL: its default split.",
}

# The same settings on sentences or pairs that changed since are two jobs: the newest counts.
SIMCSE_RUNS = View(
    "simcse_runs",
    "Contrastive training with dropout as the only noise: one row for each run, with its cost.",
    {
        **_BENCH,
        "sentences": "Number of training sentences in the plan; only whole batches are trained on.",
        "temperature": "Number that cosines are divided by.",
        "rate": "Learning rate of AdamW, at a batch of rate_at.",
        "rate_at": "Batch size that rate is for; rate grows with its root. NULL: one rate for all.",
        "max_length": "Number of tokens that sentences are cut to.",
        "chunk": "Sentences in one backward pass; it decides which masks dropout draws.",
        "arm": "Loss and its dtype, as loss/dtype.",
        "loss": "Loss: infonce, infonce-log1p, flatnce or dcl.",
        "dtype": "Number format that the loss is computed in.",
        "encoder": "Number format that the encoder is trained in: float32, or bfloat16 (autocast).",
        "batch": "Number of sentences a step.",
        "seed": "Seed of the order of sentences and of dropout.",
        "spearman": "Spearman on the task after training.",
        "before": "Spearman on the task before training.",
        "last_loss": "Loss of the last batch; always 1 for flatnce.",
        "steps": "Number of training steps.",
        "training_seconds": "Duration of the training steps in seconds.",
        "sentences_per_second": "Number of sentences trained on in a second.",
        "peak_bytes": "Peak memory while training: of the GPU, or of the process on a CPU.",
        "device": None,
        "dataset_digest": None,
        "corpus_digest": "Content digest of the corpus.",
        "finished_at": None,
        "run_id": None,
    },
    """
    WITH cells AS (
        SELECT checkpoint, checkpoint_digest, json_extract_string(parameters, '$.corpus') AS corpus,
            task, json_extract_string(parameters, '$.split') AS split,
            TRY_CAST(json_extract_string(parameters, '$.sentences') AS INTEGER) AS sentences,
            TRY_CAST(json_extract_string(parameters, '$.temperature') AS DOUBLE) AS temperature,
            TRY_CAST(json_extract_string(parameters, '$.rate') AS DOUBLE) AS rate,
            TRY_CAST(json_extract_string(parameters, '$.rate_at') AS INTEGER) AS rate_at,
            TRY_CAST(json_extract_string(parameters, '$.max_length') AS INTEGER) AS max_length,
            TRY_CAST(json_extract_string(parameters, '$.chunk') AS INTEGER) AS chunk,
            json_extract_string(parameters, '$.arm') AS arm,
            json_extract_string(parameters, '$.loss') AS loss,
            json_extract_string(parameters, '$.dtype') AS dtype,
            coalesce(json_extract_string(parameters, '$.encoder'), 'float32') AS encoder,
            TRY_CAST(json_extract_string(parameters, '$.batch') AS INTEGER) AS batch, seed,
            TRY_CAST(json_extract_string(cost, '$.steps') AS INTEGER) AS steps,
            TRY_CAST(json_extract_string(cost, '$.training_seconds') AS DOUBLE) AS training_seconds,
            TRY_CAST(json_extract_string(cost, '$.sentences_per_second') AS DOUBLE)
                AS sentences_per_second,
            TRY_CAST(json_extract_string(cost, '$.peak_bytes') AS BIGINT) AS peak_bytes,
            device, dataset_digest, json_extract_string(parameters, '$.corpus_digest')
                AS corpus_digest, finished_at, run_id
        FROM latest_runs WHERE evaluator = 'simcse'
        QUALIFY row_number() OVER (
            PARTITION BY checkpoint_digest, corpus, task, split, sentences, temperature, rate,
                rate_at, max_length, chunk, arm, encoder, batch, seed
            ORDER BY finished_at DESC, run_id
        ) = 1
    ), scored AS (
        SELECT run_id, max(value) FILTER (WHERE metric = 'spearman') AS spearman,
            max(value) FILTER (WHERE metric = 'spearman_before') AS before,
            max(value) FILTER (WHERE metric = 'loss') AS last_loss
        FROM scores GROUP BY run_id
    )
    SELECT concat(c.checkpoint, ', ', c.corpus, ', ', c.task,
            CASE WHEN c.split IS NOT NULL THEN concat(' ', c.split) END, ', ', c.sentences,
            ' sentences, temperature ', c.temperature, ', rate ', c.rate,
            CASE WHEN c.rate_at IS NOT NULL THEN concat(' at ', c.rate_at) END, ', ',
            c.max_length, ' tokens, chunks of ', c.chunk) AS bench,
        c.checkpoint, c.checkpoint_digest, c.corpus, c.task, c.split, c.sentences, c.temperature,
        c.rate, c.rate_at, c.max_length, c.chunk, c.arm, c.loss, c.dtype, c.encoder, c.batch,
        c.seed, s.spearman, s.before, s.last_loss, c.steps, c.training_seconds,
        c.sentences_per_second, c.peak_bytes, c.device, c.dataset_digest, c.corpus_digest,
        c.finished_at, c.run_id
    FROM cells AS c JOIN scored AS s ON s.run_id = c.run_id
    """,
)

SIMCSE_DIFFERENCES = View(
    "simcse_differences",
    "Two arms, or an arm and the checkpoint before training, compared seed by seed.",
    {
        **_BENCH,
        "batch": "Number of sentences a step, of both.",
        "arm": "Loss and its dtype, as loss/dtype.",
        "encoder": "Number format of the training of the arm.",
        "base": "Another arm, or before: the checkpoint before training.",
        "base_encoder": "Number format of the training of the base; NULL for before.",
        "difference": "Mean over common seeds of Spearman of arm minus Spearman of base.",
        "ci_low": "Lower end of the 95% interval of difference (paired Student's t).",
        "ci_high": "Upper end of the 95% interval of difference.",
        "seeds": "Number of seeds that both have.",
        "arm_mean": "Mean of the arm over the common seeds.",
        "base_mean": "Mean of the base over the common seeds.",
    },
    f"""
    WITH every AS (
        SELECT bench, checkpoint_digest, dataset_digest, corpus_digest, batch, seed, arm, encoder,
            spearman
        FROM simcse_runs
        UNION ALL
        SELECT bench, checkpoint_digest, dataset_digest, corpus_digest, batch, seed,
            'before', NULL, max(before)
        FROM simcse_runs GROUP BY ALL
    )
    SELECT a.bench, a.checkpoint, a.checkpoint_digest, a.corpus, a.task, a.split, a.batch, a.arm,
        a.encoder, b.arm AS base, b.encoder AS base_encoder,
        avg(a.spearman - b.spearman) AS difference,
        avg(a.spearman - b.spearman) - {half_width("a.spearman - b.spearman")} AS ci_low,
        avg(a.spearman - b.spearman) + {half_width("a.spearman - b.spearman")} AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds, avg(a.spearman) AS arm_mean,
        avg(b.spearman) AS base_mean
    FROM simcse_runs AS a
    JOIN every AS b ON b.bench = a.bench AND b.checkpoint_digest = a.checkpoint_digest
        AND b.dataset_digest = a.dataset_digest AND b.corpus_digest = a.corpus_digest
        AND b.batch = a.batch AND b.seed = a.seed
        AND (b.arm <> a.arm OR b.encoder IS DISTINCT FROM a.encoder)
    GROUP BY ALL
    """,  # noqa: S608 - no input goes in
)

VIEWS = (SIMCSE_RUNS, SIMCSE_DIFFERENCES)
