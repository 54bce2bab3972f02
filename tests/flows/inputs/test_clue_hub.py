"""CLUE from the hub, through the real library, against a local server that speaks its protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from evaluators.clue import tasks
from flows.inputs.clue import load_split
from tests.hub.server import HubServer

from .clue_task import AFQMC, put
from .conftest import AskHub

CARD = b"""---
configs:
- config_name: tnews
  data_files:
  - {split: train, path: tnews/train-*}
- config_name: afqmc
  data_files:
  - {split: validation, path: afqmc/validation-*}
---
"""
CHILD = """
import json, warnings
warnings.simplefilter("error")
from evaluators.clue import tasks
from flows.inputs.clue import load_split
data = load_split(tasks.find("afqmc"))
print(json.dumps([data.digest, data.source]))
"""


def shard(rows: list[dict[str, object]]) -> bytes:
    """Return rows as a parquet file."""
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()


def test_without_a_pinned_commit_the_newest_is_read_and_named(
    tmp_path: Path, ask_hub: AskHub
) -> None:
    with HubServer() as hub:
        repo = hub.dataset("clue/clue")
        repo.commit({"README.md": CARD})
        title = [{"sentence": "新车上市", "label": 6, "idx": 0}]
        commit = repo.commit(
            {
                "README.md": CARD,
                "afqmc/validation-00000-of-00001.parquet": shard(AFQMC),
                "tnews/train-00000-of-00001.parquet": shard(title),
            }
        )
        done = ask_hub(hub, CHILD)
    digest, source = json.loads(done.stdout)
    assert source == f"clue/clue@{commit}/afqmc/validation"
    put(tmp_path, "clue/clue/afqmc/validation", AFQMC)
    assert digest == load_split(tasks.find("afqmc"), mirrors=[tmp_path]).digest
