import numpy as np
import pytest
from scipy.stats import kendalltau

from evaluators.averaging import TREATMENTS, rank
from evaluators.averaging.stability import agreement, rank_agreement
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]
NAMES = tuple("abcdefgh")


def pairs_by_hand(a, b):
    """Kendall's tau-b, counted pair by pair."""
    i, j = np.triu_indices(len(a), 1)
    left, right = np.sign(a[i] - a[j]), np.sign(b[i] - b[j])
    return (left * right).sum() / np.sqrt((left != 0).sum() * (right != 0).sum())


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_counting_pairs_and_to_pearson_of_average_ranks(seed):
    a, b = np.random.default_rng(seed).integers(1, 6, (2, 8)).astype(float)
    found = rank_agreement(a, b, NAMES)
    assert found.kendall == pytest.approx(pairs_by_hand(a, b))
    mid = [[(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x] for x in (a, b)]
    assert found.spearman == pytest.approx(np.corrcoef(mid)[0, 1])


@pytest.mark.parametrize(
    ("board", "right", "wrong"), [("glue", 0.96, 0.5), ("superglue", 0.98, 0.8)]
)
def test_guard_kendall_is_not_of_lists_of_names_in_rank_order(board, right, wrong):
    """A peer gives scipy the names in rank order, which correlates the alphabet."""
    facts = read_board(board, "2021")
    first, second = rank(facts, PER_TASK, 1), rank(facts, PER_TASK, 0)
    found = agreement(first, second)
    assert found.kendall == pytest.approx(right, abs=0.005)
    both = {r.position for r in first.ranked} & {r.position for r in second.ranked}
    names = [
        np.array([row.model for row in ranking.ranked if row.position in both])
        for ranking in (first, second)
    ]
    of_names = kendalltau(*(np.unique(x, return_inverse=True)[1] for x in names)).statistic
    assert of_names < wrong < found.kendall
    with pytest.raises(TreatmentError, match="not names"):
        rank_agreement(*names, tuple(names[0]))


def test_renaming_the_models_changes_nothing(make_board):
    values = np.random.default_rng(4).uniform(1, 100, (9, 4))
    found = set()
    for names in ((*NAMES, "i"), ("i", *NAMES)[::-1], ("same",) * 9):
        board = make_board(values, models=names)
        one = agreement(rank(board, PER_TASK, 1), rank(board, PER_TASK, -1), k=3)
        found.add((one.kendall, one.spearman, one.overlap, one.max_move))
    assert len(found) == 1


BOARDS = {  # board: (tau, top-10 overlap, largest move) of the geometric, then of the harmonic mean
    "openllm-v1": ((0.944, 9, 15), (0.911, 9, 23)),
    "mteb-classic-en": ((0.962, 10, 16), (0.924, 9, 36)),
    "xtreme": ((0.957, 10, 1), (0.957, 10, 1)),
    "clue-v1": ((0.970, 10, 1), (0.970, 10, 1)),
}


@pytest.mark.parametrize("name", BOARDS)
def test_agreement_of_the_means_on_bundled_boards(name):
    board = read_board(name)
    arithmetic = rank(board, PER_TASK, 1)
    for p, (tau, overlap, move) in zip((0, -1), BOARDS[name], strict=True):
        found = agreement(arithmetic, rank(board, PER_TASK, p))
        assert found.kendall == pytest.approx(tau, abs=0.0006)
        assert (found.overlap, found.max_move) == (overlap, move)


def test_rows_that_only_one_ranks_are_left_aside(make_board):
    board = make_board([[90, 0.0], [30, 40], [20, 30]])
    found = agreement(rank(board, PER_TASK, 1), rank(board, PER_TASK, 0))
    assert (found.n, found.kendall, found.max_move, found.mover) == (2, 1.0, 0, "")


def test_a_tie_at_the_last_place_of_the_top_counts_whole():
    found = rank_agreement(np.array([1, 2, 2, 4]), np.array([1, 2, 3, 4]), NAMES[:4], k=2)
    assert found.overlap == 2
    found = rank_agreement(np.array([1, 2, 2, 4]), np.array([1, 3, 2, 4]), NAMES[:4], k=2)
    assert found.overlap == 2
    assert (found.max_move, found.mover) == (1, "b")


def test_where_all_are_tied_there_is_no_correlation():
    found = rank_agreement(np.ones(3), np.array([1, 2, 3]), NAMES[:3])
    assert found.kendall is None
    assert found.spearman is None
    assert rank_agreement(np.ones(1), np.ones(1), ("a",)).kendall is None


def test_what_cannot_be_compared_is_said(make_board):
    one, other = np.array([1.0, 2.0]), np.array([1.0, np.nan])
    for first, second, names, k, message in (
        (one, other, NAMES[:2], 10, "finite numbers"),
        (one, one, NAMES[:3], 10, "same rows"),
        (np.empty(0), np.empty(0), (), 10, "same rows"),
        (one, one, NAMES[:2], 0, "k must be at least 1"),
    ):
        with pytest.raises(TreatmentError, match=message):
            rank_agreement(first, second, names, k=k)
    with pytest.raises(TreatmentError, match="one snapshot"):
        agreement(
            rank(read_board("glue", "2021"), PER_TASK),
            rank(read_board("glue", "2022-01"), PER_TASK),
        )
