"""The metrics of triples are KgCLUE's, by hand."""

from __future__ import annotations

import pytest

from evaluators.clue.metrics import metrics_of, right
from evaluators.clue.tasks import find
from evaluators.trainer.labelled_data import Triple
from evaluators.trainer.predictions import Predictions, from_table, to_table

GOLD = (Triple("Rio", "代言人", "周迅 2013"), Triple("喜蛋", "制作方法", "水煮、烘焙"))
SAID = (Triple("rio", "代言人", "周迅  2013"), Triple("喜蛋", "做法", "水煮"))


def made() -> Predictions:
    return Predictions("triple", (), ("0", "1"), GOLD, SAID)


def test_em_and_f1_of_objects_and_their_mean() -> None:
    values = {metric.name: metric.total for metric in metrics_of(find("kgclue"), made())}
    assert values["em"] == 0.5  # case and spaces do not count
    assert values["f1"] == pytest.approx((1 + 2 * 2 / (5 + 2)) / 2)
    assert values["em_f1"] == pytest.approx((values["em"] + values["f1"]) / 2)
    assert values["em_subject"] == values["f1_subject"] == 1
    assert values["em_relation"] == 0.5
    assert values["f1_relation"] == pytest.approx((1 + 2 * 1 / (4 + 2)) / 2)
    assert values["em_triple"] == 0.5
    assert values["f1_triple"] == pytest.approx((1 + 2 * 5 / (11 + 6)) / 2)
    assert next(iter(values)) == find("kgclue").main_metric


def test_an_answer_is_right_where_its_object_is() -> None:
    assert right(made()).tolist() == [True, False]


def test_predictions_come_back_from_their_table() -> None:
    table = to_table(made(), task="kgclue", split="test_public")
    assert from_table(table) == made()
