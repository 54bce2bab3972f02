"""Read the parameters of requests; an unknown one is an error, never ignored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.weights import parse_weights
from evaluators.averaging import MEANS
from evaluators.averaging.ranked_by import RankedBy
from evaluators.averaging.selection import Selection
from evaluators.errors import TreatmentError

MOST = 1000
"""Most rows of one page."""

Names = Annotated[list[str], Field(max_length=500)]


class Paging(BaseModel):
    """Which rows of a list are wanted."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=MOST, description="Most rows of the page.")
    offset: int = Field(0, ge=0, le=10**12, description="Rows before the page.")


class OfBoard(Paging):
    """A list about one snapshot of a board."""

    snapshot: str | None = Field(None, description="The snapshot; the newest where none is named.")


class Ranked(OfBoard):
    """How a board is to be ranked: the options of `rankcheck rank`."""

    mean: Literal["arithmetic", "geometric", "harmonic"] | None = Field(
        None, description="The mean; arithmetic where neither it, `p` nor `rule` is given."
    )
    p: float | None = Field(None, description="Exponent of the power mean, inf and -inf included.")
    rule: str | None = Field(None, description="Rank by a rule instead of a mean: borda, median …")
    reference: str | None = Field(None, description="Average the ratios to this model's scores.")
    treatment: str | None = Field(
        None, description="How scores are grouped and weighted; per-task where none is named."
    )
    task: Names = Field([], description="Count only this task; repeatable.")
    without: Names = Field([], description="Leave this task out; repeatable.")
    type: Names = Field([], description="Count only tasks of this type; repeatable.")
    language: Names = Field([], description="Count only tasks in this language; repeatable.")
    weights: str = Field(
        "", max_length=10_000, description="Weights by task or type: `RTE=2, CB=0.5`."
    )
    where: str = Field(
        "", description="Rank only models of which this SQL condition on their facts is true."
    )

    def by(self) -> RankedBy:
        """Return what to rank by.

        Raises:
            TreatmentError: Two parameters exclude each other.
        """
        if self.mean is not None and self.p is not None:
            raise TreatmentError("mean and p cannot be combined: give only one of them")
        p = self.p if self.mean is None else MEANS[self.mean]
        if p is None and self.rule is None:
            p = 1.0
        return RankedBy(p, self.rule, self.reference, self.treatment)

    def selection(self) -> Selection:
        """Return the tasks and models that count.

        Raises:
            TreatmentError: The weights are not written as they must be.
        """
        return Selection(
            tasks=tuple(self.task),
            without=tuple(self.without),
            types=tuple(self.type),
            languages=tuple(self.language),
            weights=parse_weights(self.weights),
            where=self.where.strip(),
        )


class Claims(Paging):
    """Which claims are wanted."""

    article: str | None = Field(
        None, description="Of this article of kexue.fm: number, short name, or part of its title."
    )
    verdict: str | None = Field(None, description="With this verdict: holds, refuted …")
    level: str | None = Field(None, description="On evidence of this level.")
    board: str | None = Field(None, description="With a verdict on this board.")
    find: str = Field("", max_length=200, description="With these words in id, title or sentence.")


class Verdicts(Paging):
    """Which verdicts on one claim are wanted."""

    board: str | None = None
    snapshot: str | None = None
    treatment: str | None = None
    setting: str | None = None
    history: bool = Field(False, description="All past verdicts too, newest first.")


class Evidence(Paging):
    """Which verdict's evidence is wanted; that of the claim's own one where nothing is named."""

    board: str | None = None
    snapshot: str | None = None
    treatment: str | None = None
    setting: str | None = None


class Runs(Paging):
    """Which runs are wanted."""

    status: str | None = Field(None, description="finished or failed.")
    evaluator: str | None = None
    task: str | None = None
    checkpoint: str | None = None
    night_id: str | None = Field(None, description="Runs of one plan run.")


class Sql(BaseModel):
    """A query, and how much of its answer is wanted."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(max_length=50_000, description="One query: SELECT, WITH, FROM, DESCRIBE …")
    max_rows: int = Field(1000, ge=1, le=10_000, description="Most rows of the answer.")
    deadline: float = Field(5.0, ge=0.1, le=5.0, description="Seconds the query may take.")
