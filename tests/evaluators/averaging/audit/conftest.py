from collections.abc import Sequence

import pytest

from evaluators.averaging import Board
from flows.boards.leaderboards import boards, read_board


@pytest.fixture(scope="session")
def every() -> Sequence[Board]:
    return [read_board(name, s) for name, snapshots in boards().items() for s in snapshots]
