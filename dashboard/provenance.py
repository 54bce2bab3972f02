"""Show everything about one run: outcome, parameters, machine, cost, provenance."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import formatting, safe_html
from dashboard.language import mark, t
from dashboard.safe_html import prefect_run

_RATES = {
    "sentences": mark("{rate:,.0f} sentences/s"),
    "examples": mark("{rate:,.0f} examples/s"),
    "tokens": mark("{rate:,.0f} tokens/s"),
}
_RUN = (
    "run_id",
    "night_id",
    "job_key",
    "generation",
    "evaluator",
    "evaluator_version",
    "task",
    "split",
    "checkpoint",
    "seed",
    "dtype",
    "device",
    "code_commit",
    "code_dirty",
    "prefect_flow_run_id",
    "is_canary",
    "is_current",
)


def summary(run: dict[str, Any]) -> None:
    """Show the outcome of a run, its error first."""
    failed = run["status"] == "failed"
    if failed:
        safe_html.note(
            "error",
            safe_html.Html(
                safe_html.tag("strong", f"{run['error_type']}: ")
                + safe_html.text(run["error_text"])
            ),
        )
    cost = formatting.plain_json(run["cost"])
    safe_html.tiles(
        [
            (t("Outcome"), t(str(run["status"])), _standing(run)),
            (t("Took"), *_took(run)),
            (
                t("Peak memory"),
                formatting.size(cost.get("peak_memory_bytes") or cost.get("peak_bytes")),
                t("of the process until then; {device}", device=_device(run)),
            ),
            *_throughput(cost, run),
        ],
        ["error" if failed else "good", "plain", "plain", "plain"],
    )


def _took(run: dict[str, Any]) -> tuple[str, str]:
    """Return the time of a run; of several that share one forward pass, that of all of them."""
    if run["pass_runs"] > 1:
        return (
            formatting.duration(run["pass_seconds"]),
            t(
                "for all {runs} runs of its forward pass; started {when}",
                runs=run["pass_runs"],
                when=formatting.moment(run["started_at"]),
            ),
        )
    return formatting.duration(run["seconds"]), formatting.moment(run["started_at"])


def _throughput(cost: dict[str, Any], run: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the throughput, in the unit of the evaluator."""
    encoded, seconds = cost.get("encoded"), cost.get("encode_seconds")
    if encoded and seconds:
        remark = (
            t("{count:,} encoded by the whole pass", count=encoded)
            if run["pass_runs"] > 1
            else t("{count:,} encoded", count=encoded)
        )
        rate = t("{rate:,.0f} sentences/s", rate=encoded / seconds)
        return [(t("Throughput"), rate, remark)]
    for unit, words in _RATES.items():
        if found := cost.get(f"{unit}_per_second"):
            return [(t("Throughput"), t(words, rate=found), t("while training"))]
    return []


def prefect_link(run: dict[str, Any]) -> None:
    """Link to the run in Prefect, or say which setting makes the link possible."""
    flow_run_id = run["prefect_flow_run_id"]
    if formatting.is_missing(flow_run_id) or not flow_run_id:
        return
    address = prefect_run(str(flow_run_id))
    if address:
        safe_html.show(
            safe_html.tag("p", safe_html.link(t("This run in Prefect ↗"), address), css="rc-words")
        )
        return
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "Prefect flow run {run}. It becomes a link with PREFECT_API_URL set to"
                " the address of a permanent Prefect server.",
                run=flow_run_id,
            ),
            css="rc-words",
        )
    )


def details(parts: dict[str, dict[str, Any]]) -> None:
    """Show parameters, cost and provenance, each in an expander."""
    run = parts["run"]
    folds = {
        t("Parameters"): formatting.plain_json(run["parameters"]),
        t("Identity"): {name: run[name] for name in _RUN},
        t("Checkpoint"): parts["checkpoint"] or {"checkpoint_digest": run["checkpoint_digest"]},
        t("Dataset"): parts["dataset"] or {"dataset_digest": run["dataset_digest"]},
        t("Cost"): formatting.plain_json(run["cost"]),
        **system(parts["system"]),
    }
    left, right = st.columns(2)
    for i, (title, pairs) in enumerate(folds.items()):
        with (left if i % 2 == 0 else right).expander(title, expanded=i < 2):
            lines = [(label.replace("_", " "), _shown(label, v)) for label, v in pairs.items()]
            recorded = [(label, value) for label, value in lines if value != ""]
            safe_html.facts(recorded or [("", t("not recorded"))])


def system(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the machine and the libraries of a run."""
    if not row:
        return {t("Machine"): {}}
    machine = {
        "host": row["host"],
        **formatting.plain_json(row["machine"]),
        **formatting.plain_json(row["accelerators"]),
        "fingerprint": row["system_id"],
    }
    return {t("Machine"): machine, t("Libraries"): formatting.plain_json(row["libraries"])}


def _shown(label: str, value: Any) -> str:
    if formatting.is_missing(value) if not isinstance(value, (list, dict)) else False:
        return ""
    if hasattr(value, "strftime"):
        return formatting.moment(value)
    if label == "bytes" or label.endswith("_bytes"):
        return t("{size} ({bytes:,} bytes)", size=formatting.size(float(value)), bytes=int(value))
    if label.endswith("seconds"):
        return formatting.duration(float(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value) or t("none")
    return str(value)


def _standing(run: dict[str, Any]) -> str:
    if run["status"] == "failed":
        return t("stored with its error; will run again")
    return t("current") if run["is_current"] else t("superseded by a newer run")


def _device(run: dict[str, Any]) -> str:
    parts = [run["device"], run["dtype"]]
    return ", ".join(part for part in parts if not formatting.is_missing(part) and part)
