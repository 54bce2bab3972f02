"""Query the means, paired differences and gradients of the batch sweep page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_CHOICES = """
    SELECT bench, metric, min(data) AS data, min(augmentation) AS augmentation,
        count(DISTINCT batch) AS batches, max(seeds) AS seeds
    FROM batch_sweep WHERE batch IS NOT NULL AND seed IS NULL
    GROUP BY bench, metric ORDER BY bench, metric
"""

_MEANS = """
    SELECT arm, loss, dtype, batch, value, ci_low, ci_high, seeds, raw, random
    FROM batch_sweep
    WHERE bench = :bench AND metric = :metric AND seed IS NULL AND batch IS NOT NULL
    ORDER BY arm, batch
"""

_SEEDS = """
    SELECT arm, batch, seed, value, finished_at, run_id FROM batch_sweep_seeds
    WHERE bench = :bench AND metric = :metric
    ORDER BY arm, batch, seed
"""

_DIFFERENCES = """
    SELECT arm, base, batch, difference, ci_low, ci_high, seeds, arm_mean, base_mean
    FROM batch_sweep_differences
    WHERE bench = :bench AND metric = :metric
    ORDER BY base, arm, batch
"""

_ACCUMULATION = """
    SELECT way, batch, chunk, temperature, avg(relative_error) AS relative_error,
        min(relative_error) AS smallest, max(relative_error) AS largest, avg(cosine) AS cosine,
        count(*) AS seeds
    FROM gradient_accumulation
    GROUP BY way, batch, chunk, temperature
    ORDER BY batch, chunk, temperature, relative_error
"""


def choices(connection: Connection) -> pd.DataFrame:
    """Return each bench with each of its metrics."""
    return frame(connection, _CHOICES)


def means(connection: Connection, bench: str, metric: str) -> pd.DataFrame:
    """Return the mean over seeds of each arm and batch size, with the baselines."""
    return frame(connection, _MEANS, bench=bench, metric=metric)


def seeds(connection: Connection, bench: str, metric: str) -> pd.DataFrame:
    """Return the number of each network."""
    return frame(connection, _SEEDS, bench=bench, metric=metric)


def differences(connection: Connection, bench: str, metric: str) -> pd.DataFrame:
    """Return differences of each arm from other arms and baselines, paired by seed."""
    return frame(connection, _DIFFERENCES, bench=bench, metric=metric)


def accumulation(connection: Connection) -> pd.DataFrame:
    """Return the relative errors of gradients accumulated over chunks, over seeds."""
    return frame(connection, _ACCUMULATION)
