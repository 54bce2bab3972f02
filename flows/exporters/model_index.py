"""A model card's `model-index`: a README.md for each model."""

from __future__ import annotations

from pathlib import Path

from flows.exporters._outgoing import Outgoing, Row, folder_path, write_text, yaml_text


def write(outgoing: Outgoing, folder: Path) -> int:
    """Write a card for each model, with nothing but its results.

    Args:
        outgoing: The board.
        folder: An empty folder.

    Raises:
        LeaderboardError: The name of a model is too long for a folder.
    """
    paths = [folder / folder_path(row.model) for row in outgoing.rows]
    for row, path in zip(outgoing.rows, paths, strict=True):
        write_text(path / "README.md", f"---\n{yaml_text(_index(row))}---\n")
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
    return {"model-index": eval_results_to_model_index(row.model, results)}
