"""The claims page: each claim's verdict, number, evidence, history, source."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard import formatting, safe_html, verdicts
from dashboard.claims import decided_by, labels
from dashboard.queries import claims
from tests.dashboard.look import everything


def test_every_claim_shows_its_sentence_verdict_and_number(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims"))
    for said in ("Humans lead.", "n is 8.33 ln N.", "Caching is exact."):
        assert said in shown
    assert "Decided by 2.5 (95% interval 2 … 3, threshold 8.33)" in shown
    assert "Decided by 2.4×10⁻⁷ (no interval, threshold 1×10⁻⁶)" in shown
    assert "of 3 claims" in shown


def test_verdict_of_a_mixed_treatment_decides_nothing(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="humans")
    shown = everything(app)
    assert ">refuted<" in shown
    assert "Verdicts by evidence: refuted 2." in everything(open_page(experiments, "claims"))


def test_one_claim_shows_rule_source_evidence_and_the_page_behind_it(
    open_page, experiments: str
) -> None:
    app = open_page(experiments, "claims", claim="humans")
    shown = everything(app)
    assert "a rule" in shown
    assert 'href="https://arxiv.org/abs/2112.01342"' in shown
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 1
    evidence = app.dataframe[0].value
    assert evidence.verdict.tolist() == ["refuted", "refuted"]  # per-task alone, at first
    app.selectbox(key="of-treatment").set_value("any").run()
    assert len(app.dataframe[0].value) == 3
    assert "leaderboards" in app.get("page_link")[0].proto.page


def test_changed_verdict_is_in_the_history(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="law")
    assert "1 verdict differed from the one before" in everything(app)
    history = app.dataframe[1].value
    assert history.verdict.tolist() == ["refuted"]
    assert history.statistic.tolist() == [2.5]


def test_number_without_interval_shows_a_dash_and_a_chart(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims", claim="exact")
    assert not app.exception
    assert "no interval was computed" in everything(app)


def test_address_of_a_source_is_text_unless_we_know_the_place(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims", claim="exact"))
    assert "Source: http://evil.example/2101.06983" in shown
    assert "href" not in shown


def test_filter_by_verdict_keeps_those_claims(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims")
    app.segmented_control(key="only-verdict").set_value("holds").run()
    shown = everything(app)
    assert "Caching is exact." in shown
    assert "Humans lead." not in shown


def test_button_of_a_claim_opens_it_and_another_leads_back(open_page, experiments: str) -> None:
    app = open_page(experiments, "claims")
    app.button(key="claim-1").click().run()
    assert app.selectbox(key="claim").value == "humans"
    assert app.query_params["claim"] in ("humans", ["humans"])
    app.selectbox(key="claim").set_value("law").run()
    assert "n is 8.33 ln N." in everything(app)
    next(b for b in app.button if b.label == "All claims").click().run()
    assert "of 3 claims" in everything(app)


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


def test_level_and_smoke_runs_are_said_on_the_card(open_page, experiments: str) -> None:
    shown = everything(open_page(experiments, "claims"))
    assert "made-up world" in shown
    assert "a theorem, checked numerically" in shown
    assert "at most 0.0 are expected to be wrong by chance" in shown


def test_a_number_that_decides_nothing_is_not_called_deciding() -> None:
    row = pd.Series(
        {"verdict": "not testable here", "statistic": 86.0, "ci_low": None, "ci_high": None,
         "threshold": 5.0, "board": "glue", "snapshot": None, "treatment": None, "setting": None}
    )  # fmt: skip
    said = "86 (no interval, threshold 5) on glue"
    assert decided_by(row) == f"Measured {said}. This decides nothing."
    assert decided_by(row.replace("not testable here", "holds")) == f"Decided by {said}."


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
    assert chooser.options == ["all", *sorted(chooser.options[1:])]
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
    shown = everything(app)
    assert "Humans lead." in shown
    assert "of 1 claim" in shown
    other = open_page(experiments, "claims", article="8802")  # none of its claims is judged
    assert other.selectbox(key="of-article").value is None
