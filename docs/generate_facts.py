"""Write the facts about models into bundled boards: columns `fact.NAME`, languages of tasks.

    python docs/generate_facts.py mteb-eng-v2 RESULTS --benchmark "MTEB(eng, v2)" --official TABLE
    python docs/generate_facts.py openllm-v2 huggingface_v2_2025-01-23.csv.gz

RESULTS is the folder of MTEB's result files of that snapshot, TABLE its own summary table as CSV,
from which the share of zero-shot tasks is taken. Scores and rows stay as they are.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from evaluators.averaging import Board
from evaluators.model_facts.facts import FACTS, Fact
from flows import importers
from flows.boards.board_file import FACT_PREFIX, ROOT, find_board, read_board
from flows.importers._draft import ALL, Asked

LEFT_OUT = ("revision", "languages")
"""Long texts: the revision stands in the rows' sources already, where it is known."""


def official_shares(path: Path) -> dict[str, float]:
    """Return the share of zero-shot tasks of each model in MTEB's table; -1 is unknown there."""
    with path.open(encoding="utf-8", newline="") as file:
        shares = {row["Model"]: int(row["Zero-shot"]) for row in csv.DictReader(file)}
    return {model: share / 100 for model, share in shares.items() if share >= 0}


def fact_text(value: float | bool | str) -> str:
    """Return a value as a cell that is read again unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() else repr(value)


def write_facts(path: Path, facts: list[Mapping[str, Fact]]) -> None:
    """Rewrite a snapshot with a column for each fact that some row has."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    names = [n for n in FACTS if n not in LEFT_OUT and any(n in row for row in facts)]
    kept = [i for i, name in enumerate(header) if not name.startswith(FACT_PREFIX)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(header[i] for i in kept), *(f"{FACT_PREFIX}{name}" for name in names)])
    for cells, row in zip(lines, facts, strict=True):
        about = [fact_text(row[name].value) if name in row else "" for name in names]
        writer.writerow([*(cells[i] for i in kept), *about])
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def write_languages(path: Path, board: Board) -> None:
    """Add the languages of each column to its line in `board.yaml`."""
    text = path.read_text(encoding="utf-8")
    for column in board.columns:
        languages = ", ".join(column.languages)
        line = re.compile(
            rf'^(  - {{name: "{re.escape(column.name)}",.*?)(, languages: .*)?}}$', re.M
        )
        text = line.sub(rf"\1, languages: [{languages}]}}" if languages else r"\1}", text)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Read the source again, and add what it says of the models to the bundled board."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board")
    parser.add_argument("source", type=Path)
    parser.add_argument("--benchmark", default="")
    parser.add_argument("--official", type=Path)
    args = parser.parse_args()
    bundled = read_board(args.board)
    form = "mteb" if args.benchmark else "open-llm"
    options = {"benchmark": args.benchmark} if args.benchmark else {}
    asked = Asked(args.board, bundled.snapshot, repeated=(ALL,))
    board = importers.find(form).read(args.source, asked, **options).board
    if args.benchmark:
        by_model = dict(zip(board.models, board.facts, strict=True))
        facts = [dict(by_model[model]) for model in bundled.models]
    elif board.models == bundled.models:
        facts = [dict(row) for row in board.facts]
    else:
        raise SystemExit(f"{args.source} has other rows than the bundled board")
    if args.official:
        shares = official_shares(args.official)
        for model, row in zip(bundled.models, facts, strict=True):
            row.pop("zero_shot", None)
            if model in shares:
                row["zero_shot"] = Fact(shares[model])
    _, snapshot = find_board(args.board)
    write_facts(ROOT / args.board / f"{snapshot}.csv", list(facts))
    write_languages(ROOT / args.board / "board.yaml", board)


if __name__ == "__main__":
    main()
