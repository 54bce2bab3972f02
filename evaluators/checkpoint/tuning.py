"""Read from a checkpoint's own files whether its sentence vectors were tuned."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evaluators.checkpoint.json_files import read_object

Tuning = Literal["tuned", "untuned", "unknown"]

_PRETRAINING_HEADS = ("ForMaskedLM", "ForPreTraining", "ForCausalLM", "LMHeadModel")


def declared_tuning(folder: Path) -> Tuning:
    """Return what a checkpoint declares about its sentence vectors.

    - `tuned`: `modules.json` declares a recipe of sentence vectors, as models of
      sentence-transformers do, which are trained to be compared by their cosine.
    - `untuned`: there is no `modules.json`, and the class in `config.json` is that of pretraining
      alone: a masked or causal language model.
    - `unknown`: anything else. A bare encoder (`BertModel`) may be what a fine-tuning left:
      SimCSE's checkpoints on the hub look so.

    Raises:
        CheckpointError: `config.json` is damaged.
    """
    if (folder / "modules.json").is_file():
        return "tuned"
    names = read_object(folder / "config.json").get("architectures") or [""]
    return "untuned" if str(names[0]).endswith(_PRETRAINING_HEADS) else "unknown"
