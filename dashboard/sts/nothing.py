"""Say how to fill a tab that has nothing to show."""

from __future__ import annotations

from dashboard import safe_html

_PLAN = """\
# my-plan.yaml
name: my-plan
checkpoints:
  - {{name: all-MiniLM-L6-v2, source: "hf://sentence-transformers/all-MiniLM-L6-v2@main"}}
evaluations:
  - evaluator: sts
    tasks: [{tasks}]
    {line}
"""


def nothing(sentence: str, line: str = "", tasks: str = "STSBenchmark") -> None:
    """Show a sentence, a plan that fills the tab, and the command that runs it.

    Args:
        sentence: What there is not, ending with a colon.
        line: The key of the plan that matters.
        tasks: The tasks of the plan.
    """
    safe_html.note("info", sentence)
    safe_html.code(_PLAN.format(tasks=tasks, line=line).rstrip() + "\n", language="yaml")
    safe_html.code("rankcheck run my-plan.yaml")
