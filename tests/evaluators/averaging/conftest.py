from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import settings

from evaluators.averaging import Board, Column

# A busy machine must not fail a property.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def make_board() -> Callable[..., Board]:
    def make(
        values: Sequence[Sequence[float]] | np.ndarray,
        columns: Sequence[Column | str] | None = None,
        models: Sequence[str] | None = None,
        **more: object,
    ) -> Board:
        n, c = np.shape(values)
        named = columns or [f"task{j}" for j in range(c)]
        return Board(
            name="made-up",
            snapshot="2000",
            models=tuple(models or (f"model{i}" for i in range(n))),
            columns=tuple(x if isinstance(x, Column) else Column(x, task=x) for x in named),
            values=np.asarray(values, dtype=float),
            **more,
        )

    return make
