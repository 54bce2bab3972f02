"""Compare vectors with sentence-transformers' own, on tiny checkpoints of every kind.

    python -m tests.evaluators.sts.parity

runs every recipe on every backbone in every dtype, and writes docs/reports/checkpoints.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evaluators.checkpoint.quiet import quiet
from evaluators.errors import ScoreError
from evaluators.sts import Session
from tests.evaluators.sts.tiny_models import (
    BACKBONES,
    RECIPES,
    STATIC,
    save_backbone,
    save_recipe,
    save_static,
)
from tests.evaluators.sts.tiny_tokenizers import EMPTY, SENTENCES

BOUND = {"float32": 1e-5, "float64": 1e-10}
"""Largest accepted difference of a number of a vector."""

DTYPES = ("float32", "bfloat16", "float16", "float64")
REPORT = Path(__file__).parents[3] / "docs" / "reports" / "checkpoints.md"


def ours(
    folder: Path,
    *,
    dtype: str = "float32",
    prompt: str = "",
    pooling: str = "native",
    sentences: Sequence[str] = SENTENCES,
    **options: Any,
) -> np.ndarray:
    """Return our vectors of some sentences, in float64."""
    options = {"token_budget": 120, "device": "cpu", **options}
    with (
        quiet(),
        Session(folder, poolings=[pooling], dtype=dtype, prompt=prompt, **options) as session,
    ):
        session.encode(sentences)
        rows = session._store.rows(sentences)
        return session._store.vectors(pooling)[rows].astype(np.float64)


def theirs(
    folder: Path,
    *,
    dtype: str = "float32",
    prompt: str = "",
    sentences: Sequence[str] = SENTENCES,
) -> np.ndarray:
    """Return sentence-transformers' vectors of some sentences, in float64.

    Sentences are encoded in padded batches; in double precision one by one, as padding on the left
    moves positions, and transformers computes rotary angles in float32 whatever the dtype.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    with quiet():
        model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": dtype}
        )
    after = modules.Dense, modules.LayerNorm, modules.WeightedLayerPooling, modules.StaticEmbedding
    for module in model.modules():  # the library leaves them in float32, where they do not run
        if isinstance(module, after):
            module.to(getattr(torch, dtype))
    size = 1 if dtype == "float64" else 4
    tensors = model.encode(
        list(sentences), prompt=prompt or None, batch_size=size, convert_to_tensor=True
    )
    vectors: np.ndarray = tensors.double().numpy()
    return vectors


class Difference(NamedTuple):
    """Largest difference of a number of ours and theirs, and what it may be at most."""

    largest: float
    bound: float
    empty: bool = True  # whether empty sentences are among those compared

    @property
    def holds(self) -> bool:
        """Whether the difference is small enough."""
        return self.largest <= self.bound


def has_tokens(folder: Path, prompt: str) -> bool:
    """Return whether an empty sentence has tokens to pool; if not, it must be refused by name.

    sentence-transformers pools padding then, or divides by nothing.
    """
    try:
        ours(folder, prompt=prompt, sentences=EMPTY)
    except ScoreError as error:
        if f"sentence {EMPTY[0]!r}" not in str(error):
            raise
        return False
    return True


def differences(folder: Path, prompt: str, dtypes: Sequence[str]) -> dict[str, Difference]:
    """Compare the vectors of one checkpoint in several dtypes.

    In half precision the bound is twice the error of sentence-transformers itself: two passes that
    round in other places lie that far from the exact vectors each.
    """
    empty = has_tokens(folder, prompt)
    sentences = (*SENTENCES, *EMPTY) if empty else SENTENCES
    job: dict[str, Any] = {"prompt": prompt, "sentences": sentences}
    exact = theirs(folder, **job)
    found = {}
    for dtype in dtypes:
        expected = exact if dtype == "float32" else theirs(folder, dtype=dtype, **job)
        vectors = ours(folder, dtype=dtype, **job)
        assert vectors.shape == expected.shape
        assert np.abs(expected).max() > 1e-3
        bound = BOUND.get(dtype) or 2 * float(np.abs(expected - exact).max())
        found[dtype] = Difference(float(np.abs(vectors - expected).max()), bound, empty)
    return found


Cells = dict[tuple[str, str], dict[str, Difference]]


def compare_backbone(
    backbone: str, recipes: Sequence[str], dtypes: Sequence[str], folder: Path
) -> Cells:
    """Compare several recipes on one backbone, by (backbone, recipe)."""
    base = save_backbone(backbone, folder / "backbone")
    cells: Cells = {}
    for name in recipes:
        saved = save_recipe(base, RECIPES[name], folder / name.replace(" ", "_"))
        cells[backbone, name] = differences(saved, RECIPES[name].prompt, dtypes)
    return cells


def compare_static(names: Sequence[str], dtypes: Sequence[str], folder: Path) -> Cells:
    """Compare tables of word vectors, by (`StaticEmbedding`, variant)."""
    return {
        ("StaticEmbedding", name): differences(
            save_static(name, folder / name.replace(" ", "_")), STATIC[name].prompt, dtypes
        )
        for name in names
    }


def _table(cells: Cells, dtype: str) -> Iterator[str]:
    """Yield a table of one dtype: recipes down, backbones across."""
    columns = list(dict.fromkeys(backbone for backbone, _ in cells))
    yield f"| recipe | {' | '.join(columns)} |"
    yield "|---|" + "---|" * len(columns)
    for recipe in dict.fromkeys(name for _, name in cells):
        row = (_cell(cells[column, recipe][dtype]) for column in columns)
        yield f"| {recipe} | {' | '.join(row)} |"


def _cell(difference: Difference) -> str:
    text = f"{difference.largest:.0e}".replace("e-0", "e-") if difference.largest else "0"
    return text if difference.holds else f"**{text}**"


def _report(cells: Cells, tables: Cells, versions: Mapping[str, str]) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    every = [each for found in (cells, tables) for cell in found.values() for each in cell.items()]
    refused = [each for name, each in every if name == "float32" and not each.empty]
    lines = [
        "# Checkpoints and recipes beside sentence-transformers",
        "",
        f"Measured {datetime.now(UTC).date()}, commit `{commit}`, with"
        f" {', '.join(f'{name} {version}' for name, version in versions.items())}. Written by",
        "",
        "```",
        "python -m tests.evaluators.sts.parity",
        "```",
        "",
        "Each cell is a tiny checkpoint with random weights: transformers' own class of the"
        " backbone and the family's own class of tokenizer, with a vocabulary of a few sentences;"
        " sentence-transformers' own modules after it, saved by that library and encoded by both"
        " programs. The number is the largest difference of any number of the vectors of"
        f" {len(SENTENCES) + len(EMPTY)} sentences: short and long, in two scripts, with spaces"
        f" around them, one longer than the positions, and {len(EMPTY)} of which nothing but"
        " special tokens remains. "
        f"In {len(refused)} of the {len(every) // len(DTYPES)} cells those have no token that is"
        " pooled: rankcheck refuses them by name, sentence-transformers pools padding, and the"
        f" other {len(SENTENCES)} are compared.",
        "",
        "Lowercasing, special tokens and the side of truncation are those of the tokenizer: the"
        " last token of Qwen3 is put there by its post-processor, as in Qwen3-Embedding. Llama,"
        " Qwen2, Qwen3, Gemma and Mistral pad on the left, which sentence-transformers does and"
        " rankcheck does not need. RoFormer has BERT's tokenizer, with case: its own class needs"
        " the package rjieba, without which it is refused. In float64 the library gets the"
        " sentences one by one: padding on the left moves positions, whose angles transformers"
        " computes in float32, which shows from the seventh digit on.",
        "",
        "| dtype | largest difference | bound | cells | within the bound |",
        "|---|---|---|---|---|",
    ]
    for dtype in DTYPES:
        found = [each for name, each in every if name == dtype]
        bound = f"{BOUND[dtype]:.0e}" if dtype in BOUND else "twice the library's own error"
        lines.append(
            f"| {dtype} | {max(each.largest for each in found):.1e} | {bound} | {len(found):,} |"
            f" {sum(each.holds for each in found):,} |"
        )
    lines += [
        "",
        "In half precision both programs round, in other places: rankcheck pools in float32,"
        " sentence-transformers rounds after every module. Two vectors that each lie within an"
        " error of the exact one lie within twice that error of each other; the error is that of"
        " sentence-transformers in this dtype against itself in float32, in the same cell.",
        "",
        "What the recipes are: `tests/evaluators/sts/tiny_models.py`. What is read and what is"
        " refused: [sentence similarity](../guides/sts.md#the-checkpoints-own-recipe).",
    ]
    for dtype in DTYPES:
        lines += ["", f"## {dtype}", "", *_table(cells, dtype)]
    lines += ["", "## Tables of word vectors", "", f"| StaticEmbedding | {' | '.join(DTYPES)} |"]
    lines += ["|---|" + "---|" * len(DTYPES)]
    lines += [
        f"| {name} | {' | '.join(_cell(found[dtype]) for dtype in DTYPES)} |"
        for (_, name), found in tables.items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the whole product and write the report."""
    import sentence_transformers
    import torch
    import transformers

    torch.set_num_threads(1)
    cells: Cells = {}
    with tempfile.TemporaryDirectory() as folder:
        for i, backbone in enumerate(BACKBONES):
            cells |= compare_backbone(backbone, list(RECIPES), DTYPES, Path(folder) / str(i))
            print(backbone, "done", file=sys.stderr, flush=True)
        tables = compare_static(list(STATIC), DTYPES, Path(folder) / "static")
    versions = {
        "sentence-transformers": sentence_transformers.__version__,
        "transformers": transformers.__version__,
        "torch": torch.__version__,
    }
    REPORT.write_text(_report(cells, tables, versions), encoding="utf-8")


if __name__ == "__main__":
    main()
