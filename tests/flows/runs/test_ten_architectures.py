"""Ten architectures with prompts, truncation and fewer bits: end to end, and through kill -9.

The checkpoints are tiny and random, saved by transformers and sentence-transformers. Everything is
in float64, so that two libraries rank the same cosines in the same order.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy.stats import spearmanr

from evaluators.tasks import find
from flows.inputs.pairs import load_task
from tests.evaluators.sts.tiny_models import RECIPES, save_backbone, save_recipe
from tests.flows.home import Home

QUERY = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
BY_TYPE = {**QUERY, "prompts": {"query": "query: ", "STS": "the same as: "}}
QWEN3 = "Qwen3-Embedding-0.6B"  # by this name the prompts of mteb are found
INSTRUCTION = "Instruct: Retrieve semantically similar text.\nQuery:"
TEN: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "bert": ("BERT", "Normalize", BY_TYPE),
    "xlm-r": ("XLM-R", "mean", {}),
    "mpnet": ("MPNet", "mean", {}),
    "distilbert": ("DistilBERT", "truncate_dim", QUERY),
    "deberta": ("DeBERTa-v2", "cls", {}),
    "modernbert": ("ModernBERT", "cls", {}),
    "t5": ("T5 encoder", "Dense", QUERY),
    QWEN3: ("Qwen3", "lasttoken", {}),
    "gemma": ("Gemma 3", "two Dense", BY_TYPE),
    "mistral": ("Mistral", "weightedmean", {}),
}
"""Backbone, recipe and prompts of each checkpoint."""
EVALUATIONS = """
evaluations:
  - evaluator: sts
    tasks: [SampleEN]
    prompt: [declared, none, mteb, "passage: "]
    dimensions: [8]
    precisions: [int8, binary]
    resamples: 100
    dtype: float64
"""
SCORED = 5 * 2 + 3 * 3 + 2 * 4  # checkpoints without prompts, with one, with two
JOBS = SCORED + 1  # the canary
PROMPTS = {
    "bert": {"query: ", "", "the same as: ", "passage: "},
    "t5": {"query: ", "", "passage: "},
    QWEN3: {"", INSTRUCTION, "passage: "},
}

Start = Callable[[str], Home]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Save the ten checkpoints, and return a plan of them."""
    root = tmp_path_factory.mktemp("ten")
    lines = ["name: ten", "checkpoints:"]
    for name, (backbone, recipe, prompts) in TEN.items():
        folder = root / name
        made = save_backbone(backbone, root / f"{name}-backbone")
        model = {**(RECIPES[recipe].model or {}), **prompts}
        save_recipe(made, replace(RECIPES[recipe], model=model), folder)
        lines.append(f"  - {{name: {name}, source: 'file://{folder}'}}")
    return "\n".join(lines) + EVALUATIONS


@pytest.fixture(scope="module")
def start(
    plan: str, tmp_path_factory: pytest.TempPathFactory, home_in: Callable[..., Home]
) -> Start:
    """Return a function that makes a new store and plan."""
    return lambda name: home_in(tmp_path_factory.mktemp(name) / "home", plan)


@pytest.fixture(scope="module")
def undisturbed(start: Start) -> Home:
    """Run the plan once."""
    home = start("undisturbed")
    home.run("run", str(home.plan))
    return home


VARYING = (
    *("run_id", "night_id", "board_id", "ranking_id", "batch_id", "verdict_id"),
    *("started_at", "finished_at", "committed_at", "recorded_at", "imported_at", "ranked_at"),
    *("decided_at", "evidence_from", "evidence_digest", "seconds", "cost", "prefect_flow_run_id"),
    "ranking_digest",  # of the id of its board too
)
"""Columns of ids that are drawn, and of what depends on the time."""

OF_THE_DAY = ("snapshot", "retrieved", "content_digest")
"""Columns that hold the day of the newest run where a board was measured: midnight may pass."""


def assert_same(home: Home, undisturbed: Home) -> None:
    """Assert that two stores have the same rows and files, with jobs for run ids."""
    with duckdb.connect() as both:
        for name, one in (("found", home), ("expected", undisturbed)):
            both.execute(f"ATTACH '{one.store}' AS {name} (READ_ONLY)")
        tables = [tables_of(both, name) for name in ("found", "expected")]
        assert tables[0] == tables[1]
        for table, columns in tables[0].items():
            chosen = ", ".join(map(compared(columns), columns))
            found, expected = (
                f"SELECT {chosen.format(name)} FROM {name}.{table} AS t"  # noqa: S608 - our names
                for name in ("found", "expected")
            )
            for more, less in ((found, expected), (expected, found)):
                rows = both.execute(f"({more}) EXCEPT ALL ({less}) LIMIT 5").fetchall()
                assert rows == [], table
        runs = both.execute("SELECT count(*) FROM found.runs").fetchone()
    files = files_of(home)
    assert files == files_of(undisturbed)
    assert runs == (len(files),) == (JOBS,)


def tables_of(both: duckdb.DuckDBPyConnection, name: str) -> dict[str, list[str]]:
    """Return the columns of every table of a store; a killed plan run has no report."""
    rows = both.execute(
        "SELECT table_name, list(column_name ORDER BY column_name) FROM duckdb_columns() JOIN"
        " duckdb_tables() USING (database_name, schema_name, table_name) WHERE database_name = ?"
        " AND table_name <> 'night_reports' GROUP BY table_name ORDER BY table_name",
        [name],
    )
    return dict(rows.fetchall())


def compared(columns: list[str]) -> Callable[[str], str]:
    """Return what is compared of each column of a table, in SQL."""

    def of(column: str) -> str:
        if column == "run_id":
            return "(SELECT job_key FROM {}.runs AS r WHERE r.run_id = t.run_id)"
        if column in VARYING:
            return "NULL"
        if column in OF_THE_DAY and "board" in columns:
            return f"CASE WHEN NOT starts_with(coalesce(board, ''), 'measured-') THEN {column} END"
        return f't."{column}"'

    return of


def files_of(home: Home) -> list[tuple[str, str, str]]:
    """Return every file of scored pairs: its job, its name and its rows."""
    job_of = dict(home.rows("SELECT run_id, job_key FROM runs"))
    return sorted(
        (job_of[file.parent.name], file.name, repr(duckdb.sql(f"FROM '{file}'").fetchall()))
        for file in (home.folder / "store.duckdb.tables").glob("*/*")
    )


def counted(report: str) -> tuple[int, int, int]:
    """Return how many jobs were evaluated, recovered, and done before."""
    line = next(line for line in report.splitlines() if line.startswith("ten:"))
    words = ("evaluated", "recovered", "done before")
    numbers = [re.search(rf"(\d+) {word}", line) for word in words]
    evaluated, recovered, before = (int(n.group(1)) if n else 0 for n in numbers)
    return evaluated, recovered, before


def test_a_plan_of_ten_architectures_runs_end_to_end(undisturbed: Home) -> None:
    prompts = undisturbed.rows(
        "SELECT checkpoint, list(DISTINCT prompt) FROM sts_scores GROUP BY 1"
    )
    assert {name for name, _ in prompts} == set(TEN)
    assert {name: set(texts) for name, texts in prompts if name in PROMPTS} == PROMPTS
    kinds = undisturbed.rows(
        "SELECT checkpoint, list(DISTINCT k ORDER BY k), any_value(truncate_dim) FROM sts_scores"
        " WHERE checkpoint IN ('bert', 'distilbert', 't5') GROUP BY 1 ORDER BY 1"
    )
    assert kinds == [("bert", [8, 32], None), ("distilbert", [8, 12], 12), ("t5", [8, 24], None)]
    fewer = undisturbed.rows("SELECT count(*) FROM sts_quantised")
    assert fewer == [(SCORED * 2 * 2,)]  # two numbers of dimensions, two precisions
    choices = undisturbed.rows(
        "SELECT choice, prompt FROM prompt_choices WHERE checkpoint = 'bert' ORDER BY choice"
    )
    assert choices == [("declared", "query: "), ("mteb", "the same as: "), ("none", "")]


@pytest.mark.parametrize("name", PROMPTS)
def test_every_score_is_that_of_sentence_transformers_and_scipy(
    undisturbed: Home, plan: str, name: str
) -> None:
    from sentence_transformers import SentenceTransformer

    folder = re.search(rf"name: {name}, source: 'file://(.*?)'", plan)
    assert folder is not None
    model = SentenceTransformer(folder.group(1), device="cpu", model_kwargs={"dtype": "float64"})
    model.double()  # the library leaves Dense in float32
    model.tokenizer.padding_side = "right"  # on the left, padding moves positions
    data = load_task(find("SampleEN"))
    scores = undisturbed.rows(
        "SELECT checkpoint, prompt, k, 'full', spearman FROM sts_scores WHERE dtype = 'float64'"
        " UNION ALL SELECT checkpoint, prompt, k, precision, spearman FROM sts_quantised"
    )
    rows = [row for checkpoint, *row in scores if checkpoint == name]
    assert len(rows) == len(PROMPTS[name]) * 2 * 3
    sentences = list(dict.fromkeys((*data.first, *data.second)))
    for prompt in PROMPTS[name]:
        encoded = model.encode(sentences, prompt=prompt, convert_to_tensor=True).double().numpy()
        for text, k, precision, score in rows:
            if text == prompt:
                vector_of = dict(zip(sentences, in_bits(encoded, precision)[:, :k], strict=True))
                one, other = (
                    np.stack([vector_of[s] for s in side]) for side in (data.first, data.second)
                )
                expected = spearmanr(cosines(one, other), data.gold).statistic
                assert score == pytest.approx(expected, abs=1e-6), (text, k, precision)


def in_bits(vectors: np.ndarray, precision: str) -> np.ndarray:
    """Return vectors in fewer bits: bytes by the library and its own way back, and signs."""
    from sentence_transformers.util import quantization

    if precision == "binary":
        return np.where(vectors > 0, 1.0, -1.0)  # the cosine of signs is 1 - 2 hamming / k
    if precision == "full":
        return vectors
    vectors = vectors.astype(np.float32)
    ranges = np.vstack([vectors.min(axis=0), vectors.max(axis=0)])
    codes = quantization.quantize_embeddings(vectors, precision="int8", ranges=ranges)
    return np.asarray(quantization._dequantize_embeddings(codes, "int8", ranges), np.float64)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return cosines without the noise of their last digits, which would order ties."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.round((one * other).sum(axis=1) / lengths, 11)


def test_killed_after_a_forward_pass_it_goes_on_from_there(start: Start, undisturbed: Home) -> None:
    home = start("killed")
    killed = home.start(
        *("after-persist", "11", "--", "run", str(home.plan)),
        program="tests.flows.killable",
    )
    out, err = killed.communicate(timeout=240)
    assert killed.returncode == -signal.SIGKILL, f"{out}\n{err}"
    kept = home.finished()
    assert len(kept) == 10
    report = home.run("run", str(home.plan)).stderr
    assert counted(report) == (JOBS - 11, 1, 10)  # what was encoded is not encoded again
    assert kept.items() <= home.finished().items()
    assert_same(home, undisturbed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_random_moments_it_loses_and_doubles_nothing(
    start: Start, undisturbed: Home
) -> None:
    moments = random.Random(16)  # noqa: S311 - moments, no secrets
    started = time.monotonic()
    start("timing").run("run", str(undisturbed.plan))
    whole = time.monotonic() - started
    finished_at_kills = []
    for number in range(8):
        home = start(f"random-{number}")
        kept: dict[str, str] = {}
        for _ in range(3):
            killed = home.start("run", str(home.plan))
            time.sleep(moments.uniform(0.1, whole))
            os.killpg(killed.pid, signal.SIGKILL)
            killed.communicate(timeout=60)
            now = home.finished()
            assert kept.items() <= now.items()
            kept = now
            finished_at_kills.append(len(kept))
        report = home.run("run", str(home.plan)).stderr
        evaluated, recovered, before = counted(report)
        assert before == len(kept)
        assert evaluated + recovered + before == JOBS
        assert kept.items() <= home.finished().items()
        assert_same(home, undisturbed)
    print(f"\nfinished at the kills, of {JOBS}: {finished_at_kills}")
