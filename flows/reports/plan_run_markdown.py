"""A night as the Markdown that Prefect shows beside its flow run."""

from __future__ import annotations

from flows.outcomes import NightReport


def _inert(line: str) -> str:
    """Keep an error's text from being read as Markdown."""
    first = line.splitlines()[0] if line else ""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!" else c for c in first)


def _verdict_lines(report: NightReport, most: int = 20) -> list[str]:
    """Say which verdicts are new, those that say something first."""
    testable = [v for v in report.verdicts if v.verdict != "not testable here"]
    lines = [
        " ".join(part for part in (v.claim, v.board, v.snapshot, v.treatment) if part)
        + f": {v.verdict}"
        + (f" ({v.statistic:.4g})" if v.statistic is not None else "")
        for v in testable[:most]
    ]
    more = len(report.verdicts) - len(lines)
    return lines + ([f"and {more} more: rankcheck claims"] if more else [])


def markdown_summary(report: NightReport) -> str:
    """Return the artifact Prefect shows beside the flow run."""
    lines = [
        f"# {report.plan}",
        "",
        "| evaluated | restored | elsewhere | already done | failed |",
        "|---|---|---|---|---|",
        f"| {report.count('evaluated')} | {report.count('restored')} | {report.count('elsewhere')} "
        f"| {report.kept} | {len(report.failure_lines())} |",
        "",
    ]
    for title, found in (
        ("Failed", report.failure_lines()),
        ("Canaries", [drift.sentence() for drift in report.drifts]),
        ("New verdicts", _verdict_lines(report)),
    ):
        if found:
            lines += [f"## {title}", "", *(f"- {_inert(line)}" for line in found), ""]
    rows = [
        (outcome, score)
        for outcome in report.outcomes
        if outcome.result
        for score in outcome.result.scores
        if score.variant.get("aggregate") == "all"
    ]
    if rows:
        lines += [
            "## Scores",
            "",
            "| checkpoint | task | parameters | metric | value | 95% interval |",
            "|---|---|---|---|---|---|",
        ]
    for outcome, score in rows:
        job = outcome.item.job
        chosen = ", ".join(str(job.parameters.get(k, "")) for k in ("pooling", "whitening"))
        interval = f"{score.ci_low:.4f} … {score.ci_high:.4f}" if score.ci_low is not None else ""
        lines.append(
            f"| {outcome.item.subject} | {job.task} | {chosen} | {score.metric} "
            f"| {score.value:.4f} | {interval} |"
        )
    return "\n".join(lines)
