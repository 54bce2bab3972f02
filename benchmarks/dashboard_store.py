"""A store as it is after some years: 1,000 runs with 10 million scores, boards of 400 models.

And 1,000 claims, each judged on a board every night of a month.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from db import open_store
from db.condensed import condense
from evaluators.averaging import Board, Column

if TYPE_CHECKING:
    from db import Store

MODELS, TASKS, WIDE = 400, 130, 12  # of the widest boards, and how many of them
NIGHTS, CLAIMS = 30, 1_000  # the SQL below says 30 too
FIRST_NIGHT = datetime(2026, 1, 1, 2, tzinfo=UTC)
SNAPSHOTS = ("2024", "2025", "2026")

# Sentence similarity makes the most rows: its subsets at every width that was asked for.
_STS = """
    CREATE TEMP TABLE made AS
    SELECT i, 'run-' || i AS run_id,
        CASE WHEN i < 30 THEN 'canary' ELSE 'job-' || i END AS job_key,
        CASE WHEN i < 30 THEN i ELSE 0 END AS generation,
        'night-' || (i % 30) AS night_id, 'sts' AS evaluator,
        'task-' || printf('%02d', CASE WHEN i < 30 THEN 0 ELSE i // 24 % 12 END) AS task,
        'org/model-' || printf('%02d', CASE WHEN i < 30 THEN 0 ELSE i % 24 END) AS name,
        CASE WHEN i < 30 THEN '{"pooling":"native","whitening":"none"}'
            ELSE '{"pooling":"' || ['native', 'cls', 'first-last'][1 + i // 288 % 3]
                || '","whitening":"' || ['none', 'target'][1 + i % 2] || '"}' END AS parameters,
        i < 30 AS is_canary, i % 97 = 50 AS failed
    FROM range(860) AS t(i)
"""
_SWEEP = """
    INSERT INTO made SELECT 860 + i, 'sweep-' || i, 'sweep-' || i, 0, 'night-' || (i % 30),
        'batch_sweep', 'digits', '',
        '{"arm":"' || arm || '","loss":"' || split_part(arm, '/', 1) || '","dtype":"'
            || split_part(arm, '/', 2) || '","batch":' || batch || ',"data":"digits",'
            || '"augmentation":"' || augmentation
            || '","temperature":0.1,"epochs":20,"rate":0.001}', false, false
    FROM (
        SELECT row_number() OVER (ORDER BY arm, batch, augmentation) - 1 AS i, *
        FROM (SELECT unnest(['infonce/float32', 'infonce/float16', 'flatnce/float32',
            'flatnce/float16', 'dcl/float32']) AS arm),
            (SELECT unnest([4, 16, 64, 256, 1024, 4096]) AS batch),
            (SELECT unnest(['weak', 'ordinary']) AS augmentation)
    )
"""
_OTHERS = """
    INSERT INTO made
    SELECT 920 + i, 'dimension-' || i, 'dimension-' || i, 0, 'night-' || (i % 30),
        'dimension_retrieval', 'retrieval', '',
        '{"items":' || (100 * (i + 1)) || ',"setting":"rho ' || (i % 4) || '"}', false, false
    FROM range(40) AS t(i)
    UNION ALL
    SELECT 960 + i, 'clue-' || i, 'clue-' || i, 0, 'night-' || (i % 30), 'clue', task,
        CASE WHEN mode IN ('constant', 'tfidf') THEN '' ELSE 'org/model-00' END,
        '{"family":"classification","split":"validation","trained_on":"' || task
            || '/train","mode":"' || mode || '","head":"linear","method":"' || method
            || '","selection":"held-out","epochs":3}', false, false
    FROM (
        SELECT i, ['tnews', 'afqmc', 'iflytek', 'ocnli'][1 + i % 4] AS task,
            ['constant', 'tfidf', 'probe', 'finetune'][least(4, 1 + i // 4)] AS mode,
            ['plain', 'plain', 'plain', 'plain', 'r-drop', 'child-tuning-f', 'child-tuning-d',
                'fgm', 'ema', 'swa'][1 + i // 4] AS method
        FROM range(40) AS t(i)
    )
"""
_RUNS = """
    INSERT INTO runs BY NAME
    SELECT run_id, job_key, generation, night_id, evaluator, '1' AS evaluator_version, task,
        CASE WHEN name = '' THEN '' ELSE 'digest of ' || name END AS checkpoint_digest,
        'digest of ' || task AS dataset_digest, parameters, 0 AS seed, 'float32' AS dtype,
        CASE WHEN failed THEN 'failed' ELSE 'finished' END AS status,
        started_at, started_at + INTERVAL 75 SECOND AS finished_at,
        started_at + INTERVAL 76 SECOND AS committed_at, 75.0 AS seconds,
        'system-1' AS system_id, CASE WHEN name = '' THEN NULL ELSE 'id of ' || name END
            AS checkpoint_id,
        'env-' || (i % 3) AS environment, '0123456789abcdef' AS code_commit,
        false AS code_dirty, 'cpu' AS device,
        '{"peak_memory_bytes":925200000,"encoded":40000,"encode_seconds":61.5}' AS cost,
        CASE WHEN failed THEN 'DatasetError' END AS error_type,
        CASE WHEN failed THEN 'row 17 has no score; get it again' END AS error_text, is_canary
    FROM (SELECT *, TIMESTAMP '2026-01-01 02:00:00' + to_days(CAST(split_part(night_id, '-', 2)
        AS INTEGER)) + to_seconds(i * 80) AS started_at FROM made)
"""
_STS_SCORES = """
    INSERT INTO scores BY NAME
    SELECT run_id, metric,
        '{"aggregate":"' || aggregate || '","k":' || k || CASE WHEN subset IS NULL THEN ''
            ELSE ',"subset":"' || subset || '"' END || '}' AS variant,
        value, CASE WHEN aggregate = 'all' THEN value - 0.02 END AS ci_low,
        CASE WHEN aggregate = 'all' THEN value + 0.02 END AS ci_high, 1500 AS n, k, aggregate,
        subset
    FROM (
        SELECT m.run_id, metric, k, CASE part WHEN 0 THEN 'all' WHEN 1 THEN 'mean'
                WHEN 2 THEN 'wmean' ELSE 'subset' END AS aggregate,
            CASE WHEN part > 2 THEN 'subset-' || part END AS subset,
            0.3 + 0.4 * k / 384 + (hash(m.run_id || metric || part) % 1000) / 5000 AS value
        FROM made AS m, (SELECT unnest(['spearman', 'pearson']) AS metric),
            (SELECT unnest([4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128,
                160, 192, 224, 256, 272, 288, 304, 320, 336, 352, 384]) AS k),
            range(210) AS parts(part)
        WHERE evaluator = 'sts' AND NOT failed
    )
"""
_OTHER_SCORES = """
    INSERT INTO scores BY NAME
    SELECT run_id, metric, '{"seed":' || seed || '}' AS variant,
        0.5 + (hash(run_id || metric || seed) % 1000) / 2500 AS value, 300 AS n
    FROM made, (SELECT unnest(['few5', 'full', 'neighbours', 'alignment', 'gradient_error',
        'information']) AS metric), range(7) AS seeds(seed)
    WHERE evaluator = 'batch_sweep'
    UNION ALL
    SELECT run_id, 'n_star', '{"criterion":"recall 0.5"}', 40 + i / 100, 16 FROM made
    WHERE evaluator = 'dimension_retrieval'
"""
_CLUE_SCORES = """
    INSERT INTO scores BY NAME
    SELECT run_id, metric, '{"post":"none"}' AS variant, value, value - 0.02 AS ci_low,
        value + 0.02 AS ci_high, 1000 AS n
    FROM (SELECT run_id, unnest(['accuracy', 'macro_f1']) AS metric, 0.6 + i / 4000 AS value
        FROM made WHERE evaluator = 'clue')
"""
_CURVES = """
    INSERT INTO score_curves BY NAME
    SELECT run_id, 'spearman' AS metric, 'k' AS axis, 1 AS start, '{"aggregate":"all"}' AS variant,
        list_transform(range(1, 385), lambda k: 0.3 + 0.4 * k / 384) AS "values"
    FROM made WHERE evaluator = 'sts' AND NOT failed
    UNION ALL
    SELECT run_id, unnest(['n', 'recall@1']), 'point', 1, '{}', [8.0, 16.0, 32.0, 64.0] FROM made
    WHERE evaluator = 'dimension_retrieval'
"""
_NAMES = """
    INSERT INTO checkpoints BY NAME
    SELECT DISTINCT 'id of ' || name AS checkpoint_id, 'digest of ' || name AS checkpoint_digest,
        name, 'hf://' || name || '@main' AS source, 91567913 AS bytes, false AS fallback_used,
        TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
    FROM made WHERE name <> ''
"""
_DATA = """
    INSERT INTO datasets BY NAME
    SELECT DISTINCT 'id of ' || task AS dataset_id, 'digest of ' || task AS dataset_digest, task,
        CASE WHEN task IN ('tnews', 'afqmc', 'iflytek', 'ocnli') THEN 'zh' ELSE 'en' END
            AS language,
        'test' AS split, 1500 AS row_count, TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
    FROM made
"""
_SYSTEM = """
    INSERT INTO systems BY NAME
    SELECT 'system-1' AS system_id, '{"torch":"2.13.0"}' AS libraries, '{}' AS machine,
        '[]' AS accelerators, TIMESTAMP '2026-01-01 02:00:00' AS recorded_at
"""


def fill(url: str) -> Store:
    """Make the store and fill it; return it.

    Args:
        url: Of a store that does not exist yet.
    """
    store = open_store(url)
    store.upgrade()
    with store.write() as connection:
        for sql in (_STS, _SWEEP, _OTHERS, _SYSTEM, _NAMES, _DATA, _RUNS):
            connection.exec_driver_sql(sql)
        for sql in (_STS_SCORES, _OTHER_SCORES, _CLUE_SCORES, _CURVES):
            connection.exec_driver_sql(sql)
        condense(connection)
    _boards(store)
    _verdicts(store)
    return store


def _boards(store: Store) -> None:
    from db.leaderboards import write_ranked_board
    from flows.boards.leaderboards import rankings_of, store_leaderboards
    from flows.boards.stored import board_rows

    for i, tasks in enumerate((8, 20, 56)):
        for snapshot in SNAPSHOTS:
            board = made_board(f"large-{i}", snapshot, tasks)
            write_ranked_board(store, board_rows(board), rankings_of(board, ""))
    for i in range(WIDE):
        board = made_board(f"wide-{i:02d}", SNAPSHOTS[-1], TASKS)
        write_ranked_board(store, board_rows(board), rankings_of(board, ""))
    store_leaderboards(store, ["superglue", "glue", "mteb-classic-en"])


def made_board(name: str, snapshot: str, tasks: int) -> Board:
    """Return a board of 400 models, a tenth of them with gaps, the last one human."""
    rng = np.random.default_rng([len(name), tasks, int(snapshot)])
    level = rng.normal(60, 12, (MODELS, 1))
    values = np.clip(level + rng.normal(0, 8, (MODELS, tasks)), 1, 99).round(1)
    values[rng.random(MODELS) < 0.1, 0] = np.nan
    return Board(
        name=name,
        snapshot=snapshot,
        models=tuple(f"org-{i % 40}/model-{i}" for i in range(MODELS)),
        columns=tuple(Column(f"task-{j}", f"task-{j}") for j in range(tasks)),
        values=values,
        is_human=tuple(i == MODELS - 1 for i in range(MODELS)),
    )


def _verdicts(store: Store) -> None:
    from db.claims import write_verdicts
    from db.rows import ClaimRow, VerdictRow

    said = ("holds", "refuted", "inconclusive", "not testable here")
    write_verdicts(
        store,
        [
            VerdictRow(
                f"v-{night}-{claim}-{board}",
                f"claim-{claim:03d}",
                FIRST_NIGHT + timedelta(days=night),
                said[(claim + board) % len(said)],
                statistic=0.5 + claim / 100 + night / 1000,
                ci_low=0.4,
                ci_high=0.9,
                threshold=0.5,
                board=f"large-{board}",
                snapshot=SNAPSHOTS[-1],
                treatment="per-task",
                night_id=f"night-{night}",
                detail="as measured that night",
            )
            for night in range(NIGHTS)
            for claim in range(CLAIMS)
            for board in (claim % 3,)
        ],
        [
            ClaimRow(f"claim-{i:03d}", f"Sentence {i} of a paper.", "a paper", "0 lies outside")
            for i in range(CLAIMS)
        ],
    )
