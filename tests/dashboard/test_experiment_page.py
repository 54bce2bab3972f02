"""The page of experiments: any evaluator with arms, its settings, curves, differences, claims."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dashboard.experiments.settings import numbers, places, short, sweeps
from dashboard.queries import experiments as queries
from evaluators import claims, registry
from evaluators.described import claims_on, describe, evaluators_of, smoke
from tests.dashboard.experiments import keep, keep_arms
from tests.dashboard.look import everything

PAGE = "experiments"
ONE = {"experiment": "linear_simcse", "metric": "spearman"}


def charts(app) -> int:
    return len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart"))


def tab(view: str) -> str:
    return f"{PAGE}?experiment-view={view}"


def test_a_number_is_named_by_the_words_before_it_or_else_after_it() -> None:
    found = numbers("dimension 64, dtype float32, 10,000 sentences, rate 1e-2, gap -0.5 nats")
    assert [(each.name, each.value) for each in found] == [
        ("dimension", 64.0),
        ("sentences", 10_000.0),
        ("rate", 0.01),
        ("gap", -0.5),
    ]
    assert found[0].rest == "dimension #, dtype float32, 10,000 sentences, rate 1e-2, gap -0.5 nats"


def test_a_number_is_swept_where_settings_differ_in_it_alone() -> None:
    grid = [f"T {t}, beta {b}, cosine" for t in (10, 100, 1000) for b in (0.1, 0.2)]
    assert sweeps(grid) == ["T", "beta"]
    assert sweeps(["T 10, beta 0.1", "T 20, beta 0.2"]) == []
    assert sweeps(["T 10"]) == []


def test_settings_of_a_sweep_share_a_panel_and_others_stand_alone() -> None:
    settings = ["T 10, cosine", "T 20, cosine", "T 10, linear", "exact"]
    found = places(settings, "T")
    assert set(found) == {"T 10, cosine", "T 20, cosine"}
    assert found["T 20, cosine"].value == 20.0
    assert len({place.panel for place in found.values()}) == 1


def test_parts_that_all_settings_share_are_said_once() -> None:
    assert short(["T 10, rate 1, cosine", "T 20, rate 1, linear"]) == (
        "rate 1",
        ["T 10, cosine", "T 20, linear"],
    )
    assert short(["T 10, rate 1"]) == ("T 10, rate 1", [""])


def test_page_draws_lines_along_the_swept_number_and_points_beside(
    open_page, experiments: str
) -> None:
    app = open_page(experiments, PAGE, **ONE)
    assert not app.exception
    assert charts(app) == 3  # two places of dropout along the exponent, and what stands alone
    shown = everything(app)
    assert "All here: exponent" not in shown
    assert "10000 sentences, rate 0.01" in shown
    means = next(
        d.value
        for d in app.dataframe
        if "spearman ×100" in str(d.value.columns) or "value" in d.value
    )
    top = means[(means.arm == "trained") & (means.setting.str.startswith("exponent 2"))].iloc[0]
    assert top["value"] == pytest.approx(58.1)
    # Student's t of 58.0, 58.1 and 58.2: 4.303 * 0.1 / sqrt(3)
    assert top.ci_high - top["value"] == pytest.approx(4.3027 * 0.1 / 3**0.5, rel=1e-4)


def test_page_says_what_was_measured_in_the_words_of_the_experiment(
    open_page, experiments: str
) -> None:
    shown = everything(open_page(experiments, PAGE, **ONE))
    assert "Compare a linear layer trained with the SimCSE loss with whitening" in shown
    assert "A frozen encoder makes its vector" in shown  # folded: the whole docstring
    assert "made-up world" in shown
    assert "3: 1000 to 1002" in shown
    assert "evaluators/experiments/linear_simcse.py" in shown
    assert "Smoke run" in shown
    assert "sentences" in smoke("linear_simcse", ['{"sentences": 500, "epochs": 10}'])
    assert 'href="https://kexue.fm/archives/8348"' in shown


def test_sql_on_the_page_gives_the_numbers_of_its_table(open_page, experiments: str) -> None:
    from db import open_store

    app = open_page(experiments, PAGE, **ONE)
    shown = [code.value for code in app.code if "FROM arm_scores" in code.value]
    assert len(shown) == 1
    with open_store(experiments).read() as connection:
        rows = connection.exec_driver_sql(shown[0]).fetchall()
    assert len(rows) == 14
    assert ":" not in shown[0].replace("::", "")


def test_specification_curve_sorts_every_difference_from_the_base(
    open_page, experiments: str
) -> None:
    app = open_page(experiments, tab("Differences"), **ONE)
    assert not app.exception
    assert app.selectbox(key="base").value == "raw"
    assert charts(app) == 1
    pairs = next(d.value for d in app.dataframe if "base_mean" in d.value)
    assert pairs.number.tolist() == list(range(1, 8))
    assert pairs.difference.round(3).tolist() == [0.1, 2.1, 2.1, 4.1, 4.1, 8.1, 8.1]
    shown = everything(app)
    assert "7 differences over 7 settings: 6 surely higher, 0 surely lower" in shown
    app.selectbox(key="base").set_value("trained").run()
    pairs = next(d.value for d in app.dataframe if "base_mean" in d.value)
    assert pairs.difference.round(3).tolist() == [-8.1, -8.1, -4.1, -4.1, -2.1, -2.1, -0.1]


def test_training_curve_runs_from_the_first_step_to_the_last_tenth(
    open_page, experiments: str
) -> None:
    app = open_page(experiments, tab("Training curves"), **ONE)
    assert charts(app) == 1
    points = next(d.value for d in app.dataframe if "share" in d.value)
    own = points[points.setting == points.setting.iloc[0]]
    assert own.share.tolist() == [0.0, *(5.0 + 10 * i for i in range(10))]
    assert own.loss.round(3).tolist() == [round(2.001 - 0.1 * i, 3) for i in range(11)]
    assert own.seeds.tolist() == [3] * 11


def test_claims_of_the_experiment_are_listed_with_what_is_not_judged(
    open_page, experiments: str
) -> None:
    shown = everything(open_page(experiments, tab("Claims"), **ONE))
    assert "Not judged yet: a linear SimCSE layer does not reach whitening" in shown
    assert "flatnce" not in shown


def test_article_narrows_the_experiments(open_page, experiments: str) -> None:
    app = open_page(experiments, PAGE)
    title = "8348 Is it the best on Chinese tasks too? Further experiments with SimCSE"
    assert title in app.selectbox(key="article").options
    assert set(app.selectbox(key="experiment").options) >= {"clue", "linear_simcse"}
    app.selectbox(key="article").set_value("8348 simcse-zh").run()
    assert not app.exception
    offered = app.selectbox(key="experiment").options
    assert "linear_simcse" in offered
    assert all(any(claims.find(c).article == 8348 for c in claims_on(name)) for name in offered)


def test_a_number_over_decades_is_on_a_logarithmic_axis(open_page, experiments: str) -> None:
    app = open_page(experiments, PAGE, experiment="linear_simcse", metric="loss_ratio")
    assert not app.exception
    assert charts(app) == 3


def test_one_seed_has_points_without_intervals(open_page, store) -> None:
    keep_arms(store, seeds=1)
    app = open_page(store.url, PAGE, **ONE)
    assert not app.exception
    assert charts(app) == 3
    assert not open_page(store.url, tab("Differences"), **ONE).exception
    assert not open_page(store.url, tab("Training curves"), **ONE).exception


def test_more_arms_than_colours_are_chosen_among(open_page, store) -> None:
    from db.rows import ScoreRow

    scores = [
        ScoreRow("error", 0.1 * i, 10, {"arm": f"arm {i}", "setting": f"T {t}", "seed": s})
        for i in range(9)
        for t in (1, 10, 100)
        for s in (0, 1)
    ]
    keep(store, "can", {}, scores)
    app = open_page(store.url, PAGE)
    assert not app.exception
    assert app.multiselect(key="arms").value == [f"arm {i}" for i in range(6)]
    app.multiselect(key="arms").set_value([]).run()
    assert "Choose an arm." in everything(app)


def test_evaluator_of_somebody_else_is_shown_without_words(open_page, store) -> None:
    keep_arms(store, "flow_of_mine")
    app = open_page(store.url, PAGE)
    assert not app.exception
    assert "An evaluator that this version does not know." in everything(app)
    assert describe("flow_of_mine") is None


def test_every_claim_on_arms_knows_its_experiment() -> None:
    for name in claims.names():
        claim = claims.find(name)
        if getattr(claim.evidence, "view", "") == "arm_scores":
            assert evaluators_of(claim), name
    assert "can-gain" in claims_on("can")
    assert "dimension-c1" in claims_on("dimension_theory")


@pytest.mark.parametrize("evaluator", registry.names())
def test_every_evaluator_says_in_one_paragraph_what_it_does(evaluator: str) -> None:
    found = describe(evaluator)
    assert found is not None
    assert found.first.endswith(".")
    assert found.words.startswith(found.first.split()[0])


def test_quotes_in_a_name_stay_inside_the_query(store) -> None:
    keep_arms(store, "it's; DROP TABLE runs; --")
    sql = queries.shown(queries.MEANS, evaluator="it's; DROP TABLE runs; --", metric="spearman")
    with store.read() as connection:
        assert len(connection.execute(sa.text(sql.replace(":", "\\:"))).fetchall()) == 14
