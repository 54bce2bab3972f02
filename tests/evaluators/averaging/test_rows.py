import pytest

from evaluators.averaging.board import find_row, labels
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError


@pytest.fixture
def board(make_board):
    return make_board(
        [[1], [2], [3], [4]],
        models=("BERT", "RefBERT", "refbert", "BERT"),
        is_human=(False, False, True, False),
        submitted_by=("a", "b", "c", ""),
    )


def test_rows_by_name_by_case_by_number_and_the_human_one(board):
    assert find_row(board, "RefBERT") == 1
    assert find_row(board, "refbert") == 2
    assert find_row(board, "BERT#2") == 3
    assert find_row(board, "human") == 2
    assert labels(board) == ("BERT#1", "RefBERT", "refbert", "BERT#2")
    assert [find_row(board, name) for name in labels(board)] == [0, 1, 2, 3]


def test_names_of_several_rows_and_of_none_are_refused_with_what_to_say(board):
    with pytest.raises(TreatmentError, match=r"BERT#1 \(a\), BERT#2 \(submitter unknown\)"):
        find_row(board, "BERT")
    with pytest.raises(TreatmentError, match="2 rows"):
        find_row(board, "REFBERT")
    for name in ("BERT#0", "BERT#3", "RefBER"):
        with pytest.raises(UnknownNameError, match="did you mean"):
            find_row(board, name)


def test_a_model_called_human_is_meant_before_the_human_row(make_board):
    board = make_board([[1], [2]], models=("x", "Human"), is_human=(True, False))
    assert find_row(board, "human") == 1
    with pytest.raises(TreatmentError, match="no human row"):
        find_row(make_board([[1]]), "human")


def test_two_human_rows_are_told_apart_by_number(make_board):
    board = make_board([[1], [2], [3]], is_human=(True, False, True))
    assert [find_row(board, f"human#{k}") for k in (1, 2)] == [0, 2]
    with pytest.raises(TreatmentError, match=r"2 rows .* human#1"):
        find_row(board, "human")
