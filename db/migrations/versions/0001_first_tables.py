"""The first tables.

Revision: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _table(name: str, *columns: tuple[str, sa.types.TypeEngine[Any], bool]) -> None:
    op.create_table(name, *(sa.Column(c, kind, nullable=null) for c, kind, null in columns))


TEXT, INTEGER, BIGINT = sa.Text(), sa.Integer(), sa.BigInteger()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN, TIMESTAMP = sa.Boolean(), sa.DateTime()
DOUBLES: sa.ARRAY[float] = sa.ARRAY(DOUBLE)
REQUIRED, OPTIONAL = False, True


def upgrade() -> None:
    """Make every table."""
    _table(
        "checkpoints",
        ("checkpoint_id", TEXT, REQUIRED),
        ("checkpoint_digest", TEXT, REQUIRED),
        ("name", TEXT, REQUIRED),
        ("source", TEXT, REQUIRED),
        ("requested_revision", TEXT, OPTIONAL),
        ("resolved_revision", TEXT, OPTIONAL),
        ("weights_sha256", TEXT, OPTIONAL),
        ("bytes", BIGINT, OPTIONAL),
        ("fallback_used", BOOLEAN, REQUIRED),
        ("recorded_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "claims",
        ("claim_id", TEXT, REQUIRED),
        ("claim", TEXT, REQUIRED),
        ("sentence", TEXT, REQUIRED),
        ("source", TEXT, REQUIRED),
        ("decision_rule", TEXT, REQUIRED),
        ("evaluator", TEXT, OPTIONAL),
        ("recorded_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "datasets",
        ("dataset_id", TEXT, REQUIRED),
        ("dataset_digest", TEXT, REQUIRED),
        ("task", TEXT, REQUIRED),
        ("language", TEXT, OPTIONAL),
        ("hub_id", TEXT, OPTIONAL),
        ("revision", TEXT, OPTIONAL),
        ("config", TEXT, OPTIONAL),
        ("split", TEXT, OPTIONAL),
        ("source", TEXT, OPTIONAL),
        ("row_count", BIGINT, OPTIONAL),
        ("licence", TEXT, OPTIONAL),
        ("citation", TEXT, OPTIONAL),
        ("recorded_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "dictionary",
        ("object", TEXT, REQUIRED),
        ("column", TEXT, REQUIRED),
        ("kind", TEXT, REQUIRED),
        ("text", TEXT, REQUIRED),
    )
    _table(
        "fact_imports",
        ("name", TEXT, REQUIRED),
        ("digest", TEXT, REQUIRED),
        ("imported_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "leaderboard_cells",
        ("board_id", TEXT, REQUIRED),
        ("model_position", INTEGER, REQUIRED),
        ("column_position", INTEGER, REQUIRED),
        ("value", DOUBLE, REQUIRED),
        ("source", TEXT, OPTIONAL),
        ("suspect", BOOLEAN, REQUIRED),
        ("suspect_reason", TEXT, OPTIONAL),
    )
    _table(
        "leaderboard_columns",
        ("board_id", TEXT, REQUIRED),
        ("position", INTEGER, REQUIRED),
        ("column_name", TEXT, REQUIRED),
        ("task", TEXT, REQUIRED),
        ("metric", TEXT, REQUIRED),
        ("role", TEXT, REQUIRED),
        ("split_of", TEXT, OPTIONAL),
        ("unit_max", DOUBLE, OPTIONAL),
        ("higher_is_better", BOOLEAN, REQUIRED),
    )
    _table(
        "leaderboard_ranks",
        ("ranking_id", TEXT, REQUIRED),
        ("ranking_digest", TEXT, REQUIRED),
        ("ranked_at", TIMESTAMP, REQUIRED),
        ("board_id", TEXT, REQUIRED),
        ("treatment", TEXT, REQUIRED),
        ("mean", TEXT, REQUIRED),
        ("p", DOUBLE, REQUIRED),
        ("model_position", INTEGER, REQUIRED),
        ("score", DOUBLE, OPTIONAL),
        ("rank", INTEGER, OPTIONAL),
        ("left_out_reason", TEXT, OPTIONAL),
        ("flags", TEXT, OPTIONAL),
    )
    _table(
        "leaderboard_rows",
        ("board_id", TEXT, REQUIRED),
        ("position", INTEGER, REQUIRED),
        ("model", TEXT, REQUIRED),
        ("submitted_by", TEXT, OPTIONAL),
        ("is_human", BOOLEAN, REQUIRED),
        ("published_score", DOUBLE, OPTIONAL),
        ("source", TEXT, OPTIONAL),
    )
    _table(
        "leaderboards",
        ("board_id", TEXT, REQUIRED),
        ("board", TEXT, REQUIRED),
        ("snapshot", TEXT, REQUIRED),
        ("title", TEXT, OPTIONAL),
        ("source", TEXT, REQUIRED),
        ("retrieved", TEXT, OPTIONAL),
        ("licence", TEXT, OPTIONAL),
        ("notes", TEXT, OPTIONAL),
        ("content_digest", TEXT, REQUIRED),
        ("imported_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "published_scores",
        ("collection", TEXT, REQUIRED),
        ("batch_id", TEXT, REQUIRED),
        ("batch_digest", TEXT, REQUIRED),
        ("imported_at", TIMESTAMP, REQUIRED),
        ("model", TEXT, REQUIRED),
        ("weights_sha256", TEXT, OPTIONAL),
        ("revision", TEXT, OPTIONAL),
        ("task", TEXT, REQUIRED),
        ("split", TEXT, OPTIONAL),
        ("metric", TEXT, REQUIRED),
        ("pooling", TEXT, REQUIRED),
        ("whitening", TEXT, REQUIRED),
        ("k", INTEGER, OPTIONAL),
        ("aggregate", TEXT, REQUIRED),
        ("value", DOUBLE, REQUIRED),
        ("unit_max", DOUBLE, REQUIRED),
        ("source", TEXT, REQUIRED),
        ("retrieved", TEXT, OPTIONAL),
        ("licence", TEXT, OPTIONAL),
        ("notes", TEXT, OPTIONAL),
    )
    _table(
        "runs",
        ("run_id", TEXT, REQUIRED),
        ("job_key", TEXT, REQUIRED),
        ("generation", INTEGER, REQUIRED),
        ("night_id", TEXT, REQUIRED),
        ("evaluator", TEXT, REQUIRED),
        ("evaluator_version", TEXT, REQUIRED),
        ("task", TEXT, REQUIRED),
        ("checkpoint_digest", TEXT, REQUIRED),
        ("dataset_digest", TEXT, REQUIRED),
        ("parameters", TEXT, REQUIRED),
        ("seed", BIGINT, REQUIRED),
        ("dtype", TEXT, REQUIRED),
        ("status", TEXT, REQUIRED),
        ("started_at", TIMESTAMP, REQUIRED),
        ("finished_at", TIMESTAMP, REQUIRED),
        ("committed_at", TIMESTAMP, REQUIRED),
        ("seconds", DOUBLE, REQUIRED),
        ("system_id", TEXT, OPTIONAL),
        ("checkpoint_id", TEXT, OPTIONAL),
        ("environment", TEXT, OPTIONAL),
        ("code_commit", TEXT, OPTIONAL),
        ("code_dirty", BOOLEAN, OPTIONAL),
        ("prefect_flow_run_id", TEXT, OPTIONAL),
        ("device", TEXT, OPTIONAL),
        ("cost", TEXT, OPTIONAL),
        ("error_type", TEXT, OPTIONAL),
        ("error_text", TEXT, OPTIONAL),
        ("is_canary", BOOLEAN, REQUIRED),
    )
    _table(
        "score_curves",
        ("run_id", TEXT, REQUIRED),
        ("metric", TEXT, REQUIRED),
        ("axis", TEXT, REQUIRED),
        ("start", INTEGER, REQUIRED),
        ("values", DOUBLES, REQUIRED),
        ("variant", TEXT, REQUIRED),
    )
    _table(
        "scores",
        ("run_id", TEXT, REQUIRED),
        ("metric", TEXT, REQUIRED),
        ("variant", TEXT, REQUIRED),
        ("value", DOUBLE, REQUIRED),
        ("ci_low", DOUBLE, OPTIONAL),
        ("ci_high", DOUBLE, OPTIONAL),
        ("n", BIGINT, REQUIRED),
        ("k", INTEGER, OPTIONAL),
        ("aggregate", TEXT, OPTIONAL),
        ("subset", TEXT, OPTIONAL),
    )
    _table(
        "systems",
        ("system_id", TEXT, REQUIRED),
        ("host", TEXT, OPTIONAL),
        ("libraries", TEXT, REQUIRED),
        ("machine", TEXT, REQUIRED),
        ("accelerators", TEXT, REQUIRED),
        ("recorded_at", TIMESTAMP, REQUIRED),
    )
    _table(
        "verdicts",
        ("verdict_id", TEXT, REQUIRED),
        ("claim", TEXT, REQUIRED),
        ("claim_id", TEXT, OPTIONAL),
        ("decided_at", TIMESTAMP, REQUIRED),
        ("verdict", TEXT, REQUIRED),
        ("statistic", DOUBLE, OPTIONAL),
        ("ci_low", DOUBLE, OPTIONAL),
        ("ci_high", DOUBLE, OPTIONAL),
        ("threshold", DOUBLE, OPTIONAL),
        ("board", TEXT, OPTIONAL),
        ("snapshot", TEXT, OPTIONAL),
        ("treatment", TEXT, OPTIONAL),
        ("run_id", TEXT, OPTIONAL),
        ("night_id", TEXT, OPTIONAL),
        ("detail", TEXT, OPTIONAL),
    )
