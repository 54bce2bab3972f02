"""Numbers of different settings are refused, accepted as asked, or at least noted."""

import pytest

from tests.flows.importers.conftest import cells, lm_result, refused, taken


def config(name, **more):
    return {"model_args": f"pretrained={name}", "limit": None, **more}


@pytest.fixture
def pair(put, tmp_path):
    """Write two models' results of one task that differ in some keys."""

    def write(one, two):
        for name, more in (("org/a", one), ("org/b", two)):
            content = {**lm_result(name), "config": config(name, **more.pop("config", {})), **more}
            put(f"r/{name[-1]}.json", {k: v for k, v in content.items() if v is not ...})
        return tmp_path / "r"

    return write


def samples(n):
    return {"n-samples": {"arc": {"original": 2376, "effective": n}}}


TEMPLATE = {"chat_template": "{{x}}", "chat_template_sha": "abcdef012345"}


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (samples(2376), samples(20), "numbers of examples: 2376 for org/a, 20 for org/b"),
        ({}, {"config": {"limit": 0.5}}, "limit: none for org/a, 0.5 for org/b"),
        ({}, {"n-shot": {"arc": 0}}, "shots: 5 for org/a, 0 for org/b"),
        ({}, {"n-shot": ..., "configs": {"arc": {"num_fewshot": 3}}}, "shots: 5 for org/a, 3 for"),
        ({}, {"versions": {"arc": 2}}, "version: 1 for org/a, 2 for org/b"),
        (TEMPLATE, {}, "prompt: chat template abcdef01 for org/a, no chat template for org/b"),
        ({}, {"system_instruction": "Be brief."}, "prompt: no chat template for org/a, no chat"),
        (
            {**TEMPLATE, "fewshot_as_multiturn": True},
            {**TEMPLATE, "fewshot_as_multiturn": False},
            "prompt: chat template abcdef01, examples as turns for org/a",
        ),
        (
            {"task_hashes": {"arc": "aa"}},
            {"task_hashes": {"arc": "bb"}},
            "examples or prompts (task hash): aa for org/a, bb for org/b",
        ),
    ],
)
def test_a_difference_is_refused_or_accepted_aloud(pair, one, two, said):
    path = pair(dict(one), dict(two))
    message = refused("lm-eval", path)
    assert f"arc was run with different {said}" in message
    assert "--mixed-settings accepts it" in message
    found = taken("lm-eval", path, {"mixed_settings": True})
    assert any(said in note and "accepted, as asked" in note for note in found.notes)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"versions": {"arc": 1}}, {"versions": {"arc": "1.0"}}),
        ({"config": {"limit": 10}}, {"config": {"limit": 10.0}}),
        ({"n-shot": {"arc": 0}}, {"n-shot": ..., "configs": {"arc": {"num_fewshot": 0}}}),
        ({"n-shot": {"arc": 2}}, {"n-shot": ..., "config": {"num_fewshot": 2}}),
        ({"versions": {"arc": "N/A"}}, {"versions": {}}),
        (samples(2376), {}),
        ({"task_hashes": {"arc": "aa"}}, {}),
        ({"chat_template": None, "chat_template_sha": None}, {"fewshot_as_multiturn": True}),
        ({"system_instruction": None, "system_instruction_sha": None}, {}),
    ],
)
def test_two_ways_to_write_one_setting_are_the_same(pair, one, two):
    found = taken("lm-eval", pair(one, two))
    assert len(cells(found)) == 2
    assert not any("different" in note for note in found.notes)


def test_each_model_has_its_own_chat_template_which_is_a_note(pair):
    other = {"chat_template": "{{y}}", "chat_template_sha": "123456789abc"}
    hashes = [{"task_hashes": {"arc": name}} for name in "xy"]
    path = pair({**TEMPLATE, **hashes[0]}, {**other, **hashes[1]})
    (note,) = [note for note in taken("lm-eval", path).notes if "different" in note]
    assert "abcdef01 for org/a, chat template 12345678 for org/b" in note
    assert "different prompt" in refused("lm-eval", path, strict=True)


def test_a_difference_that_follows_from_another_is_said_once(pair):
    hashes = [{"task_hashes": {"arc": name}} for name in "xy"]
    limited = {"config": {"limit": 10}, **samples(10), **hashes[1]}
    path = pair({**samples(2376), **hashes[0]}, limited)
    message = refused("lm-eval", path)
    assert "different limit" in message
    assert "numbers of examples" not in message
    assert "hash" not in message


@pytest.mark.parametrize(
    ("limit", "said"), [(10, "the first 10 examples"), (0.1, "the first 10% of its examples")]
)
def test_a_limit_that_all_share_is_a_note(pair, limit, said):
    found = taken("lm-eval", pair({"config": {"limit": limit}}, {"config": {"limit": limit}}))
    assert any(said in note for note in found.notes)


def test_lighteval_calls_the_limit_max_samples(put, tmp_path):
    for name, limit in (("org/a", 10), ("org/b", None)):
        general = {"model_config": {"model_name": name}, "max_samples": limit}
        results = {"lighteval|gsm8k|5|0": {"extractive_match": 0.5}}
        put(f"r/{name[-1]}.json", {"config_general": general, "results": results})
    assert "different limit: 10 for org/a, none for org/b" in refused("lm-eval", tmp_path / "r")


def test_one_difference_of_many_tasks_is_one_line(put, tmp_path):
    results = {f"t{i}": {"acc,none": 0.5 + i / 100} for i in range(40)}
    put("r/a.json", lm_result("org/a", results))
    put("r/b.json", lm_result("org/b", results, **{"n-shot": dict.fromkeys(results, 0)}))
    message = refused("lm-eval", tmp_path / "r")
    assert "t0, t1, t10, t11, t12 … was run with different shots" in message
    assert message.count("different shots") == 1


def test_a_group_has_the_shots_of_its_tasks(put, tmp_path):
    results = {"g": {"acc,none": 0.6}, "g_a": {"acc,none": 0.5}, "g_b": {"acc,none": 0.8}}
    below = {"group_subtasks": {"g": ["g_a", "g_b"]}}
    put("r/a.json", lm_result("org/a", results, **below))
    put("r/b.json", lm_result("org/b", results, **below, **{"n-shot": {"g_a": 5, "g_b": 5}}))
    assert len(cells(taken("lm-eval", tmp_path / "r"))) == 2
