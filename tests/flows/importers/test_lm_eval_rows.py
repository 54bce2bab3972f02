"""Who a row is: models as evaluated share a row only where nothing tells them apart."""

import pytest

from tests.flows.importers.conftest import cells, lm_result, refused, taken


@pytest.fixture
def folder(put, tmp_path):
    """Write results by path: the score of `arc`, the arguments of the model, and more keys."""

    def write(**files):
        for name, (score, arguments, *more) in files.items():
            config = {"model": "hf", "model_args": arguments, "limit": None}
            content = lm_result(results={"arc": {"acc,none": score}}, config=config)
            content = {**content, "date": None, **(more[0] if more else {})}
            put(f"r/{name.replace('__', '/')}.json", content)
        return tmp_path / "r"

    return write


def scores(found):
    return {model: row["arc acc"] for model, row in cells(found).items()}


@pytest.mark.parametrize(
    ("one", "two", "names"),
    [
        ("pretrained=org/a", "pretrained=org/a,revision=step9000", ["org/a", "org/a step9000"]),
        ("pretrained=org/a,revision=main", "pretrained=org/a, revision=v2", ["org/a", "org/a v2"]),
        (
            "pretrained=org/a,revision=s1,dtype=half",
            "pretrained=org/a,revision=s2,dtype=float16",
            ["org/a s1", "org/a s2"],
        ),
        (
            "pretrained=org/a,dtype=bf16",
            "pretrained=org/a,dtype=float16",
            ["org/a bfloat16", "org/a float16"],
        ),
        (
            "pretrained=org/a,dtype=auto",
            "pretrained=org/a,load_in_4bit=True",
            ["org/a", "org/a 4bit"],
        ),
        ("pretrained=org/a", "pretrained=org/a,quantization=awq", ["org/a", "org/a awq"]),
        ("pretrained=org/a", "pretrained=org/a,peft=org/lora", ["org/a", "org/lora"]),
        (
            {"pretrained": "org/a", "peft": "org/lora", "revision": None},
            {"pretrained": "org/b", "peft": "org/lora", "revision": "None"},
            ["org/lora on org/a", "org/lora on org/b"],
        ),
        (
            "pretrained=org/a,max_length=2048",
            "pretrained=org/a,max_length=4096,device=cuda:1",
            ["org/a max_length 2048", "org/a max_length 4096"],
        ),
        (
            "pretrained=org/a,subfolder=s1",
            "pretrained=org/a,subfolder=s2",
            ["org/a s1", "org/a s2"],
        ),
        (
            {"load": "/ckpts/a", "iteration": 1000, "lr": 0.1},
            {"load": "/ckpts/a", "iteration": 2000, "lr": 0.1},
            ["/ckpts/a step1000", "/ckpts/a step2000"],
        ),
        (
            'pretrained=org/a,rope={"factor": 2, "type": "x"},revision=s1',
            'pretrained=org/a,rope={"factor": 2, "type": "x"},revision=s2',
            ["org/a s1", "org/a s2"],
        ),
    ],
)
def test_a_row_is_named_after_what_differs_and_only_that(folder, one, two, names):
    found = taken("lm-eval", folder(one=(0.25, one), two=(0.75, two)))
    assert scores(found) == dict(zip(names, [0.25, 0.75], strict=True))


def test_two_rows_never_take_one_name(folder):
    path = folder(
        a=(0.25, "pretrained=org/a,revision=x"),
        b=(0.5, "pretrained=org/a,subfolder=x"),
        c=(0.75, "pretrained=org/a"),
    )
    assert "2 different rows would be called 'org/a x'" in refused("lm-eval", path)


def test_generation_tells_runs_apart(folder):
    def at(temperature):
        return {"config": {"model_args": "pretrained=org/a", "gen_kwargs": temperature}}

    path = folder(a=(0.25, "", at("temperature=0.5")), b=(0.75, "", at({"temperature": 1})))
    names = {"org/a temperature 0.5": 0.25, "org/a temperature 1": 0.75}
    assert scores(taken("lm-eval", path)) == names


def test_a_trial_on_few_examples_is_told_apart_and_can_be_left_out(folder):
    def on(n, date):
        return {"n-samples": {"arc": {"original": 100, "effective": n}}, "date": date}

    path = folder(
        a=(0.25, "pretrained=org/a", on(10, 1.0)), b=(0.75, "pretrained=org/a", on(100, 2.0))
    )
    assert "10 for org/a examples 10, 100 for org/a examples 100" in refused("lm-eval", path)
    assert scores(taken("lm-eval", path, keep="newest")) == {"org/a": 0.75}


def test_commits_tell_rows_apart_where_all_files_state_them(folder):
    def at(commit):
        return {"model_sha": commit, "config": {"model_args": "pretrained=org/a"}}

    path = folder(a=(0.25, "", at("1" * 40)), b=(0.75, "", at("2" * 40)))
    assert scores(taken("lm-eval", path)) == {"org/a 11111111": 0.25, "org/a 22222222": 0.75}
    path = folder(b=(0.25, "", at("1" * 40)))
    assert scores(taken("lm-eval", path)) == {"org/a": 0.25}


def test_a_chat_template_makes_a_row_of_its_own(folder):
    def with_(template):
        return {"chat_template": template, "chat_template_sha": None}

    arguments = "pretrained=org/a"
    path = folder(a=(0.25, arguments, with_("")), b=(0.75, arguments, with_("{{x}}")))
    assert "prompt: no chat template for org/a, chat template" in refused("lm-eval", path)
    found = taken("lm-eval", path, {"mixed_settings": True})
    assert scores(found) == {"org/a": 0.25, "org/a chat template": 0.75}
    path = folder(a=(0.25, arguments, with_("{{y}}")))
    assert len({*scores(taken("lm-eval", path))}) == 2


def test_lighteval_says_who_it_is_in_its_own_words(put):
    general = {"model_name": "org/a", "model_sha": "abc", "model_dtype": "torch.bfloat16"}
    results = {"leaderboard|arc:challenge|25": {"acc": 0.5, "acc_stderr": 0.01}}
    found = taken("lm-eval", put("r.json", {"config_general": general, "results": results}))
    assert cells(found) == {"org/a": {"leaderboard|arc:challenge|25 acc": 0.5}}


def test_shots_are_columns_rows_or_chosen(folder):
    few, zero = {"n-shot": {"arc": 5}}, {"n-shot": {"arc": 0}}
    path = folder(
        a0=(0.25, "pretrained=org/a", zero),
        a5=(0.5, "pretrained=org/a", few),
        b0=(0.75, "pretrained=org/b", zero),
    )
    found = taken("lm-eval", path)
    assert cells(found) == {
        "org/a": {"arc 0-shot acc": 0.25, "arc 5-shot acc": 0.5},
        "org/b": {"arc 0-shot acc": 0.75},
    }
    assert {column.task for column in found.board.columns} == {"arc 0-shot", "arc 5-shot"}
    assert any("a column for each number of shots (0, 5)" in note for note in found.notes)
    rows = taken("lm-eval", path, {"shots": "rows"})
    assert scores(rows) == {"org/a 0-shot": 0.25, "org/a 5-shot": 0.5, "org/b": 0.75}
    versions = {"versions": {"arc": 2}}
    mixed = folder(b0=(0.75, "pretrained=org/b", {**zero, **versions}))
    assert "different version" in refused("lm-eval", mixed, {"shots": "rows"})
    path = folder(b0=(0.75, "pretrained=org/b", zero))
    one = taken("lm-eval", path, {"shots": "0"})
    assert scores(one) == {"org/a": 0.25, "org/b": 0.75}
    assert "found 0, 5" in refused("lm-eval", path, {"shots": "3"})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("/old//m/step1", "/old/m/step1"),
        ("/old/m/step1/", "/old/m/./step1"),
        ("./out/m", "out/m"),
        ("/a/b/../m", "/a/m//"),
        ("org/m/", "org/m"),
        ("C:\\out\\m", "C:\\out\\\\m"),
    ],
)
def test_spellings_of_one_path_are_one_row(put, tmp_path, one, two):
    put("r/one.json", lm_result(one, {"t1": {"acc": 0.25}}))
    put("r/two.json", lm_result(two, {"t2": {"acc": 0.75}}))
    (row,) = cells(taken("lm-eval", tmp_path / "r")).values()
    assert row == {"t1 acc": 0.25, "t2 acc": 0.75}


@pytest.mark.parametrize(
    "name", ["hf", "None", "neox", "", "local-completions", "/workspace/merged"]
)
@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["m0__results", "m1__results"], ["m0", "m1"]),
        (["m0__zero-shot__x", "m1__zero-shot__x"], ["m0", "m1"]),
        (["alpha", "beta"], ["alpha", "beta"]),
    ],
)
def test_a_name_that_names_nobody_gives_way_to_folder_or_file(folder, name, files, names):
    stated = {"model_name": name, "config": {"model": "hf", "model_args": f"pretrained={name}"}}
    path = folder(**{files[0]: (0.25, "", stated), files[1]: (0.75, "", stated)})
    found = taken("lm-eval", path)
    assert scores(found) == dict(zip(names, [0.25, 0.75], strict=True))
    assert any("is not the name of a model" in note for note in found.notes)


def test_what_one_folder_cannot_tell_does_not_unname_the_others(folder):
    path = folder(
        one__results_1=(0.25, "pretrained=/w/a"),
        two__results_1=(0.5, "pretrained=/w/b"),
        two__results_2=(0.75, "pretrained=/w/c"),
    )
    assert scores(taken("lm-eval", path)) == {"one": 0.25, "/w/b": 0.5, "/w/c": 0.75}


def test_nobody_without_a_telling_place_is_asked_for(folder):
    path = folder(**{"results_1": (0.25, "", {}), "results_2": (0.75, "", {})})
    message = refused("lm-eval", path)
    assert "results_1.json: does not say which model" in message
    assert "--model-from folder" in message
    assert "--rename" in message
    found = taken("lm-eval", path, model_from="file")
    assert scores(found) == {"results_1": 0.25, "results_2": 0.75}
    found = taken("lm-eval", path, model_from=r"results_(?P<model>\d)")
    assert scores(found) == {"1": 0.25, "2": 0.75}


def test_a_path_in_the_cache_of_the_hub_is_a_repository_at_a_commit(folder):
    cache = "pretrained=/root/.cache/huggingface/hub/models--org--a/snapshots/"
    path = folder(a=(0.25, cache + "1" * 40), b=(0.75, cache + "2" * 40))
    assert scores(taken("lm-eval", path)) == {"org/a 11111111": 0.25, "org/a 22222222": 0.75}


def test_new_names_join_what_files_call_differently(put, tmp_path):
    put("r/x/t1.json", lm_result("/old/m", {"t1": {"acc": 0.25}}))
    put("r/x/t2.json", lm_result("/new//m/", {"t2": {"acc": 0.75}}))
    apart = taken("lm-eval", tmp_path / "r")
    assert set(cells(apart)) == {"/old/m", "/new/m"}
    assert any("no task in common with any other row" in note for note in apart.notes)
    joined = taken("lm-eval", tmp_path / "r", rename={"/old/m": "m", "/new//m/": "m"})
    assert cells(joined) == {"m": {"t1 acc": 0.25, "t2 acc": 0.75}}
    assert not any("no task in common" in note for note in joined.notes)
    assert cells(taken("lm-eval", tmp_path / "r", model_from="folder")).keys() == {"x"}
    assert "did you mean '/old/m'" in refused("lm-eval", tmp_path / "r", rename={"/olt/m": "m"})


def test_contradicting_runs_without_dates_are_refused_by_name_and_equal_ones_are_one(folder):
    arguments = "pretrained=org/a"
    path = folder(one=(0.25, arguments), two=(0.75, arguments))
    message = refused("lm-eval", path)
    assert "one.json and two.json give org/a different scores of arc" in message
    path = folder(two=(0.25, arguments))
    assert scores(taken("lm-eval", path)) == {"org/a": 0.25}
    path = folder(two=(0.75, arguments, {"date": 2.0}))
    assert "one.json and two.json" in refused("lm-eval", path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("results_2024-05-01T09-00-00.123", "results_2024-05-02T08-00-00"),
        ("a_eval_results_12-31-2022-09-00-00", "a_eval_results_01-02-2023-08-00-00"),
    ],
)
def test_the_date_may_stand_in_the_name_of_the_file(folder, old, new):
    path = folder(**{old: (0.75, "pretrained=org/a"), new: (0.25, "pretrained=org/a")})
    found = taken("lm-eval", path)
    assert scores(found) == {"org/a": 0.25}
    assert f"run more than once, the newest counts: org/a arc; not {old}.json" in found.notes


def test_one_row_a_model_is_kept_as_asked(folder):
    def args(step):
        return f"pretrained=org/a,revision=step{step}"

    path = folder(
        x=(0.75, args(1), {"date": 3.0}),
        y=(0.25, args(2), {"date": 4.0}),
        z=(0.5, "pretrained=b/c"),
    )
    best = taken("lm-eval", path, keep="best")
    assert scores(best) == {"org/a": 0.75, "b/c": 0.5}
    assert any("--keep best leaves 1 row out: org/a step2" in note for note in best.notes)
    assert scores(taken("lm-eval", path, keep="revision=step2")) == {"org/a": 0.25}
    assert scores(taken("lm-eval", path, keep="newest")) == {"org/a": 0.25, "b/c": 0.5}


def test_settings_of_rows_that_are_not_kept_do_not_matter(folder):
    path = folder(
        x=(0.75, "pretrained=org/a,revision=s1", {"versions": {"arc": 1}, "date": 1.0}),
        y=(0.25, "pretrained=org/a,revision=s2", {"versions": {"arc": 2}, "date": 2.0}),
    )
    assert "different version" in refused("lm-eval", path)
    assert scores(taken("lm-eval", path, keep="newest")) == {"org/a": 0.25}


def test_pythia_is_one_row_a_step_with_shots_apart(real, tmp_path):
    import tarfile

    with tarfile.open(real("raw/lm_eval_pythia_70m_160m.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    found = taken("lm-eval", tmp_path)
    steps = [0, *(2**i for i in range(10)), 1000, *range(3000, 144000, 10000)]
    names = {f"EleutherAI/pythia-v1.1-{s}m step{step}" for s in (70, 160) for step in steps}
    assert set(found.board.models) == names
    assert {column.metric for column in found.board.columns} == {"acc", "acc_norm"}
    assert {column.name.split()[1] for column in found.board.columns} == {"0-shot", "5-shot"}
    row = cells(found)["EleutherAI/pythia-v1.1-70m step93000"]
    assert row["arc_easy 0-shot acc"] != row["arc_easy 5-shot acc"]
