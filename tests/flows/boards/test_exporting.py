"""Boards as files of the shared forms: bundled, measured, all or nothing."""

import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from evaluators.names import UnknownNameError
from flows.boards.exporting import export_board
from flows.boards.leaderboards import load_board
from flows.boards.measured import CLUE, STS, store_measured_boards
from flows.cli import cli
from flows.errors import LeaderboardError
from tests.dashboard.stores import keep_run
from tests.flows.boards.test_measured_clue import keep
from tests.flows.exporters.test_exporters import IMPORTERS, facts
from tests.flows.importers.conftest import taken


@pytest.mark.parametrize("form", ["eval-results", "every-eval-ever", "model-index"])
def test_superglue_goes_out_and_comes_in_unchanged(form, store, tmp_path):
    count, notes = export_board("superglue", None, form, tmp_path / "out", store)
    board = load_board("superglue")
    assert count == len(board.models)
    assert "import with --human: SuperGLUE Human Baselines" in " ".join(notes)
    # A card has no place for which way is better.
    asked = {"gender_parity": "higher"} if form == "model-index" else {}
    found = taken(IMPORTERS[form], tmp_path / "out", unit=100.0, directions=asked).board
    assert facts(found) == facts(board)


def intervals(folder):
    """The intervals of all records, by model and task."""
    found = {}
    for path in folder.rglob("*.json"):
        record = json.loads(path.read_text())
        for result in record["evaluation_results"]:
            spread = result["score_details"].get("uncertainty")
            key = (record["model_info"]["id"], result["evaluation_name"])
            found[key] = spread and (
                spread["confidence_interval"]["lower"],
                spread["confidence_interval"]["upper"],
                spread["num_samples"],
            )
    return found


def test_measured_similarity_goes_out_with_its_intervals(store, tmp_path):
    keep_run(store, "1", spearman=0.6)
    keep_run(store, "2", task="SampleZH", spearman=0.3)
    store_measured_boards(store)
    export_board(STS, None, "every-eval-ever", tmp_path / "out", store)
    found = intervals(tmp_path / "out")
    assert found == {
        ("MiniLM native", "SampleEN"): pytest.approx((0.55, 0.65, 200)),
        ("MiniLM native", "SampleZH"): pytest.approx((0.25, 0.35, 200)),
    }
    # A newer number is not the snapshot's: its interval would be another score's.
    keep_run(store, "3", spearman=0.7)
    export_board(STS, None, "every-eval-ever", tmp_path / "again", store)
    assert intervals(tmp_path / "again")["MiniLM native", "SampleEN"] is None


def test_a_mean_over_seeds_has_no_interval_of_one_seed(store, tmp_path):
    keep(store, "tnews", 0.5)
    keep(store, "tnews", 0.6, seed=1)
    store_measured_boards(store)
    export_board(CLUE, None, "every-eval-ever", tmp_path / "out", store)
    assert intervals(tmp_path / "out") == {("digest-of-mini finetune", "tnews"): None}


def test_a_folder_with_files_is_refused_and_nothing_is_half_written(store, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(LeaderboardError, match="is not an empty folder"):
        export_board("superglue", None, "mteb", tmp_path / "full", store)
    with pytest.raises(LeaderboardError, match="did you mean 'superglue'"):
        export_board("superglu", None, "mteb", tmp_path / "new", store)
    with pytest.raises(UnknownNameError):
        export_board("superglue", None, "mtebb", tmp_path / "new", store)
    (tmp_path / "file").touch()
    with pytest.raises(LeaderboardError, match="cannot be written"):
        export_board("superglue", None, "mteb", tmp_path / "file" / "new", store)
    assert not list(tmp_path.glob("*.tmp"))
    assert not (tmp_path / "new").exists()


def test_the_command_writes_a_board_and_a_view(store, tmp_path, monkeypatch):
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    keep_run(store, "1", spearman=0.6)
    folder, file = tmp_path / "out", tmp_path / "x.parquet"
    done = CliRunner().invoke(
        cli, ["export", "board", "superglue", "--form", "mteb", "--to", str(folder)]
    )
    assert done.exit_code == 0, done.output
    assert "note: scores keep the board's unit, MTEB has 1 for a perfect one" in done.stderr
    written = len(list(folder.rglob("*.json"))) - len(list(folder.rglob("model_meta.json")))
    assert done.stdout == f"{written} files in {folder}\n"
    done = CliRunner().invoke(cli, ["export", "view", "sts_scores", "--to", str(file)])
    assert done.exit_code == 0, done.output
    assert pq.read_table(file).column("spearman").to_pylist() == [0.6]
