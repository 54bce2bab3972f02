"""The probe of entities: one BIO tag from the frozen state of each token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.clue.dataset import ClueDataset
from evaluators.clue.families import Reading
from evaluators.clue.modules.tagger import entities_of, tags_of
from evaluators.clue.predictions import Predictions
from evaluators.clue.probing.logistic import fit
from evaluators.clue.training.batches import Rows
from evaluators.clue.training.task_model import Encode, load_checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from evaluators.checkpoint.load import LoadedEncoder
    from evaluators.clue.probing.probe import Probe, Probed
    from evaluators.progress import Progress

_ROWS = 32


def probe_tokens(
    folder: Path,
    train: ClueDataset,
    scored: ClueDataset,
    how: Probe,
    progress: Progress | None = None,
) -> Probed:
    """Fit tags over the states of all tokens of one data set, and tag another."""
    from evaluators.clue.probing.probe import Probed

    loaded = load_checkpoint(folder, how.device, how.max_length)
    loaded.model.to(getattr(torch, how.dtype))
    reading = Reading(how.max_length)
    rows, asked = (
        Rows(dataset, loaded.tokenizer, reading, loaded.device) for dataset in (train, scored)
    )
    features, tags = [], []
    for batch, states in _states(loaded, rows, "encoding train", progress):
        kept = batch["tokens"]
        features.append(states[kept].float().cpu().numpy())
        tags.append(tags_of(batch)[kept].cpu().numpy())
    fitted = fit(np.concatenate(features), np.concatenate(tags).astype(np.int64), how.C)
    found = []
    for batch, states in _states(loaded, asked, "encoding", progress):
        best = torch.zeros(batch["tokens"].shape, dtype=torch.long)
        kept = batch["tokens"].cpu()
        own: NDArray[np.float32] = states[batch["tokens"]].float().cpu().numpy()
        if len(own):
            best[kept] = torch.from_numpy(np.asarray(fitted.pipeline.predict(own), dtype=np.int64))
        found += entities_of(best, batch, scored.labels)
    cost = {
        "features": int(features[0].shape[1]),
        "converged": fitted.converged,
        "train_tokens": sum(len(part) for part in tags),
        "device": str(loaded.device),
    }
    return Probed(Predictions.of(scored, asked.gather(found)), cost)


def _states(
    loaded: LoadedEncoder, rows: Rows, what: str, progress: Progress | None
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    encode = Encode(loaded.model)
    for start in range(0, len(rows), _ROWS):
        places = range(start, min(start + _ROWS, len(rows)))
        with torch.inference_mode():
            batch = rows.batch(places)
            states = encode(batch)
        yield batch, states
        if progress is not None:
            progress(what, places[-1] + 1, len(rows))
