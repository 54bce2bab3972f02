"""Views of the CLUE tasks: scores with what was trained and how, classes, confusions."""

from __future__ import annotations

from db.tables.scores import scores
from db.views.runs import NAMED_RUNS
from db.views.view import View, described


def _run(*names: str) -> dict[str, str]:
    return {name: NAMED_RUNS.columns[name] for name in names}


_HOW = {
    "family": "classification, choice, span or entity.",
    "split": "Split that was scored.",
    "trained_on": "Task and split of the training set; empty where nothing is learned.",
    "transfer": "Whether it was trained on another task than the one that is scored.",
    "mode": "finetune, probe (frozen encoder), cosine, or a floor: tfidf, constant.",
    "head": "What sits on the encoder; empty where there is none.",
    "method": "How it was trained: plain, r-drop and the like, with its options.",
    "selection": "How the epoch was chosen: held-out, as-published (on the scored split), last.",
}
_POST = "What was done to the predictions afterwards: none, can."

# A name and its options stand in a mapping, or the name alone.
_NAME = """coalesce(json_extract_string(parameters, '$.{0}.name'),
            json_extract_string(parameters, '$.{0}'), '')"""

CLUE_RUNS = View(
    "clue_runs",
    "The runs of CLUE tasks that count, with their parameters as columns.",
    {
        **_run("checkpoint", "checkpoint_digest", "task"),
        **_HOW,
        "max_train": "How many training examples were drawn at most; NULL is all.",
        "epochs": "How often each was seen, at most; NULL where nothing is trained by epochs.",
        **_run("seed", "dtype", "dataset_digest", "seconds", "finished_at", "run_id"),
    },
    f"""
    SELECT checkpoint, checkpoint_digest, task,
        json_extract_string(parameters, '$.family') AS family,
        json_extract_string(parameters, '$.split') AS split,
        coalesce(json_extract_string(parameters, '$.trained_on'), '') AS trained_on,
        coalesce(split_part(json_extract_string(parameters, '$.trained_on'), '/', 1)
            NOT IN ('', task), false) AS transfer,
        json_extract_string(parameters, '$.mode') AS mode,
        {_NAME.format("head")} AS head,
        CASE WHEN json_type(parameters, '$.method') = 'OBJECT'
            THEN CAST(json_extract(parameters, '$.method') AS VARCHAR)
            ELSE coalesce(json_extract_string(parameters, '$.method'), '') END AS method,
        coalesce(json_extract_string(parameters, '$.selection'), '') AS selection,
        TRY_CAST(json_extract_string(parameters, '$.max_train') AS BIGINT) AS max_train,
        TRY_CAST(json_extract_string(parameters, '$.epochs') AS INTEGER) AS epochs,
        seed, dtype, dataset_digest, seconds, finished_at, run_id
    FROM latest_runs WHERE evaluator = 'clue'
    """,  # noqa: S608 - no input goes in
)

CLUE_SCORES = View(
    "clue_scores",
    "Metrics of the CLUE tasks: one row for each run, metric and post-processing.",
    {
        **_run("checkpoint", "checkpoint_digest", "task"),
        **{name: _HOW[name] for name in list(_HOW)[:-1]},
        "post": _POST,
        **_run("seed"),
        "metric": "accuracy, f1 (of the positive class), macro_f1, em_f1, em, entity_f1 …",
        "value": "The number, in 0 to 1.",
        "ci_low": "Lower end of its 95% interval over examples (bootstrap).",
        "ci_high": "Upper end.",
        **described(scores, "n"),
        **_run("run_id"),
        **{name: CLUE_RUNS.columns[name] for name in ("selection", "max_train", "epochs")},
        **_run("dtype", "dataset_digest", "finished_at"),
    },
    """
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.family, r.split, r.trained_on,
        r.transfer, r.mode, r.head, r.method,
        coalesce(json_extract_string(s.variant, '$.post'), 'none') AS post,
        r.seed, s.metric, s.value, s.ci_low, s.ci_high, s.n, r.run_id,
        r.selection, r.max_train, r.epochs, r.dtype, r.dataset_digest, r.finished_at
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE s.metric <> 'confusion' AND NOT starts_with(s.metric, 'class_')
    """,
)

CLUE_CLASSES = View(
    "clue_classes",
    "Precision, recall and F1 of every class or entity type of a run.",
    {
        **_run("checkpoint", "task"),
        "mode": _HOW["mode"],
        "head": _HOW["head"],
        "method": _HOW["method"],
        **_run("seed"),
        "class": "The class, or the type of entity.",
        "precision": "Share of what was named so that is so.",
        "recall": "Share of what is so that was named so.",
        "f1": "Their harmonic mean; 0 where nothing is right.",
        "gold": "How many there are.",
        **_run("run_id"),
    },
    """
    SELECT r.checkpoint, r.task, r.mode, r.head, r.method, r.seed,
        json_extract_string(s.variant, '$.class') AS "class",
        max(s.value) FILTER (WHERE s.metric = 'class_precision') AS precision,
        max(s.value) FILTER (WHERE s.metric = 'class_recall') AS recall,
        max(s.value) FILTER (WHERE s.metric = 'class_f1') AS f1,
        max(s.n) AS gold, r.run_id
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE starts_with(s.metric, 'class_')
    GROUP BY ALL
    """,
)

CLUE_CONFUSIONS = View(
    "clue_confusions",
    "Which class was taken for which, in how many examples of a run.",
    {
        **_run("checkpoint", "task"),
        "mode": _HOW["mode"],
        "head": _HOW["head"],
        "method": _HOW["method"],
        **_run("seed"),
        "gold": "What it is.",
        "predicted": "What it was taken for; the same where it is right.",
        "examples": "How many; pairs that never happen have no row.",
        **_run("run_id"),
    },
    """
    SELECT r.checkpoint, r.task, r.mode, r.head, r.method, r.seed,
        json_extract_string(s.variant, '$.gold') AS gold,
        json_extract_string(s.variant, '$.predicted') AS predicted,
        CAST(s.value AS BIGINT) AS examples, r.run_id
    FROM clue_runs AS r JOIN scores AS s ON s.run_id = r.run_id
    WHERE s.metric = 'confusion'
    """,
)

VIEWS = (CLUE_RUNS, CLUE_SCORES, CLUE_CLASSES, CLUE_CONFUSIONS)
