"""The real command line, with a SIGKILL to itself at one named moment.

`python -m tests.flows.killable STAGE NUMBER -- run plan.yaml` dies at the NUMBER-th time it gets to
STAGE. Nothing of the product knows of it: the functions around the moment are wrapped from outside.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STAGES = (
    "after-pull",
    "after-expand",
    "before-evaluate",
    "inside-evaluate",
    "after-evaluate",
    "after-persist",
    "inside-transaction",
    "after-record",
    "before-summary",
)


def main(stage: str, number: int, arguments: list[str]) -> None:
    left = number

    def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(module: Any, name: str, *, before: bool) -> None:
        inner: Callable[..., Any] = getattr(module, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if before:
                die()
                return inner(*args, **kwargs)
            value = inner(*args, **kwargs)
            die()
            return value

        setattr(module, name, wrapped)

    if stage == "after-pull":
        from flows.runs import prepare

        around(prepare, "_pull_all", before=False)
    elif stage == "after-expand":
        from flows.runs import prepare

        around(prepare, "_drop_done", before=False)
    elif stage in ("before-evaluate", "inside-evaluate", "after-evaluate"):
        from evaluators.sts.session import Session

        name = "encode" if stage == "inside-evaluate" else "evaluate"
        around(Session, name, before=stage == "before-evaluate")
    elif stage == "after-persist":
        import prefect.results

        around(prefect.results.ResultStore, "persist_result_record", before=False)
    elif stage == "inside-transaction":
        import sqlalchemy.engine

        around(sqlalchemy.engine.RootTransaction, "commit", before=True)
    elif stage == "after-record":
        import flows.nightly

        around(flows.nightly, "record_result", before=False)
    elif stage == "before-summary":
        import flows.nightly

        around(flows.nightly, "create_markdown_artifact", before=True)
    else:
        raise SystemExit(f"no stage {stage!r}: {', '.join(STAGES)}")
    sys.argv = ["rankcheck", *arguments]
    from flows.cli import main as rankcheck

    rankcheck()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[4:])
