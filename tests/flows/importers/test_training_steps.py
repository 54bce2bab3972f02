"""Rows that are steps of one training run say so in their facts, and runs are never mixed."""

import pytest

from flows.importers._step_names import number_of, step_in_name
from tests.flows.importers.conftest import lm_result, refused, taken


@pytest.mark.parametrize(
    ("name", "run", "step"),
    [
        ("EleutherAI/pythia-70m step1000", "EleutherAI/pythia-70m", 1000),
        ("EleutherAI/pythia-70m step1000 5-shot", "EleutherAI/pythia-70m 5-shot", 1000),
        ("org/m-step-1000", "org/m", 1000),
        ("/ckpts/a/checkpoint-500", "/ckpts/a", 500),
        ("bigscience/bloom global_step20", "bigscience/bloom", 20),
        ("m iter_0001000", "m", 1000),
        ("LLM360/Amber ckpt_100", "LLM360/Amber", 100),
        ("m epoch-3", "m", 3),
        ("m epoch=3-step=1000", "m", 1000),
        ("m-1000steps", "m", 1000),
        ("allenai/OLMo-2 stage1-step140000-tokens294B", "allenai/OLMo-2 stage1", 140000),
        ("allenai/OLMo-1B step1000-tokens4B", "allenai/OLMo-1B", 1000),
        ("m-tokens4B", "m", 4e9),
        ("TinyLlama-1.1B-intermediate-step-50K-105b", "TinyLlama-1.1B-intermediate", 50000),
        ("google/multiberts-seed_0-step_1000k", "google/multiberts-seed_0", 1e6),
        ("m (revision step1000)", "m", 1000),
        ("m (dtype bf16, revision step1000)", "m (dtype bf16)", 1000),
        ("m (revision step1000, shots 5)", "m (shots 5)", 1000),
        ("m step1000@0123abcd", "m", 1000),
        ("step1000", "board", 1000),
    ],
)
def test_names_say_run_and_step(name, run, step):
    found = step_in_name(name, "board")
    assert found is not None
    assert (found.run, found.step) == (run, step)


@pytest.mark.parametrize(
    "name",
    ["stepfun-ai/step-1-8k", "stepfun-ai/Step-3.5-Flash", "sdxl-4step", "footstep3", "gpt2", ""],
)
def test_other_names_say_none(name):
    assert step_in_name(name, "board") is None


@pytest.mark.parametrize(
    ("text", "number"), [("1,000", 1000), ("1k", 1000), ("1.5", 1.5), ("x", None), ("", None)]
)
def test_numbers_are_read_as_people_write_them(text, number):
    assert number_of(text) == number


def facts(found):
    """Return run and step by row, without rows that are of no run."""
    of_row = zip(found.board.models, found.board.facts, strict=True)
    return {
        model: tuple(known[name].value for name in ("trajectory", "step") if name in known)
        for model, known in of_row
        if "trajectory" in known
    }


@pytest.fixture
def table(put):
    """Write a CSV of rows with a score each."""

    def write(*names, header="model,t"):
        lines = [f"{name},{0.1 + i / 100}" for i, name in enumerate(names)]
        return put("t.csv", "\n".join([header, *lines]))

    return write


def test_rows_without_a_step_or_alone_are_part_of_no_curve(table):
    path = table("a-step1", "a-step20", "a", "b-step3", "c")
    found = taken("csv", path)
    assert facts(found) == {"a-step1": ("a", 1), "a-step20": ("a", 20), "a": ("a",)}
    notes = " ".join(found.notes)
    assert "1 training run: a (2 steps, 1 to 20)" in notes
    assert "without a step, so part of no curve: a" in notes


def test_sizes_behind_the_step_are_no_tokens(table):
    names = ["m-step1-7b", "m-step2-7b", "m-step1-1b", "m-step2-1b"]
    assert facts(taken("csv", table(*names))) == {
        name: (f"m-{name[-2:]}", int(name[6])) for name in names
    }


def test_steps_and_epochs_of_one_name_are_two_runs(table):
    found = facts(taken("csv", table("m-step5", "m-step6", "m-epoch1", "m-epoch2")))
    assert found["m-step5"] == ("m by step", 5)
    assert found["m-epoch2"] == ("m by epoch", 2)


def test_two_rows_of_one_step_make_no_trajectory_and_that_is_said(table):
    found = taken("csv", table("m-step5", "m_step5", "m-step6"))
    assert facts(found) == {}
    assert "m-step5 and m_step5 would both be step 5 of m" in " ".join(found.notes)


def test_a_pattern_says_what_names_do_not(table):
    path = table("big at 1k", "big at 2k", "other")
    found = taken("csv", path, trajectory=r"(?P<run>\w+) at (?P<step>\w+)")
    assert facts(found) == {"big at 1k": ("big", 1000), "big at 2k": ("big", 2000)}


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "regular expression"),
        ("step(?P<step>.*)", "must have the groups run and step"),
        ("(?P<run>z)(?P<step>z)", "matches no row"),
        ("(?P<run>m)-step(?P<step>[0-9]*)", "must be a name and a number"),
        ("(?P<run>m)-step-?(?P<step>[0-9])", "is step 5 of m, as row 2"),
    ],
)
def test_a_pattern_that_cannot_count_is_refused(table, pattern, problem):
    assert problem in refused("csv", table("m-step5", "m-step-5"), trajectory=pattern)


def test_names_can_be_told_to_say_nothing(table):
    assert facts(taken("csv", table("m-step5", "m-step6"), trajectory="none")) == {}


def test_columns_of_a_csv_say_run_and_step(put):
    path = put("t.csv", "model,trajectory,step,t\na,r,1,0.1\nb,r,2k,0.2\nc,,,0.3\n")
    assert facts(taken("csv", path)) == {"a": ("r", 1), "b": ("r", 2000)}
    path = put("t.csv", "model,step,t\na,1,0.1\na,20,0.2\n")
    found = taken("csv", path)
    assert facts(found) == {"a step1": ("a", 1), "a step20": ("a", 20)}
    assert [column.name for column in found.board.columns] == ["t"]
    path = put("t.csv", "model,step,t\na,1,0.1\na,1,0.2\n")
    assert "is step 1 of a" in refused("csv", path)


def lm_file(put, name, arguments, score, shots):
    content = lm_result(
        results={"arc": {"acc,none": score}},
        config={"model": "hf", "model_args": arguments, "limit": None},
    )
    content |= {"date": None, "n-shot": {"arc": shots}, "configs": {}}
    return put(f"r/{name}.json", content).parent


def test_shots_of_lm_eval_are_runs_of_their_own_also_where_a_step_has_one(put):
    for name, step, score, shots in [
        ("a", 1, 0.1, 0),
        ("b", 2, 0.2, 0),
        ("c", 2, 0.3, 5),
        ("d", 4, 0.4, 5),
    ]:
        path = lm_file(put, name, f"pretrained=org/m,revision=step{step}", score, shots)
    lm_file(put, "e", "pretrained=org/m", 0.5, 0)
    found = facts(taken("lm-eval", path, {"shots": "rows"}))
    assert found == {
        "org/m step1 0-shot": ("org/m 0-shot", 1),
        "org/m step2 0-shot": ("org/m 0-shot", 2),
        "org/m step2 5-shot": ("org/m 5-shot", 2),
        "org/m step4 5-shot": ("org/m 5-shot", 4),
        "org/m 0-shot": ("org/m 0-shot",),
    }


def test_a_revision_says_the_step_of_the_only_row(put):
    path = lm_file(put, "a", "pretrained=org/m,revision=step7", 0.1, 0)
    assert facts(taken("lm-eval", path)) == {"org/m": ("org/m", 7)}


def test_pythia_is_two_runs_of_27_steps(real, tmp_path):
    import tarfile

    with tarfile.open(real("raw/lm_eval_pythia_70m_160m.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    found = facts(taken("lm-eval", tmp_path))
    steps = [0, *(2**i for i in range(10)), 1000, *range(3000, 144000, 10000)]
    for size in (70, 160):
        name = f"EleutherAI/pythia-v1.1-{size}m"
        assert sorted(step for run, step in found.values() if run == name) == steps
