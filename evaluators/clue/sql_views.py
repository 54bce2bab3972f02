"""Views of the CLUE tasks: scores with what was trained and how, classes, confusions."""

from __future__ import annotations

from evaluators.sql_view import View, same_as_run
from evaluators.trainer.training.recipe import USUAL_C, Recipe

_HOW = {
    "family": "Kind of task: classification, choice, span or entity.",
    "split": "Split of the task that was scored.",
    "trained_on": "Task and split of the training set; empty where nothing is trained.",
    "transfer": "Whether the training task differs from the scored task.",
    "mode": "finetune, probe (frozen encoder) or cosine; or a baseline: tfidf, constant,"
    " all-positive.",
    "head": "Layers on top of the encoder; empty where there are none.",
    "method": "Training method, such as plain or r-drop, with its options.",
    "selection": "How the epoch was chosen: held-out, as-published (on the scored split) or last.",
}
_POST = "Post-processing of the predictions: none, or can with its options."
_SETTING = (
    "All parameters except task, training set, head, method and seed, as text: runs of one"
    " setting can be compared. Some parameters at their defaults are left out."
)
_POST_OF_SCORE = """coalesce(json_extract_string(s.variant, '$.post')
            || coalesce(' (' || r.post_options || ')', ''), 'none')"""


def _param(name: str) -> str:
    return f"json_extract_string(parameters, '$.{name}')"


_USUAL = Recipe()


def _unless_usual(name: str, words: str) -> str:
    """Return SQL that names a parameter and its number, NULL where it is the default."""
    usual = float(getattr(_USUAL, name, USUAL_C))
    number = f"TRY_CAST({_param(name)} AS DOUBLE)"
    return f"CASE WHEN {number} <> {usual!r} THEN '{words} ' || {number} END"


_IN_WORDS = f"""concat_ws(', ', {_param("mode")}, {_param("selection")}, {_param("split")},
            {_param("epochs")} || ' epochs',
            'rate ' || TRY_CAST({_param("rate")} AS DOUBLE),
            CASE WHEN TRY_CAST({_param("head_rate")} AS DOUBLE)
                    <> TRY_CAST({_param("rate")} AS DOUBLE)
                THEN 'head rate ' || TRY_CAST({_param("head_rate")} AS DOUBLE) END,
            'batch ' || {_param("batch")}, {_param("micro_batch")} || ' at once',
            {_param("max_length")} || ' tokens',
            {_param("max_train")} || ' examples', {_param("max_scored")} || ' scored',
            {_unless_usual("warmup", "warmup")}, {_unless_usual("weight_decay", "weight decay")},
            {_unless_usual("clip", "clip")},
            CASE WHEN {_param("selection")} = 'held-out'
                THEN {_unless_usual("held_out", "held out")} END,
            CASE WHEN {_param("leaks")} = 'keep' THEN 'leaks kept' END,
            CASE WHEN {_param("near_duplicates")} = 'drop' THEN 'near duplicates dropped' END,
            {_param("pooling")}, {_unless_usual("C", "C")}, dtype)"""

# Options of CAN, as its name alone does not tell two of its settings apart.
_POST_OPTIONS = """(SELECT string_agg(key || ' ' || json_extract_string(value, '$'), ', '
                ORDER BY key)
            FROM json_each(parameters, '$.post') WHERE key <> 'name')"""

CLUE_RUNS = View(
    "clue_runs",
    "The latest runs of CLUE tasks, with their parameters as columns.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task"),
        **_HOW,
        "max_train": "Largest number of training examples; NULL: all.",
        "max_scored": "Largest number of scored examples of the split; NULL: all.",
        "epochs": "Largest number of training epochs; NULL where nothing is trained by epochs.",
        "setting": _SETTING,
        "near_duplicates": "Training examples that nearly repeat a scored example (character"
        " trigrams, Jaccard similarity from 0.7 on); NULL in runs of older versions.",
        "post_options": "Options of the post-processing as in the plan; NULL where there are none.",
        **same_as_run("seed", "dtype", "dataset_digest", "seconds", "finished_at", "run_id"),
    },
    f"""
    SELECT checkpoint, checkpoint_digest, task,
        json_extract_string(parameters, '$.family') AS family,
        json_extract_string(parameters, '$.split') AS split,
        coalesce(json_extract_string(parameters, '$.trained_on'), '') AS trained_on,
        coalesce(split_part(json_extract_string(parameters, '$.trained_on'), '/', 1)
            NOT IN ('', task), false) AS transfer,
        json_extract_string(parameters, '$.mode') AS mode,
        coalesce(json_extract_string(parameters, '$.head'), '') AS head,
        coalesce(json_extract_string(parameters, '$.method'), '') AS method,
        coalesce(json_extract_string(parameters, '$.selection'), '') AS selection,
        TRY_CAST(json_extract_string(parameters, '$.max_train') AS BIGINT) AS max_train,
        TRY_CAST(json_extract_string(parameters, '$.max_scored') AS BIGINT) AS max_scored,
        TRY_CAST(json_extract_string(parameters, '$.epochs') AS INTEGER) AS epochs,
        {_IN_WORDS} AS setting,
        TRY_CAST(json_extract_string(cost, '$.near_duplicates_in_train') AS INTEGER)
            AS near_duplicates,
        {_POST_OPTIONS} AS post_options,
        seed, dtype, dataset_digest, seconds, finished_at, run_id
    FROM latest_runs WHERE evaluator = 'clue'
    """,  # noqa: S608 - no input goes in
)

_DRAWN = ("selection", "max_train", "max_scored", "epochs", "setting")

CLUE_SCORES = View(
    "clue_scores",
    "Metrics of the CLUE tasks: one row for each run, metric and post-processing.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task"),
        **{name: _HOW[name] for name in list(_HOW)[:-1]},
        "post": _POST,
        **same_as_run("seed"),
        "metric": "accuracy, f1 (of the positive class), macro_f1, em_f1, em, entity_f1,"
        " official_macro_f1 (CLUENER's own) …",
        "value": "Value of the metric, from 0 to 1.",
        "ci_low": "Lower end of the 95% interval (bootstrap over examples, or over contexts where"
        " several questions share one).",
        "ci_high": "Upper end of the 95% interval.",
        **same_as_run("n"),
        **same_as_run("run_id"),
        **{name: CLUE_RUNS.columns[name] for name in _DRAWN},
        **same_as_run("dtype", "dataset_digest", "finished_at"),
    },
    f"""
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.family, r.split, r.trained_on,
        r.transfer, r.mode, r.head, r.method,
        {_POST_OF_SCORE} AS post,
        r.seed, s.metric, s.value, s.ci_low, s.ci_high, s.n, r.run_id,
        r.selection, r.max_train, r.max_scored, r.epochs, r.setting, r.dtype,
        r.dataset_digest, r.finished_at
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE s.metric <> 'confusion' AND NOT starts_with(s.metric, 'class_')
    """,  # noqa: S608 - no input goes in
)

_SEEDS = "Number of seeds behind the row."

_FLOORS = "('constant', 'all-positive', 'tfidf')"

CLUE_MEANS = View(
    "clue_means",
    "Each configuration on a CLUE task as a mean over seeds, with the best baseline.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task"),
        **{name: _HOW[name] for name in ("split", "trained_on", "mode", "head", "method")},
        "post": _POST,
        **{name: CLUE_RUNS.columns[name] for name in _DRAWN},
        "metric": CLUE_SCORES.columns["metric"],
        "seeds": _SEEDS,
        "value": "Mean of the metric over seeds.",
        "standard_error": "Standard error of value, over examples and seeds.",
        "floor": "Best of the baselines tfidf, constant and all-positive; NULL for a baseline,"
        " and where none was measured.",
        "floor_value": "Value of the baseline in floor.",
        "floor_error": "Standard error of floor_value, over examples.",
        "difference": "value minus floor_value.",
        "error": "Standard error of difference, as if the two were independent."
        " As both are scored on the same examples, it is rather too large.",
        "standing": "above or below the baseline by two standard errors, or not told apart.",
        "transfer": _HOW["transfer"],
        "is_floor": "Whether it is a baseline without a model: constant, all-positive or tfidf.",
        "run_ids": "Ids of the runs behind the mean.",
    },
    f"""
    WITH rows AS (
        SELECT *, (ci_high - ci_low) / 3.919927969 AS examples_error
        FROM clue_scores WHERE ci_low IS NOT NULL
    ), together AS (
        SELECT checkpoint, checkpoint_digest, task, split, dataset_digest, trained_on, transfer,
            mode, head, method, post, selection, max_train, max_scored, epochs, setting, metric,
            CAST(count(*) AS INTEGER) AS seeds, avg(value) AS value,
            sqrt(avg(examples_error * examples_error)
                + coalesce(var_samp(value) / count(*), 0.0)) AS standard_error,
            mode IN {_FLOORS} AS is_floor, list(run_id ORDER BY run_id) AS run_ids
        FROM rows GROUP BY ALL
    ), floors AS (
        SELECT * FROM together WHERE is_floor AND post = 'none'
        QUALIFY row_number() OVER (
            PARTITION BY task, split, dataset_digest, max_scored, metric ORDER BY value DESC, mode
        ) = 1
    )
    SELECT t.checkpoint, t.checkpoint_digest, t.task, t.split, t.trained_on, t.mode, t.head,
        t.method, t.post, t.selection, t.max_train, t.max_scored, t.epochs, t.setting, t.metric,
        t.seeds, t.value, t.standard_error,
        f.mode AS floor, f.value AS floor_value, f.standard_error AS floor_error,
        t.value - f.value AS difference,
        sqrt(t.standard_error ** 2 + f.standard_error ** 2) AS error,
        CASE WHEN f.value IS NULL THEN NULL
            WHEN abs(t.value - f.value)
                <= 2 * sqrt(t.standard_error ** 2 + f.standard_error ** 2) THEN 'not told apart'
            WHEN t.value > f.value THEN 'above' ELSE 'below' END AS standing,
        t.transfer, t.is_floor, t.run_ids
    FROM together AS t
    LEFT JOIN floors AS f ON f.task = t.task AND f.split = t.split AND f.metric = t.metric
        AND f.dataset_digest = t.dataset_digest
        AND f.max_scored IS NOT DISTINCT FROM t.max_scored
        AND NOT t.is_floor
    """,  # noqa: S608 - no input goes in
)

_AGAINST = [name for name in CLUE_MEANS.columns if name not in ("transfer", "is_floor", "run_ids")]

CLUE_AGAINST_FLOORS = View(
    "clue_against_floors",
    "Configurations on a CLUE task compared with the best baseline.",
    {name: CLUE_MEANS.columns[name] for name in _AGAINST},
    f"SELECT {', '.join(_AGAINST)} FROM clue_means WHERE floor IS NOT NULL",  # noqa: S608
)

CLUE_CLASSES = View(
    "clue_classes",
    "Precision, recall and F1 of every class or entity type of a run.",
    {
        **same_as_run("checkpoint", "task"),
        "mode": _HOW["mode"],
        "head": _HOW["head"],
        "method": _HOW["method"],
        "post": _POST,
        **same_as_run("seed"),
        "class": "Class, or type of entity.",
        "precision": "Share of the predictions of the class that are right.",
        "recall": "Share of the examples of the class that were found.",
        "f1": "Harmonic mean of precision and recall; 0 where both are 0.",
        "gold": "Number of examples, or entities, of the class.",
        **same_as_run("run_id"),
    },
    f"""
    SELECT r.checkpoint, r.task, r.mode, r.head, r.method, {_POST_OF_SCORE} AS post, r.seed,
        json_extract_string(s.variant, '$.class') AS "class",
        max(s.value) FILTER (WHERE s.metric = 'class_precision') AS precision,
        max(s.value) FILTER (WHERE s.metric = 'class_recall') AS recall,
        max(s.value) FILTER (WHERE s.metric = 'class_f1') AS f1,
        max(s.n) AS gold, r.run_id
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE starts_with(s.metric, 'class_')
    GROUP BY ALL
    """,  # noqa: S608 - no input goes in
)

CLUE_CONFUSIONS = View(
    "clue_confusions",
    "Confusion counts of a run: examples by gold and predicted class.",
    {
        **same_as_run("checkpoint", "task"),
        "mode": _HOW["mode"],
        "head": _HOW["head"],
        "method": _HOW["method"],
        "post": _POST,
        **same_as_run("seed"),
        "gold": "Class in the data.",
        "predicted": "Class that was predicted.",
        "examples": "Number of examples; combinations without examples have no row.",
        **same_as_run("run_id"),
    },
    f"""
    SELECT r.checkpoint, r.task, r.mode, r.head, r.method, {_POST_OF_SCORE} AS post, r.seed,
        json_extract_string(s.variant, '$.gold') AS gold,
        json_extract_string(s.variant, '$.predicted') AS predicted,
        CAST(s.value AS BIGINT) AS examples, r.run_id
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE s.metric = 'confusion'
    """,  # noqa: S608 - no input goes in
)

VIEWS = (CLUE_RUNS, CLUE_SCORES, CLUE_MEANS, CLUE_AGAINST_FLOORS, CLUE_CLASSES, CLUE_CONFUSIONS)
