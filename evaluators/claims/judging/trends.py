"""Numbers that are swept in the settings of an experiment: `digits, deviation 0.1, samples 64`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import BySeed
from evaluators.claims.judging.claim import FEWEST_SEEDS, Finding, NotTestable, Word
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values


@lru_cache(maxsize=1024)
def number_in(setting: str, name: str) -> float | None:
    """Return the number behind a name in a setting: 64 for `samples` in `mixture, samples 64`."""
    found = re.search(rf"(?:^|, ){re.escape(name)} ([0-9.e+-]+)(?:,|$)", setting)
    return float(found[1]) if found else None


def swept(evidence: RowEvidence, metric: str, arm: str, name: str) -> Mapping[float, BySeed]:
    """Return an arm's numbers by a number of the setting and by seed, the smallest first.

    Where settings differ in more than that number, they are those that are alike in all else and
    have the most rows.

    Raises:
        NotTestable: It was measured in no setting with such a number.
    """
    alike: dict[str, dict[float, dict[int, float]]] = {}
    for row in evidence.rows:
        number = number_in(str(row["setting"]), name)
        if row["metric"] == metric and row["arm"] == arm and number is not None:
            rest = str(row["setting"]).replace(f"{name} {number:g}", name)
            by_number = alike.setdefault(rest, {})
            by_number.setdefault(number, {})[int(row["seed"])] = float(row["value"])
    if not alike:
        raise NotTestable(f"the arm {arm!r} was not measured in {metric} for any {name}")
    most = max(alike, key=lambda rest: (sum(map(len, alike[rest].values())), rest))
    return dict(sorted(alike[most].items()))


def paired(*by_seed: BySeed) -> list[tuple[float, ...]]:
    """Return numbers of the seeds that all have, one tuple for each seed.

    Raises:
        NotTestable: Too few seeds are common.
    """
    both = paired_values(*by_seed)
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(f"{len(both)} common seeds: an interval needs {FEWEST_SEEDS}")
    return list(both.values())


def mean_of(by_seed: BySeed) -> Interval:
    """Return the mean over seeds with its interval.

    Raises:
        NotTestable: Too few seeds.
    """
    return mean_interval([value for (value,) in paired(by_seed)])


def difference(ours: BySeed, theirs: BySeed) -> Interval:
    """Return the mean of the differences over common seeds with its interval.

    Raises:
        NotTestable: Too few seeds are common.
    """
    return mean_interval([a - b for a, b in paired(ours, theirs)])


class Trend(NamedTuple):
    """Whether numbers rise from setting to setting, in the order of the swept number.

    Attributes:
        correlation: Spearman's correlation with the swept number inside a seed, mean over seeds.
        rises: One-sided p-value of Page's test that they do not rise.
        falls: The same that they do not fall.
    """

    correlation: Interval
    rises: float
    falls: float

    def word(self, look: int = 1) -> Word:
        """Return `holds` where they rise, `refuted` where they fall, each by a test at 5%."""
        if self.p_value(look) > rules.ALPHA:
            return "inconclusive"
        return "holds" if self.rises < self.falls else "refuted"

    def p_value(self, look: int = 1) -> float:
        """Return the smaller p-value, times what its look costs; see `rules.alpha_of_look`."""
        return min(1.0, min(self.rises, self.falls) / rules.alpha_of_look(look))

    def finding(self, detail: str, look: int = 1) -> Finding:
        """Return what a judge says that this test decides.

        Without an interval of the correlation: Student's is not of this test, so it could contain 0
        beside a trend, and reach beyond 1.

        Args:
            detail: What was measured, in words.
            look: As `RowEvidence.look`.
        """
        one, p_value = self.correlation, self.p_value(look)
        return Finding(
            self.word(look),
            f"{detail} is {one.estimate:+.2f}; Page's test: p = {p_value:.2g}; {one.n} seeds",
            statistic=one.estimate,
            threshold=0.0,
            p_value=p_value,
            rests_on=f"{one.n} seeds",
        )


def trend(numbers: Mapping[float, BySeed], *, rising: bool = True) -> Trend:
    """Return Page's test for a trend over three settings or more, paired by seed.

    Args:
        numbers: By the swept number.
        rising: Whether the numbers should rise with it; if not, `Trend.rises` means that they fall.

    Raises:
        NotTestable: There are fewer than three settings, or too few common seeds.
    """
    from scipy.stats import page_trend_test, rankdata

    if len(numbers) < 3:
        raise NotTestable(f"{len(numbers)} settings: a trend needs three")
    order = sorted(numbers, reverse=not rising)
    table = paired(*(numbers[number] for number in order))
    # Spearman's, of ranks that are found for all rows at once. A row without any order has no
    # correlation; it speaks for no trend.
    within = [
        float(np.corrcoef(range(len(ranks)), ranks)[0, 1]) if np.ptp(ranks) else 0.0
        for ranks in rankdata(table, axis=1)
    ]
    backwards = [row[::-1] for row in table]
    return Trend(
        mean_interval(within),
        float(page_trend_test(table).pvalue),
        float(page_trend_test(backwards).pvalue),
    )


def sweep_rows(
    points: Mapping[str, Mapping[int, float] | Mapping[float, float]],
    *,
    name: str,
    metric: str,
    noise: float,
    prefix: str = "made up",
    seeds: int = 7,
    draw: int = 7,
) -> list[Mapping[str, Any]]:
    """Return rows of arms about these means by a swept number, for controls.

    Args:
        points: By arm, and by the number.
        name: Of the number in a setting.
        metric: Of all rows.
        noise: Standard deviation of a row; over seeds it adds up to 0.
        prefix: What a setting begins with.
        seeds: How many.
        draw: Seed of the noise.
    """
    rng = np.random.default_rng(draw)
    rows: list[Mapping[str, Any]] = []
    for arm, by_number in points.items():
        for number, centre in by_number.items():
            own = rng.normal(0, noise, seeds)
            values: Sequence[float] = (centre + own - own.mean()).tolist()
            setting = f"{prefix}, {name} {number:g}"
            rows += [
                {"setting": setting, "arm": arm, "metric": metric, "seed": seed, "value": value}
                for seed, value in enumerate(values)
            ]
    return rows
