"""Open LLM Leaderboard snapshots."""

import numpy as np
import pytest

from tests.flows.importers.conftest import about, cells, refused, taken

TASKS = ("ifeval", "bbh", "math_lvl_5", "gpqa", "musr", "mmlupro")
LATER = tuple(
    f"evaluations_{t}_normalized_score"
    for t in ("ifeval", "bbh", "math", "gpqa", "musr", "mmlu_pro")
)
NAMES = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")


def table(*rows, head=("fullname", "precision", *TASKS, "average")):
    return "\n".join(",".join(map(str, row)) for row in (head, *rows)) + "\n"


def test_the_same_tasks_under_other_names_make_the_same_columns(put):
    first = put("1.csv", table(("org/a", "f16", 1, 2, 3, 4, 5, 6, 3.5)))
    head = ("model_name", "model_precision", *LATER, "model_average_score")
    second = put("2.csv", table(("org/a", "f16", 1.5, 2, 3, 4, 5, 6, 3.5), head=head))
    one, two = (taken("open-llm", path, unit=100.0).board for path in (first, second))
    assert tuple(c.name for c in one.columns) == tuple(c.name for c in two.columns) == NAMES
    assert one.submitted_by == ("org",)
    assert one.published.tolist() == [3.5]


def test_facts_are_read_under_every_name_of_their_columns(put):
    scores = (1.5, 2, 3, 4, 5, 6, 3.5)
    head = ("fullname", "precision", "weight_type", "architecture", "hub_license", "params_b")
    head = (*head, "upload_to_hub_date", "model_sha", "base_model", *TASKS, "average")
    first = table(
        ("org/a", "4bit", "Adapter", "?", "mit", "7.24", "2024-05-28", "abc", "org/b", *scores),
        ("org/b", "f16", "Original", "X", "", "-1", "", "", "org/b (Merge)", *scores),
        ("org/c", "f16", "Delta", "X", "other", "0", "", "", "Removed", *scores),
        head=head,
    )
    found = taken("open-llm", put("1.csv", first))
    assert about(found) == {
        "org/a": {
            "parameters": 7.24e9,
            "release_date": "2024-05-28",
            "licence": "mit",
            "precision": "4bit",
            "base_model": "org/b",
            "revision": "abc",
            "adapter": "org/a",
        },
        "org/b": {"architecture": "X", "precision": "f16"},
        "org/c": {"licence": "other", "architecture": "X", "precision": "f16"},
    }
    assert any("parameters: 2 values of 0 or less taken as unknown" in n for n in found.notes)
    head = ("model_name", "metadata_params_billions", "metadata_hub_license", *LATER)
    later = put("2.csv", table(("org/a", "0.494", "mit", *scores[:6]), head=head))
    assert about(taken("open-llm", later)) == {"org/a": {"parameters": 494e6, "licence": "mit"}}


def test_unknown_columns_are_listed_and_a_renamed_one_is_named(put):
    head = ("fullname", "new_thing", "bbh2", *(t for t in TASKS if t != "bbh"))
    path = put("1.csv", table(("a", "x", 20, 30, 40, 50, 60, 70), head=head))
    message = refused("open-llm", path)
    assert "no column for BBH" in message
    assert "bbh2" in message
    found = taken("open-llm", path, {"alias": ["BBH=bbh2"]})
    assert cells(found)["a"]["BBH"] == 20
    assert any("1 unknown column left alone: new_thing" in note for note in found.notes)
    assert "--alias BBH=nothing" in refused("open-llm", path, {"alias": ["BBH=nothing"]})


def test_a_model_may_have_several_submissions_but_no_row_twice(put):
    row = (20, 30, 40, 50, 60, 70, 45)
    path = put("1.csv", table(("a", "f16", *row), ("a", "bf16", *row)))
    found = taken("open-llm", path)
    assert found.board.models == ("a", "a")
    assert found.board.sources[0].endswith(": f16")
    path = put("2.csv", table(("a", "f16", *row), ("a", "f16", *row)))
    assert "2 rows named 'a' (row 2, row 3)" in refused("open-llm", path)
    assert taken("open-llm", path, repeated=("a",)).board.models == ("a", "a")


def test_faults_come_with_their_places(put):
    path = put(
        "1.csv", table(("a", "f16", 20, "-", 40, 50, 60, 70, 45), ("", "x", 1, 2, 3, 4, 5, 6, 7))
    )
    message = refused("open-llm", path)
    assert "row 2 (a), bbh" in message
    assert "row 3: no model name" in message


@pytest.mark.parametrize(
    ("date", "rows", "twice"),
    [
        ("2024-07-13", 237, 2),
        ("2024-08-23", 748, 23),
        ("2024-09-26", 1168, 27),
        ("2025-01-23", 3235, 70),
    ],
)
def test_real_snapshots_have_the_same_six_columns_and_their_own_average(real, date, rows, twice):
    found = taken("open-llm", real(f"raw/huggingface_v2_{date}.csv.gz"))
    board = found.board
    assert board.values.shape == (rows, 6)
    assert tuple(column.name for column in board.columns) == NAMES
    assert len(board.models) - len(set(board.models)) == twice
    assert np.abs(board.values.mean(axis=1) - board.published).max() < 0.02
    assert not any("unknown column" in note for note in found.notes)
    assert len(board.suspect) == (6 if date == "2025-01-23" else 0)
    raw = taken("open-llm", real(f"raw/huggingface_v2_{date}.csv.gz"), {"values": "raw"}).board
    assert {column.unit_max for column in raw.columns} == {1.0}
