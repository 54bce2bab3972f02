"""HELM's long form."""

import pytest

from tests.flows.importers.conftest import cells, refused, taken

HEAD = "model,score,scenario,source,aggragated_from,tag\n"


def rows(*lines, head=HEAD):
    return head + "".join(f"{line}\n" for line in lines)


def test_scenarios_are_columns_and_the_mean_win_rate_is_the_published_score(put):
    text = rows(
        "a,0.9,helm_lite_mwr,lite,[],holistic",
        "a,0.5,mmlu,lite,[],k",
        "b,0.4,gsm8k,lite,[],m",
        "a,0.7,all,lite,\"['mmlu']\",k",
    )
    found = taken("helm", put("h.csv", text))
    assert cells(found) == {"a": {"mmlu": 0.5}, "b": {"gsm8k": 0.4}}
    assert found.board.published[0] == 0.9
    assert any("2 aggregates left out: helm_lite_mwr, all" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rows("a,0.5,mmlu,x,[],k", "a,0.6,mmlu,x,[],k"), "a second score of a on mmlu"),
        (rows("a,0.5/0.6,mmlu,x,[],k"), "two numbers"),
        (rows("a,0.5,mmlu,x,[],k", "a,0.5,mmlu,y,[],k"), "contains 2 benchmarks, x, y"),
        (rows(",0.5,mmlu,x,[],k"), "no model"),
        (rows("a,0.5"), "2 cells under 6 columns"),
        ("model,score\na,1\n", "no column 'scenario'"),
        (rows(), "the file has no rows"),
    ],
)
def test_bad_tables_are_refused(put, text, said):
    assert said in refused("helm", put("h.csv", text))


def test_one_of_several_benchmarks_is_taken_by_name(put):
    path = put("h.csv", rows("a,0.5,mmlu,x,[],k", "a,0.75,mmlu,y,[],k"))
    assert cells(taken("helm", path, {"only": "y"})) == {"a": {"mmlu": 0.75}}
    assert "did you mean 'y'" in refused("helm", path, {"only": "y2"})


def test_the_real_file_is_48_models_by_10_scenarios(real):
    found = taken("helm", real("raw/helm_lite_240610.csv"))
    assert found.board.values.shape == (48, 10)
    assert not (found.board.values != found.board.values).any()
    assert found.board.published[found.board.models.index("gpt_4_0613")] == 0.957


@pytest.mark.parametrize(
    "scenario",
    [
        "NaturalQA - ECE (10-bin)",
        "RealToxicity - Toxic fraction",
        "IMDB - Denoised inference time (s)",
        "The Pile - BPB",
        "MMLU - # eval",
        "Disinformation - Self-BLEU",
        "Calibration error",
        "BOLD - Representation (race)",
        "XSUM - Stereotypes (gender)",
    ],
)
def test_a_scenario_that_is_no_score_is_left_out_aloud_and_blocks_nothing(put, scenario):
    text = rows(
        "a,0.8,NaturalQA - EM,x,[],k",
        "b,0.6,NaturalQA - EM,x,[],k",
        f"a,0.3,{scenario},x,[],k",
        f"a,0.4,{scenario},x,[],k",
        f"b,n/a,{scenario},x,[],k",
    )
    found = taken("helm", put("h.csv", text))
    assert cells(found) == {"a": {"NaturalQA - EM": 0.8}, "b": {"NaturalQA - EM": 0.6}}
    assert any("left out" in note and scenario in note for note in found.notes)
    kept = put("k.csv", rows("a,0.8,NaturalQA - EM,x,[],k", f"a,0.3,{scenario},x,[],k"))
    assert scenario in cells(taken("helm", kept, directions={scenario: "higher"}))["a"]


def test_less_is_better_scenarios_are_imported_where_asked(put):
    text = rows("a,0.8,QA - EM,x,[],k", "a,0.3,QA - ECE (10-bin),x,[],k")
    found = taken("helm", put("h.csv", text), lower=True)
    assert [c.higher_is_better for c in found.board.columns] == [True, False]


def test_scenarios_of_errors_alone_are_refused_with_the_option(put):
    text = rows("a,0.3,QA - ECE (10-bin),x,[],k", "b,0.1,QA - ECE (10-bin),x,[],k")
    assert "--lower-is-better" in refused("helm", put("h.csv", text))
