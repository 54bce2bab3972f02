"""Write the measurements as one Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.on_gpu.measured import Measured

_HEADS = ("what", "who", "seconds", "rate", "TFLOP/s", "share of a product", "memory", "note")


def markdown(rows: Sequence[Measured], problems: Sequence[str], machine: str, *, size: str) -> str:
    """Return the report.

    Args:
        rows: What was measured.
        problems: What failed, was late or missed its target.
        machine: What it was measured on, one fact a line.
        size: `full` or `toy`.
    """
    toy = "Toy sizes: this proves that everything runs, its numbers mean nothing.\n\n"
    lines = [f"| {' | '.join(_HEADS)} |", f"|{'---|' * len(_HEADS)}"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    failed = [f"- {problem}" for problem in problems] or ["- none"]
    return f"# On a GPU\n\n{toy if size == 'toy' else ''}```text\n{machine}\n```\n\n" + "\n".join(
        [*lines, "", "Problems:", "", *failed, ""]
    )


def _cells(row: Measured) -> list[str]:
    share = "" if row.share is None else f"{row.share:.0%}"
    if row.target is not None:
        share += f" (at least {row.target:.0%}{': missed' if row.missed else ''})"
    return [
        row.work,
        row.side,
        f"{row.seconds:.4g}",
        f"{row.rate:,.0f} {row.unit}/s",
        "" if row.operations is None else f"{row.operations / 1e12:.1f}",
        share,
        "" if row.peak_bytes is None else f"{row.peak_bytes / 2**30:.2f} GiB",
        row.note,
    ]
