"""Facts about models in result files of lm-evaluation-harness."""

from __future__ import annotations

import pytest

from tests.flows.importers.conftest import about, lm_result, taken


def result(arguments, **config):
    config = {"model": "hf", "model_args": arguments, "limit": None, **config}
    return lm_result(results={"arc": {"acc,none": 0.5}}, config=config)


@pytest.mark.parametrize(
    ("arguments", "config", "facts"),
    [
        (
            "pretrained=org/a,revision=step3000,dtype=half",
            {"model_num_parameters": 70426624},
            {
                "revision": "step3000",
                "precision": "float16",
                "parameters": 70426624.0,
                "trajectory": "org/a",
                "step": 3000.0,
            },
        ),
        (
            "pretrained=org/a",
            {"model_sha": "a39f36b100fe8a5377810d56c3f4789b9c53ac42", "model_revision": "main"},
            {"revision": "a39f36b100fe8a5377810d56c3f4789b9c53ac42"},
        ),
        ("pretrained=org/a", {"model_dtype": "torch.bfloat16"}, {"precision": "bfloat16"}),
        (
            "pretrained=org/a,load_in_4bit=True,dtype=float16",
            {"model_num_parameters": -1},
            {"precision": "float16, 4bit"},
        ),
        ("pretrained=org/a,peft=org/lora", {}, {"adapter": "org/lora", "base_model": "org/a"}),
        ("pretrained=org/a,delta=org/d", {}, {"adapter": "org/d", "base_model": "org/a"}),
        ("pretrained=org/a", {"model_num_parameters": "many"}, {}),
    ],
)
def test_how_a_model_was_loaded_is_a_fact(put, arguments, config, facts):
    found = taken("lm-eval", put("a.json", result(arguments, **config)))
    (row,) = about(found).values()
    assert row == facts


def test_files_of_one_row_that_disagree_state_nothing(put, tmp_path):
    put("r/a.json", result("pretrained=org/a", model_num_parameters=7_000_000))
    other = result("pretrained=org/a", model_num_parameters=8_000_000)
    put("r/b.json", {**other, "results": {"boolq": {"acc,none": 0.6}}})
    assert about(taken("lm-eval", tmp_path / "r")) == {"org/a": {}}
