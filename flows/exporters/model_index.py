"""A model card's `model-index`: a README.md for each model."""

from __future__ import annotations

from pathlib import Path

from flows.exporters._outgoing import (
    Outgoing,
    Row,
    folder_path,
    plain_number,
    write_text,
    yaml_text,
)


def write(outgoing: Outgoing, folder: Path) -> int:
    """Write a card for each model, with its results and the facts that a card has keys for.

    Args:
        outgoing: The board.
        folder: An empty folder.

    Raises:
        LeaderboardError: The name of a model is too long for a folder.
    """
    paths = [folder / folder_path(row.model) for row in outgoing.rows]
    for row, path in zip(outgoing.rows, paths, strict=True):
        write_text(path / "README.md", f"---\n{yaml_text(_index(row))}---\n")
    outgoing.note_facts("a model card", ("licence", "languages", "base_model", "parameters"))
    return len(paths)


def _index(row: Row) -> dict[str, object]:
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import eval_results_to_model_index

    results = [
        EvalResult(
            task_type="other",
            dataset_type=cell.task,
            dataset_name=cell.task,
            metric_type=cell.column.metric,
            metric_value=cell.value,
        )
        for cell in row.cells
    ]
    return {**_metadata(row), "model-index": eval_results_to_model_index(row.model, results)}


def _metadata(row: Row) -> dict[str, object]:
    """Return the facts that a card has keys for; one of several values is a list."""
    facts = {name: fact.value for name, fact in row.facts.items()}
    texts = {
        "license": facts.get("licence"),
        "base_model": facts.get("base_model"),
        "language": facts.get("languages"),
    }
    metadata: dict[str, object] = {
        key: text.split(", ") if ", " in text and key != "license" else text
        for key, text in texts.items()
        if isinstance(text, str)
    }
    if "base_model" in metadata and facts.get("adapter") == row.model:
        metadata["base_model_relation"] = "adapter"
    if isinstance(size := facts.get("parameters"), float):
        metadata["num_parameters"] = str(plain_number(size))
    return metadata
