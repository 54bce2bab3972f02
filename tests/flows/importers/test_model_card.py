"""The model-index of model cards."""

import pytest
import yaml

from tests.flows.importers.conftest import cells, refused, taken


def card(*results, name="org/a"):
    index = [{"name": name, "results": list(results)}]
    return f"---\nlicense: mit\nmodel-index:\n{yaml.safe_dump(index)}---\n# A card\n"


def entry(dataset, metrics, **more):
    return {
        "task": {"type": "Classification"},
        "dataset": {"type": "x", "name": dataset, **more},
        "metrics": [{"type": key, "value": value} for key, value in metrics.items()],
    }


def test_mteb_style_takes_the_main_metric_of_each_task(put):
    found = taken(
        "model-card",
        put(
            "README.md",
            card(
                entry(
                    "MTEB AmazonCounterfactualClassification (en)",
                    {"accuracy": 75.0, "f1": 60.0},
                    config="en",
                    split="test",
                ),
                entry(
                    "MTEB ArguAna",
                    {"map_at_1": 20.0, "ndcg_at_10": 50.0},
                    config="default",
                    split="test",
                ),
                entry("MTEB BIOSSES", {"cos_sim_spearman": 83.0, "manhattan_spearman": 84.0}),
                entry(
                    "MTEB Ocnli (default)",
                    {"main_score": 71.0, "max_ap": 70.0, "max_accuracy": 71.0},
                ),
                entry("MTEB AFQMC", {"cos_sim_spearman": 40.0}, split="validation"),
            ),
        ),
    )
    assert cells(found) == {
        "org/a": {
            "MTEB AmazonCounterfactualClassification (en)": 75.0,
            "MTEB ArguAna": 50.0,
            "MTEB BIOSSES": 83.0,
            "MTEB Ocnli": 71.0,
            "MTEB AFQMC [validation]": 40.0,
        }
    }
    assert {c.metric for c in found.board.columns} == {
        "accuracy",
        "ndcg_at_10",
        "cosine_spearman",
        "max_accuracy",
    }


def test_hub_style_keeps_every_metric_that_ranks(put):
    found = taken(
        "model-card",
        put(
            "README.md",
            card(
                entry(
                    "glue",
                    {"accuracy": 0.9, "f1": "0.8", "loss": 0.3},
                    config="mrpc",
                    split="validation",
                )
            ),
        ),
    )
    assert cells(found) == {
        "org/a": {"glue [mrpc, validation] accuracy": 0.9, "glue [mrpc, validation] f1": 0.8}
    }
    assert any("less is better: loss" in note for note in found.notes)


def test_a_folder_of_cards_is_several_models(put, tmp_path):
    put("cards/a/README.md", card(entry("x", {"acc": 0.5})))
    put("cards/b/README.md", card(entry("x", {"acc": 0.6}), name="org/b"))
    assert cells(taken("model-card", tmp_path / "cards")) == {
        "org/a": {"x": 0.5},
        "org/b": {"x": 0.6},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# no front matter\n", "no YAML front matter"),
        ("---\nlicense: mit\n---\n", "has no model-index"),
        ("---\na: [\n---\n", "not valid YAML"),
        ("---\na: !!python/object/apply:os.system [ls]\n---\n", "not valid YAML"),
        (card(entry("x", {"acc": "94.2/92.3"})), "is '94.2/92.3', which is not a number"),
        (card(entry("x", {"acc": None})), "which is not a number"),
        (card(entry("x", {"acc": float("nan")})), "which is not a score"),
        (card(entry("x", {"acc": 0.9}), entry("y", {"acc": 92.0})), "proportions beside per cent"),
        (card(entry("x", {"acc": 0.9}), entry("x", {"acc": 0.8})), "is 0.8, but 0.9 before"),
        (card(entry("x", {"acc": 0.9}), name=""), "has no name"),
    ],
)
def test_bad_cards_are_refused(put, text, said):
    assert said in refused("model-card", put("README.md", text))


def test_aliases_that_unfold_into_billions_end(put):
    lines = ["r0: &r0 [{metrics: []}]"]
    many = ", ".join(["*r0"] * 500)
    lines += [f"r1: &r1 [{many}]", "model-index:"]
    lines += ["- {name: m, results: *r1}"] * 200
    text = "---\n" + "\n".join(lines) + "\n---\n"
    assert "contains more than 50,000 results" in refused("model-card", put("README.md", text))


def test_one_metric_by_name_old_or_new(put):
    path = put(
        "README.md",
        card(entry("MTEB BIOSSES", {"cos_sim_pearson": 81.0, "cos_sim_spearman": 83.0})),
    )
    for name in ("cos_sim_pearson", "cosine_pearson"):
        assert cells(taken("model-card", path, {"metric": [name]})) == {
            "org/a": {"MTEB BIOSSES": 81.0}
        }
    assert "did you mean 'cosine_pearson'" in refused(
        "model-card", path, {"metric": ["cosine_person"]}
    )
