"""Finding and reading the splits of CLUE tasks: mirror, then the hub."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import evaluators.clue
from evaluators.clue import examples as of_family
from evaluators.clue.dataset import ClueDataset
from evaluators.clue.task import ClueTask
from evaluators.declared import files, key
from flows.datasets.clue_files import places, read_rows
from flows.datasets.clue_rows import checked
from flows.datasets.known import Summary, file_identity, remembered

if TYPE_CHECKING:
    from evaluators.progress import Progress


def load(
    task: ClueTask,
    split: str | None = None,
    *,
    mirrors: Sequence[Path] = (),
    progress: Progress | None = None,
) -> ClueDataset:
    """Read one split of a task from the first place that has it.

    Args:
        task: The task.
        split: The split; by default the one that is scored.
        mirrors: Folders in the layout of `RANKCHECK_DATA`, in the order they are asked.
        progress: Told about the steps of a download from the hub.

    Raises:
        DatasetError: No place has the split, or its rows cannot be used; the message names the
            file and the row and says what to do.
    """
    name = split or task.scored
    return checked(task, name, read_rows(task, name, mirrors=mirrors, progress=progress))


def summary(
    task: ClueTask,
    split: str | None = None,
    *,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Return digest, examples, distinct texts and repeated examples of a split.

    Remembered as `flows.datasets.known` says, until the file or the code that reads it changes.

    Raises:
        DatasetError: As `load`.
    """
    name = split or task.scored
    found = places(task, name, mirrors)

    def key_now() -> str | None:
        identities: list[object] = []
        for source, place in found:
            if place.path is not None:
                identity = file_identity(place.path)
                if identity is None:
                    return None
                identities.append(identity)
            elif source.revision is None:
                return None  # the hub's main branch may have moved on
            else:
                identities.append([source.hub_id, source.revision, source.config, source.split])
        return json.dumps(["clue", task.name, name, _reading(task), identities])

    def read() -> Summary:
        return summarised(load(task, name, mirrors=mirrors, progress=progress))

    return remembered(cache, key_now, read)


def summarised(data: ClueDataset) -> Summary:
    """Return digest, examples, distinct texts and repeated examples of what was read."""
    wholes = [of_family.content(example) for example in data.examples]
    distinct = {text for whole in wholes for text in whole}
    return Summary(data.digest, len(data), len(distinct), len(wholes) - len(set(wholes)))


def _reading(task: ClueTask) -> str:
    """Return a digest of the code that makes examples of rows."""
    home = Path(next(iter(evaluators.clue.__path__)))
    code = [
        home / "tasks" / f"{files('evaluators.clue.tasks')[key(task.name)]}.py",
        *(home / name for name in ("labels.py", "examples.py", "dataset.py")),
        *sorted((home / "reading").glob("*.py")),
        Path(__file__).with_name("clue_rows.py"),
    ]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in code)).hexdigest()
