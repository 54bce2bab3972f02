"""The data of a plan run's report: its numbers as rows, in words, and the digests behind them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import formatting
from dashboard.language import nt, t
from dashboard.queries.frame import records
from evaluators.digest import sha256_json

_TOLD = 3
"""How many metrics of a job the page writes out; the data have all."""


def told_apart(jobs: pd.DataFrame) -> list[str]:
    """Return what tells the jobs of one evaluator apart: the parameters in which they differ."""
    labels = dict.fromkeys(jobs.index, "")
    for _, own in jobs.groupby("evaluator", sort=False):
        labels.update(zip(own.index, formatting.told_apart(list(own.parameters)), strict=True))
    return list(labels.values())


def subject_of(job: Any) -> str:
    """Return what a job is about: its checkpoint, task and evaluator."""
    # An input that was unavailable is a job of no checkpoint: its parameters name it.
    checkpoint = job.checkpoint or formatting.plain_json(job.parameters).get("checkpoint")
    return " · ".join(str(part) for part in (checkpoint, job.task, job.evaluator) if part)


def numbers_in_words(jobs: pd.DataFrame, numbers: pd.DataFrame) -> list[str]:
    """Return the first headline metrics of each job, or that it failed.

    A metric with several numbers, of seeds or settings inside the job, is told as their range.
    """
    headline = dict(iter(numbers[numbers.headline].groupby("run_id")))
    said = []
    for row in records(jobs):
        own = headline.get(row.run_id)
        if own is None:
            said.append(t("failed") if row.status == "failed" else t("no number"))
            continue
        metrics = list(own.groupby("metric", sort=False))
        parts = [_metric(str(name), of_metric) for name, of_metric in metrics[:_TOLD]]
        more = len(metrics) - len(parts)
        if more:
            parts.append(nt("{count:,} more metric", "{count:,} more metrics", more))
        said.append(t("; ").join(parts))
    return said


def _metric(name: str, rows: pd.DataFrame) -> str:
    by = formatting.times(name)
    label = f"{name} ×100" if by == 100 else name
    if len(rows) > 1:
        known = (by * rows.value.astype(float)).dropna()
        if known.empty:
            return label
        return t(
            "{metric} {low} to {high} ({count} numbers)",
            metric=label,
            low=formatting.figure(known.min(), 3),
            high=formatting.figure(known.max(), 3),
            count=len(rows),
        )
    first = rows.iloc[0]
    given = [
        None if formatting.is_missing(x) else by * x for x in first[["value", "ci_low", "ci_high"]]
    ]
    value, low, high = formatting.measured(*given)
    return f"{label} {value} ({low} … {high})" if low else f"{label} {value}"


_JOB = [
    *("evaluator", "evaluator_version", "task", "checkpoint", "seed", "dtype", "status"),
    *("error_type", "error_text", "seconds", "job_key"),
]
_NUMBER = ["metric", "variant", "k", "aggregate", "subset", "value", "ci_low", "ci_high", "n"]


def data_of(jobs: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every number; a job without one has a row too, with its error."""
    own = jobs[["run_id", *_JOB]].assign(what=told_apart(jobs), place=range(len(jobs)))
    rows = own.merge(numbers[["run_id", *_NUMBER]], on="run_id", how="left", sort=False)
    # The order within a run is that of the query.
    rows = rows.sort_values("place", kind="stable", ignore_index=True)
    kinds = {
        **dict.fromkeys(("k", "n", "seed"), "Int64"),
        **dict.fromkeys(("value", "ci_low", "ci_high", "seconds"), "Float64"),
        **dict.fromkeys((*_JOB[:4], "dtype", *_JOB[6:9], "metric", "variant"), "object"),
    }
    return rows[[*_JOB[:6], "what", *_NUMBER, *_JOB[6:]]].astype(kinds)


def digests_of(jobs: pd.DataFrame, systems: pd.DataFrame, rules: pd.DataFrame) -> dict[str, str]:
    """Return the digests of jobs, checkpoints, datasets, environments and rules of claims."""
    found = {"jobs": sha256_json(sorted(jobs.job_key))}
    for kind, name, digest in (
        ("checkpoint", "checkpoint", "checkpoint_digest"),
        ("dataset", "task", "dataset_digest"),
    ):
        known = jobs[[name, digest]].drop_duplicates().dropna()
        for row in records(known[known[digest] != ""].sort_values([name, digest])):
            label, value = f"{kind} {row[1]}", str(row[2])
            # Two contents can have one name: both are told.
            found[f"{label} ({value[:8]})" if label in found else label] = value
    for number, value in enumerate(systems.environment.dropna(), start=1):
        found[f"environment {number}" if number > 1 else "environment"] = str(value)
    for row in records(rules):
        found[f"rule of {row.claim}"] = str(row.claim_id)
    return found
