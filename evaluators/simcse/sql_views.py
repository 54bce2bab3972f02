"""Views of contrastive training on text: every run, and arms compared seed by seed."""

from __future__ import annotations

from evaluators.sql_view import View, half_width

_BENCH = {
    "bench": "Checkpoint, corpus, task and settings in words; rows of one bench can be compared.",
    "checkpoint": None,
    "checkpoint_digest": None,
    "corpus": "Whose lines were trained on.",
    "task": "Graded pairs that the encoder was scored on.",
    "split": "Their split; NULL for the usual one.",
}

# The same settings on sentences or pairs that changed since are two jobs: the newest counts.
SIMCSE_RUNS = View(
    "simcse_runs",
    "A checkpoint trained on its own dropout at a batch size, once a seed, and what it cost.",
    {
        **_BENCH,
        "sentences": "How many were asked for; seen are whole batches of them.",
        "temperature": "What the cosines were divided by.",
        "rate": "AdamW's step, at a batch of rate_at.",
        "rate_at": "Batch that rate is meant for (it grows with the root); NULL: rate at each.",
        "max_length": "Tokens of a sentence that were kept.",
        "chunk": "Sentences encoded with a graph at once; it decides which masks dropout draws.",
        "arm": "loss/dtype.",
        "loss": "infonce, infonce-log1p, flatnce or dcl.",
        "dtype": "What the loss was computed in.",
        "encoder": "What the encoder was trained in: float32, or bfloat16 (autocast).",
        "batch": "Sentences a step.",
        "seed": "Of order and dropout.",
        "spearman": "On the task after training.",
        "before": "On the task before training.",
        "last_loss": "Loss of the last batch; of flatnce always 1.",
        "steps": "How many there were.",
        "training_seconds": "How long they took.",
        "sentences_per_second": "Sentences trained on in a second.",
        "peak_bytes": "Largest memory while training: of the GPU, or of the process on a CPU.",
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
    "Two ways of training on text, or one and the checkpoint before it, compared seed by seed.",
    {
        **_BENCH,
        "batch": "Sentences a step, of both.",
        "arm": "loss/dtype.",
        "encoder": "What its encoder was trained in.",
        "base": "Another arm, or before: the checkpoint as it was.",
        "base_encoder": "What the base's encoder was trained in; NULL for before.",
        "difference": "Mean over common seeds of Spearman of arm less base.",
        "ci_low": "Lower end of its 95% interval (Student's t on paired differences).",
        "ci_high": "Upper end.",
        "seeds": "How many seeds both have.",
        "arm_mean": "Mean of the arm on them.",
        "base_mean": "Mean of the base on them.",
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
