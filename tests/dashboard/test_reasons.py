"""What verdicts rest on and come to, in Chinese."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard import language
from dashboard.claims import reasons
from dashboard.claims.reasons import translated
from evaluators.claims import Verdict, find
from evaluators.claims.judging.combining import combine


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as somebody who chose Chinese; outside of a page everything is English."""
    for module in (language, reasons):
        monkeypatch.setattr(module, "current", lambda: language.CHINESE)


def _decided(name: str) -> list[Verdict]:
    claim = find(name)
    return [claim.decide(control.evidence) for control in claim.controls()]


def test_every_way_to_combine_verdicts_is_said_in_chinese(chinese: None) -> None:
    verdicts = _decided("egp-beats-gp")
    by_word = {verdict.word: verdict for verdict in verdicts}
    holds, refuted = by_word["holds"], by_word["refuted"]
    open_one, silent = by_word["inconclusive"], by_word["not testable here"]

    def said(*found: Verdict, average: float | None = None) -> tuple[str, str]:
        come_to = combine(found, scope="setting", own="small", average=average)
        return translated(come_to.detail), translated(come_to.rests_on)

    assert said(holds, holds, refuted) == (
        "2 个成立，1 个被推翻",
        f"3 个设置，各有 {translated(holds.rests_on)}",
    )
    assert said(holds, open_one, open_one)[0] == "1 个成立，2 个无法断定：不到一半有定论"
    assert said(replace(holds, cut="epochs 8 of 20")) == (
        "只有冒烟运行，不能作出判定（epochs 为 8（默认 20））",
        f"冒烟运行：{translated(holds.rests_on)}",
    )
    why, on = said(silent, silent)
    assert why.startswith("2 个设置都无法检验；第一个：")
    assert on == "无"
    assert said(holds, refuted, average=1.0)[0].startswith("2 个设置的平均为 ")


def test_amount_of_a_real_verdict_is_chinese(chinese: None) -> None:
    (holds,) = {v.rests_on for v in _decided("egp-beats-gp") if v.word == "holds"}
    assert holds.endswith(" seeds")
    assert translated(holds) == f"{holds.split()[0]} 个随机种子"


def test_names_in_what_a_rule_found_stay_as_they_are(chinese: None) -> None:
    said = "largest slope found: wu 0.999999, bhaskara 0.999854; plain 13.1 or more"
    assert translated(said) == "找到的最大斜率：wu 0.999999, bhaskara 0.999854；普通的不小于 13.1"


def test_reason_in_english_is_as_it_was_written() -> None:
    assert translated("1 holds, 3 refuted") == "1 holds, 3 refuted"
