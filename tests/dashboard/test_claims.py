"""The claims page: each claim's verdict, number, evidence, history, source."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard import formatting, safe_html, verdicts
from dashboard.charts.forest import Bound
from dashboard.claims import words
from dashboard.claims.changes import first_judged, in_words, since
from dashboard.claims.evidence import bounds, labels
from dashboard.claims.rows_behind import group_of, query_of
from dashboard.queries import claims
from tests.dashboard.look import everything


def test_every_claim_shows_its_sentence_verdict_and_number(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims"))
    for said in ("Humans lead.", "n is 8.33 ln N.", "Caching is exact."):
        assert said in shown
    assert "Deciding number: 2.5, 95% interval 2.0 to 3.0, threshold 8.33" in shown
    assert "2.4×10⁻⁷, no interval, threshold 1×10⁻⁶" in shown
    assert "Of 1 claim on real data 0 hold, 1 do not, 0 are open" in shown


def test_real_data_come_first_and_a_made_up_refutation_is_never_filled(
    open_page, experiments: str
) -> None:
    shown = everything(open_page(experiments, "claims"))
    assert shown.index("Humans lead.") < shown.index("n is 8.33 ln N.")
    assert 'rc-verdict rc-error" title' in shown
    assert "refuted by a made-up example" in shown
    assert "rc-error rc-filled" not in shown  # the other is not sure
    for badge in ("Real board", "Made-up data", "Theorem"):
        assert f">{badge}<" in shown


def test_interval_with_the_threshold_in_it_is_not_sure(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", claim="humans"))
    assert "refuted as printed, not sure" in shown
    assert "The interval contains the threshold" in shown


def test_one_claim_shows_source_test_rule_evidence_and_doors(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="humans")
    shown = everything(app)
    assert "a rule" in shown
    assert 'href="https://arxiv.org/abs/2112.01342"' in shown
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 1
    evidence = app.dataframe[0].value
    assert len(evidence) == 2  # where each task counts once alone, at first
    app.selectbox(key="of-treatment").set_value("any").run()
    assert len(app.dataframe[0].value) == 3
    pages = [link.proto.page for link in app.get("page_link")]
    assert pages == ["leaderboards", "sql"]
    assert [b.label for b in app.button if b.key == "provenance-doors"] == ["Provenance"]


def test_a_verdict_opens_by_its_name(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="humans")
    names = app.selectbox(key="verdicts-name")
    assert len(names.options) == len(app.dataframe[0].value)
    assert all(" · " in name for name in names.options)
    before = len(app.get("page_link"))
    names.select_index(1).run()
    assert not app.exception
    opened = app.dataframe[0].value.iloc[1]
    assert str(opened.detail) in everything(app)
    assert len(app.get("page_link")) > before, "its doors are there"


def test_rows_that_say_nothing_are_one_line(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="law")
    assert len(app.dataframe[0].value) == 1
    assert "1 piece of evidence cannot decide it: too few N (1)." in everything(app)


def test_changed_verdict_is_in_the_history(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", claim="law"))
    assert "1 verdict differed from the one before" in shown
    assert "2026-11-21: refuted by a made-up example (2.5)" in shown


def test_rule_of_a_gain_has_all_its_bounds_drawn() -> None:
    rows = pd.DataFrame({"threshold": [1.0, 1.0], "smallest_detectable": [1.9, 2.0]})
    assert [bound.value for bound in bounds(rows)] == [1.0, 0.0, -1.0]
    alone = rows.assign(smallest_detectable=None)
    assert bounds(alone) == [Bound(1.0, "threshold 1")]
    assert bounds(rows.assign(threshold=[1.0, 2.0])) == []  # then each number has its own tick


@pytest.mark.parametrize(
    ("rule", "name", "unit"),
    [
        ("The number is the accuracy of A less that of B, in points. Holds when", "accuracy of A"
         " less that of B, in points", "points"),
        ("The number is the loss in nats a token. Holds", "loss in nats a token", "nats a token"),
        ("Something else.", "deciding number", ""),
        (None, "deciding number", ""),
    ],
)  # fmt: skip
def test_number_has_the_name_and_unit_of_its_rule(rule: str, name: str, unit: str) -> None:
    assert (words.number_name(rule), words.unit(rule)) == (name, unit)


def test_every_claim_of_ours_names_its_number() -> None:
    from evaluators.claims import find, names

    unnamed = [
        name for name in names() if words.number_name(find(name).decision_rule).startswith("decid")
    ]
    assert len(unnamed) < len(names()) / 8


def test_sql_of_a_verdict_gives_the_very_rows(store) -> None:
    from tests.dashboard.experiments import keep_arms

    keep_arms(store, "child_tuning", "plain")
    by = ("task", "setting", "checkpoint", "trained_on")
    setting = "task=made-up vectors, setting=exponent 1, dropout 0.3 on hidden, a=b"
    assert group_of(setting, by) == {
        "task": "made-up vectors",
        "setting": "exponent 1, dropout 0.3 on hidden, a=b",
    }
    names = ("board", "snapshot", "treatment")
    row = pd.Series(
        {"claim": "childtuning-gain", **dict.fromkeys(names), "setting": "task=it's, setting=%:x"}
    )
    assert "'it''s'" in query_of(row)
    with store.read() as connection:
        assert connection.exec_driver_sql(query_of(row)).all() == []
        whole = query_of(row.replace({"task=it's, setting=%:x": None}))
        found = connection.exec_driver_sql(whole).mappings().all()
        assert {each["evaluator"] for each in found} <= {"child_tuning", "clue"}
        assert claims.newest_run(connection, "SELECT 1 AS n") is None


def test_changes_are_listed_with_their_cause(open_page, experiments: str, store) -> None:
    from datetime import timedelta

    from db.claims import write_verdicts
    from db.rows import VerdictRow
    from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT

    each = [("holds", FIRST_NIGHT, "d1"), ("mixed", SECOND_NIGHT, "d2")]
    write_verdicts(
        store,
        [
            VerdictRow(v, "tie", at, v, combined=True, claim_id="c", evidence_digest=digest)
            for v, at, digest in each
        ],
    )
    with store.read() as connection:
        found = claims.changes(connection)
    assert [in_words(row) for row in found.itertuples()] == [
        "holds → mixed",
        "judged for the first time: holds",
    ]
    assert found.cause[0] == "New evidence"
    now = SECOND_NIGHT + timedelta(days=7, hours=-1)
    assert len(since(found, 7, now)) == 1
    assert first_judged(found, found[found.before.isna()]) == (
        "info",
        "1 claim was judged for the first time since 2026-11-20: there is no earlier verdict to"
        " compare with.",
    )
    assert first_judged(found, found[:0]) == ("good", "")
    other = found[found.before.isna()].assign(decided_at=SECOND_NIGHT)
    assert first_judged(pd.concat([found, other]), other)[0] == "good"
    shown = everything(open_page(experiments, "claims?claims-view=Changes&since=always"))
    assert "there are no earlier verdicts to compare with." in shown
    assert "No verdict changed" not in shown
    week = everything(open_page(experiments, "claims?claims-view=Changes"))
    assert "No verdict changed in this time (7 days)." in week


def test_address_of_a_source_is_text_unless_we_know_the_place(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", claim="exact"))
    assert "Source: http://evil.example/2101.06983" in shown
    assert "href" not in shown


def test_filter_by_verdict_keeps_those_claims(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", verdict="holds"))
    assert "Caching is exact." in shown
    assert "Humans lead." not in shown


def test_search_and_filters_are_in_the_address(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", find="HUMANS lead"))
    assert "Humans lead." in shown
    assert "Caching is exact." not in shown
    shown = everything(open_page(experiments, "claims", data="Theorem"))
    assert "Caching is exact." in shown
    assert "Humans lead." not in shown


def test_row_of_a_claim_leads_to_it_and_a_button_leads_back(open_page, experiments: str) -> None:
    assert 'href="claims?claim=humans"' in everything(open_page(experiments, "claims"))
    app = open_page(experiments, "claims", claim="humans")
    next(b for b in app.button if b.label == "All claims").click().run()
    assert "Caching is exact." in everything(app)


def test_claim_in_a_link_that_nobody_judged_is_a_sentence(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="<b>of yesteryear</b>")
    assert not app.exception
    assert "claim <strong>&lt;b&gt;of yesteryear&lt;/b&gt;</strong>, which" in everything(app)


def test_canary_of_several_tasks_stands_with_all_of_its_newest_plan_run(store) -> None:
    from db.claims import write_verdicts
    from db.rows import VerdictRow
    from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT

    each = [("a", FIRST_NIGHT, "one"), ("b", SECOND_NIGHT, "two"), ("c", SECOND_NIGHT, "two")]
    write_verdicts(
        store,
        [
            VerdictRow(i, verdicts.CANARY, at, verdicts.CANARY if i == "b" else "holds", night_id=n)
            for i, at, n in each
        ],
    )
    with store.read() as connection:
        standing = claims.standing(connection)
    assert sorted(standing.verdict) == [verdicts.CANARY, "holds"]
    assert verdicts.headline(standing).verdict == verdicts.CANARY


def _standing(*rows: tuple[str, float | None, bool]) -> pd.DataFrame:
    columns = ["verdict", "statistic", "combined"]
    return pd.DataFrame(list(rows), columns=columns).assign(claim="c")


@pytest.mark.parametrize(
    ("rows", "verdict", "statistic"),
    [
        ([("holds", 1.0, False)], "holds", 1.0),
        ([("holds", 1.0, False), ("mixed", 2.0, True), ("refuted", 3.0, False)], "mixed", 2.0),
        ([("holds", 1.0, True), (verdicts.CANARY, 2.0, False)], verdicts.CANARY, 2.0),
    ],
)
def test_headline_is_the_verdict_over_all_settings(rows, verdict, statistic) -> None:
    head = verdicts.headline(_standing(*rows))
    assert (head.verdict, head.statistic) == (verdict, statistic)


def test_level_and_chance_of_errors_are_said(open_page, experiments: str) -> None:
    assert "made-up world" in everything(open_page(experiments, "claims", claim="law"))
    assert "at most 0.0 are expected to be wrong by chance" in everything(
        open_page(experiments, "claims")
    )


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((2.2146, 1.395, 3.0345), ("2.2", "1.4", "3.0")),
        ((4.0, 1.0, 6.0), ("4", "1", "6")),
        ((0.03528, 0.00962, 0.0422), ("0.035", "0.010", "0.042")),
        ((2.4e-7, None, None), ("2.4×10⁻⁷", "", "")),
    ],
)
def test_numbers_have_the_digits_that_their_interval_allows(numbers, said) -> None:
    assert formatting.measured(*numbers) == said


def test_labels_leave_out_what_all_evidence_shares() -> None:
    rows = pd.DataFrame(
        {
            "board": None,
            "snapshot": None,
            "treatment": None,
            "setting": ["experiment=kept, setting=a, b", "experiment=kept, setting=c"],
        }
    )
    assert labels(rows) == ["a, b", "c"]
    assert labels(rows[:1]) == ["kept · a, b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Doe, arXiv:2112.01342, abstract", ["https://arxiv.org/abs/2112.01342"]),
        ("kexue.fm/archives/8711 (2021)", ["https://kexue.fm/archives/8711"]),
        ("openreview.net/forum?id=PPGfoNJnLKd", ["https://openreview.net/forum?id=PPGfoNJnLKd"]),
        ("https://evil.example/arXiv", []),
        ("javascript:alert(1)", []),
        ("kexue.fm/archives/8711/../../evil", []),
    ],
)
def test_only_known_places_become_links(text: str, found: list[str]) -> None:
    assert [address for _, address in safe_html.sources(text)] == found


def test_prefect_link_takes_uuids_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    run = "c975fc40-64ea-4094-a8f1-3c7f2da78f6b"
    monkeypatch.delenv("PREFECT_UI_URL", raising=False)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert safe_html.prefect_run(run) == f"http://127.0.0.1:4200/runs/flow-run/{run}"
    assert safe_html.prefect_run('"><script>') is None
    assert safe_html.prefect_run(None) is None
    monkeypatch.setenv("PREFECT_UI_URL", "javascript:alert(1)")
    assert safe_html.prefect_run(run) is None
    monkeypatch.delenv("PREFECT_UI_URL")
    monkeypatch.delenv("PREFECT_API_URL")
    assert safe_html.prefect_run(run) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.41893, "0.4189"),
        (-2.448e-7, "−2.448×10⁻⁷"),
        (0.0, "0"),
        (12130.4, "12,130"),
        (4.0, "4"),
        (1e12, "1×10¹²"),
        (float("inf"), "∞"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_figure_of_any_size(value: float | None, said: str) -> None:
    assert formatting.figure(value) == said


def test_an_article_shows_its_claims_alone_and_a_link(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims")
    chooser = app.selectbox(key="of-article")
    chosen = [label for label in chooser.options if label.startswith("8711 ")]
    assert chooser.options == ["any", *sorted(chooser.options[1:])]
    assert len(chosen) == 1
    chooser.set_value(8711).run()
    shown = everything(app)
    assert "n is 8.33 ln N." in shown
    assert "Humans lead." not in shown
    assert 'href="https://kexue.fm/archives/8711"' in shown
    assert app.query_params["article"] in ("8711", ["8711"])


def test_an_article_in_the_address_is_chosen(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", article="8783")
    assert app.selectbox(key="of-article").value == 8783
    assert "Humans lead." in everything(app)
    other = open_page(experiments, "claims", article="8802")  # none of its claims is judged
    assert other.selectbox(key="of-article").value is None
    assert "<strong>8802</strong>, which this store does not have" in everything(other)


def test_a_verdict_stands_beside_the_rule_that_it_was_judged_by(store) -> None:
    from db.claims import write_verdicts
    from db.rows import ClaimRow, VerdictRow
    from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT

    for at, rule in ((SECOND_NIGHT, "the rule of the verdict"), (FIRST_NIGHT, "recorded later")):
        row = ClaimRow("tie", "A tie.", "Doe 2021", rule)
        judged = VerdictRow(rule, "tie", at, "holds", combined=True, claim_id=row.claim_id)
        write_verdicts(store, [judged], [row])
    with store.read() as connection:
        assert claims.known(connection).decision_rule.tolist() == ["the rule of the verdict"]


def test_line_of_a_claim_on_a_board_names_its_snapshot(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims"))
    assert "superglue · 2021 · each task counts once: Deciding number: 4" in shown


def test_a_number_that_decided_nothing_and_has_no_name_is_left_out() -> None:
    row = SimpleNamespace(
        verdict="not testable here", statistic=86.0, ci_low=None, ci_high=None, threshold=5.0
    )
    assert words.number_line(row, "Not testable: no table is at hand.") == ""
    assert words.number_line(row, "The number is how many models.").startswith(
        "How many models: 86"
    )
