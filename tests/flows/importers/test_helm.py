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
