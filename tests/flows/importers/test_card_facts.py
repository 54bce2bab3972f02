"""Facts in the metadata of model cards."""

from __future__ import annotations

import pytest

from tests.flows.importers.conftest import about, taken


def card(metadata):
    index = (
        "model-index:\n- name: org/a\n  results:\n  - task: {type: text-classification}\n"
        "    dataset: {name: glue, type: glue, config: cola}\n"
        "    metrics: [{type: accuracy, value: 0.8}]\n"
    )
    return f"---\n{metadata}\n{index}---\n# A card with 7B parameters\n"


@pytest.mark.parametrize(
    ("metadata", "facts"),
    [
        ("license: apache-2.0", {"licence": "apache-2.0"}),
        ("license: other\nlicense_name: llama3\nlicense_link: x", {"licence": "llama3"}),
        ("license: other", {"licence": "other"}),
        ("license: [mit, cc-by-4.0]", {"licence": "mit, cc-by-4.0"}),
        ("license: unknown", {}),
        ("language: no", {"languages": "no"}),
        ("language:\n- en\n- zh\n- en", {"languages": "en, zh"}),
        ("base_model: bert-base-cased", {"base_model": "bert-base-cased"}),
        ("base_model: /content/drive/bert", {}),
        ("base_model: [org/b, org/c]\ntags: [merge]", {"base_model": "org/b, org/c"}),
        (
            "base_model: org/b\nlibrary_name: peft",
            {"base_model": "org/b", "adapter": "org/a"},
        ),
        ("base_model: org/b\ntags: [lora]", {"base_model": "org/b", "adapter": "org/a"}),
        (
            "base_model: org/b\ntags: [lora]\nbase_model_relation: finetune",
            {"base_model": "org/b"},
        ),
        ("library_name: peft", {}),
        ("parameters: 7B", {"parameters": 7e9}),
        ("num_parameters: 124439808", {"parameters": 124439808.0}),
        ("params: 7", {}),
        ("license: {name: mit}\nlanguage: 3", {"languages": "3"}),
        ("model_size: large", {}),
    ],
)
def test_metadata_is_read_as_it_stands(put, metadata, facts):
    assert about(taken("model-card", put("README.md", card(metadata))))["org/a"] == facts


def test_each_card_is_the_source_of_its_facts(put, tmp_path):
    put("cards/u/README.md", card("license: mit"))
    put("cards/v/README.md", card("license: apache-2.0"))
    found = taken("model-card", tmp_path / "cards")
    assert [facts["licence"].value for facts in found.board.facts] == ["mit", "apache-2.0"]
    assert found.board.facts[1]["licence"].source.endswith(": v/README.md")
    assert any("facts about 2 rows, which are no scores: licence (2)" in n for n in found.notes)
