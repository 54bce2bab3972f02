"""Where does a checkpoint come from? From its source to a verified local folder.

The import is light: huggingface_hub and fsspec are imported only to fetch something.
"""

from __future__ import annotations

from flows.checkpoints.keep import KeptCheckpoint, Pruned, in_use, list_checkpoints, prune
from flows.checkpoints.manifest import Unchanged
from flows.checkpoints.pull import pull
from flows.checkpoints.source import Checkpoint, Source, SourceUnreachable, parse

__all__ = [
    "Checkpoint",
    "KeptCheckpoint",
    "Pruned",
    "Source",
    "SourceUnreachable",
    "Unchanged",
    "in_use",
    "list_checkpoints",
    "parse",
    "prune",
    "pull",
]
