"""Which columns are imported, by what the user, the file and the table of metrics say."""

from pathlib import Path

import pytest

from flows.boards.foreign_files import Problems
from flows.boards.spec import BoardSpec, ColumnSpec
from flows.errors import LeaderboardError
from flows.importers._directions import nothing_left, read_directions, scores_only
from flows.importers._draft import Asked, DraftColumn


def kept(*metrics, stated=None, tasks=False, by_metric=False, **asked):
    """Return the kept columns as (name, higher_is_better), and the notes."""
    problems, notes = Problems(Path("file")), []
    columns = [DraftColumn(m, m, "score" if tasks else m) for m in metrics]
    options = Asked("b", "2024", **asked)
    found = scores_only(
        columns, options, problems, notes, stated=stated, tasks=tasks, by_metric=by_metric
    )
    problems.stop_if_any()
    return [(column.name, column.higher_is_better) for column in found], notes


def test_directions_are_read_from_pairs():
    assert read_directions(["a=b=lower", "c=none"]) == {"a=b": "lower", "c": "none"}
    for pair in ("a", "=higher", "a=up"):
        with pytest.raises(LeaderboardError, match="must be NAME=higher"):
            read_directions([pair])


def test_scores_stay_and_the_rest_is_named_with_its_reason():
    found, notes = kept("acc", "wer", "loss", "acc_stderr", "f1_threshold", "epoch")
    assert found == [("acc", True)]
    assert notes == [
        "left out, as less is better: loss, wer",
        "left out, the error of another number: acc_stderr",
        "left out, a threshold, not a score: f1_threshold",
        "left out, a count, not a score: epoch",
    ]


def test_the_user_has_the_first_word():
    directions = {"wer": "higher", "acc": "none", "epoch": "lower", "odd": "higher"}
    found, notes = kept("acc", "wer", "epoch", "odd", directions=directions)
    assert found == [("wer", True), ("epoch", False), ("odd", True)]
    assert "left out, as asked: acc" in notes


def test_less_is_better_is_imported_where_asked_and_said():
    found, notes = kept("acc", "wer", "epoch", lower=True)
    assert found == [("acc", True), ("wer", False)]
    assert any("imported though less is better: wer" in note for note in notes)


def test_what_the_file_states_decides_between_errors_and_scores_but_makes_no_score_of_a_count():
    stated = {"odd": True, "even": False, "wer": True, "epoch": True}
    assert kept("odd", "even", "wer", "epoch", stated=stated)[0] == [("odd", True), ("wer", True)]


def test_an_unknown_metric_is_asked_for_and_an_unknown_task_is_a_task():
    with pytest.raises(LeaderboardError, match="--metric-direction 'odd'=higher"):
        kept("odd", "acc")
    assert kept("odd", "latency", tasks=True)[0] == [("odd", True)]


def test_an_option_for_a_metric_that_is_not_there_is_refused():
    with pytest.raises(LeaderboardError, match="did you mean 'acc'"):
        kept("acc", directions={"ac": "lower"})


def test_columns_that_a_spec_describes_stay():
    column = ColumnSpec(name="wer", task="t", metric="wer")
    spec = BoardSpec(name="b", title="b", unit_max=100, columns=(column,))
    assert kept("wer", "cer", "acc", spec=spec)[0] == [("wer", True), ("acc", True)]


def test_where_nothing_is_left_the_reason_and_the_options_are_named():
    found, notes = kept("wer", "cer", "epoch", by_metric=True)
    assert found == []
    assert nothing_left(["another note", *notes]) == (
        "no score is left to import (left out, as less is better: cer, wer; left out, a count, not"
        " a score: epoch): --lower-is-better imports those of which less is better;"
        " --metric-direction NAME=higher says that more of it is better"
    )
    assert "--lower-is-better" not in nothing_left(kept("epoch")[1])
    assert nothing_left([]) == ""
