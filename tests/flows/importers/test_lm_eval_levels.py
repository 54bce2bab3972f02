"""A group beside its tasks counts once, whichever way a file says or shows that it is a group."""

import pytest

from tests.flows.importers.conftest import cells, lm_result, taken


def columns(found):
    return {column.name for column in found.board.columns}


def acc(**values):
    return {task: {"acc,none": value} for task, value in values.items()}


def indented(results, **indents):
    """Add aliases as 0.4.0 writes them, and no `group_subtasks`."""
    for task, numbers in results.items():
        depth = indents.get(task, 0)
        numbers["alias"] = f"{' ' * depth}- {task}" if depth else task
    return results


@pytest.fixture
def both(put):
    def read(content):
        path = put("r.json", content)
        top, leaf = (taken("lm-eval", path, {"level": level}) for level in ("top", "leaf"))
        return columns(top), columns(leaf)

    return read


def test_groups_of_version_0_4_0_are_read_from_indented_aliases(both):
    results = indented(acc(exams=0.4, x_a=0.3, x_b=0.5, cloze=0.9), x_a=1, x_b=1)
    top, leaf = both(lm_result(results=results, groups={"exams": {"acc,none": 0.4}}))
    assert top == {"exams acc", "cloze acc"}
    assert leaf == {"x_a acc", "x_b acc", "cloze acc"}


def test_nested_groups_are_followed_to_the_leaves(both):
    results = acc(all_of=0.71, stem=0.3, bio=0.2, phy=0.4, law=0.5)
    results = indented(results, stem=1, bio=2, phy=2, law=1)
    groups = {"all_of": {}, "stem": {}}
    top, leaf = both(lm_result(results=results, groups=groups))
    assert top == {"all_of acc"}
    assert leaf == {"bio acc", "phy acc", "law acc"}


def test_groups_without_aliases_take_the_tasks_named_after_them(both):
    results = acc(bio_1=0.5, bio=0.61, bio_2=0.4, biology=0.9)
    top, leaf = both(lm_result(results=results, groups={"bio": {"acc,none": 0.61}}))
    assert top == {"bio acc", "biology acc"}
    assert leaf == {"bio_1 acc", "bio_2 acc", "biology acc"}


def test_aliases_in_the_order_of_the_alphabet_do_not_adopt_a_task(both):
    results = indented(acc(cloze=0.9, x_a=0.3, x_b=0.5, x=0.41), x_a=1, x_b=1)
    top, _ = both(lm_result(results=results, groups={"x": {}}))
    assert top == {"cloze acc", "x acc"}


@pytest.mark.parametrize(
    ("group", "tasks", "sizes"),
    [
        (0.45, (0.4, 0.5), ()),
        (0.57, (0.5, 0.6, 0.6), ()),
        (0.4333333333333333, (0.4, 0.5, 0.4), ()),
        (48.33, (40.0, 50.0, 55.0), ()),
        (0.4, (0.2, 0.45), (20, 80)),
        (0.1235, (0.1111, 0.1358), ()),
    ],
)
def test_a_mean_of_the_tasks_named_after_it_is_their_group(put, both, group, tasks, sizes):
    parts = {f"g_{i}": value for i, value in enumerate(tasks)}
    counts = {f"g_{i}": {"original": n, "effective": n} for i, n in enumerate(sizes)}
    content = lm_result(results=acc(g=group, **parts), **({"n-samples": counts} if sizes else {}))
    top, leaf = both(content)
    assert top == {"g acc"}
    assert leaf == {f"{name} acc" for name in parts}
    notes = taken("lm-eval", put("r.json", content)).notes
    assert any("g is taken as a group, as it is the mean of g_0, g_1" in note for note in notes)


@pytest.mark.parametrize(
    "values",
    [
        {"arc": 0.46, "arc_easy": 0.5, "arc_hard": 0.4},
        {"arc": 0.5, "arc_easy": 0.5},
        {"arc": 0.4511, "arc_easy": 0.4, "arc_hard": 0.5},
        {"arc": 0.45, "arch": 0.4, "arcs": 0.5},
    ],
)
def test_what_is_not_their_mean_is_a_task_beside_them(both, values):
    top, leaf = both(lm_result(results=acc(**values)))
    assert top == leaf == {f"{task} acc" for task in values}


def test_a_mean_must_hold_in_every_file(put, tmp_path):
    put("r/a.json", lm_result("org/a", acc(g=0.45, g_0=0.4, g_1=0.5)))
    put("r/b.json", lm_result("org/b", acc(g=0.75, g_0=0.4, g_1=0.5)))
    assert len(columns(taken("lm-eval", tmp_path / "r"))) == 3


@pytest.mark.parametrize("name", ["all", "All", "average", "mean"])
def test_a_mean_of_everything_is_left_out_at_both_levels(both, name):
    top, leaf = both({**lm_result(results=acc(x=0.4, y=0.5, **{name: 0.45})), "versions": {}})
    assert top == leaf == {"x acc", "y acc"}


def test_means_that_are_left_out_may_contradict_each_other(put, tmp_path):
    for shots, score in ((0, 0.25), (25, 0.5)):
        results = {f"arc:challenge|{shots}": {"acc": score}, "all": {"acc": score}}
        put(f"r/{shots}.json", {"config_general": {"model_name": "org/a"}, "results": results})
    row = {"arc:challenge|0 acc": 0.25, "arc:challenge|25 acc": 0.5}
    assert cells(taken("lm-eval", tmp_path / "r")) == {"org/a": row}


def test_a_group_without_a_number_gives_way_to_its_tasks(both):
    below = {"g": ["g_a", "g_b"]}
    top, leaf = both(lm_result(results=acc(g=None, g_a=0.5, g_b=0.61), group_subtasks=below))
    assert top == leaf == {"g_a acc", "g_b acc"}


def test_a_task_called_all_stays_where_it_is_the_only_one(both):
    top, _ = both(lm_result(results=acc(all=0.5)))
    assert top == {"all acc"}


def test_the_averages_of_lighteval_are_groups_of_their_tasks(both):
    results = {
        "leaderboard|mmlu:law|5": {"acc": 0.5},
        "leaderboard|mmlu:anatomy|5": {"acc": 0.61},
        "leaderboard|mmlu:_average|5": {"acc": 0.56},
        "leaderboard|arc:challenge|25": {"acc": 0.3},
        "all": {"acc": 0.4},
    }
    top, leaf = both({"model_name": "org/a", "results": results})
    assert top == {"leaderboard|mmlu:_average|5 acc", "leaderboard|arc:challenge|25 acc"}
    mmlu = {"leaderboard|mmlu:law|5 acc", "leaderboard|mmlu:anatomy|5 acc"}
    assert leaf == {*mmlu, "leaderboard|arc:challenge|25 acc"}


@pytest.mark.parametrize(
    ("level", "loser", "said"),
    [
        (
            "top",
            "org/b",
            "org/b: tasks of mmlu but not mmlu itself, so no score of it; try --level leaf",
        ),
        ("leaf", "org/a", "org/a: mmlu but not its tasks, so no score of it; try --level top"),
    ],
)
def test_a_model_that_has_only_the_other_level_is_named(put, tmp_path, level, loser, said):
    below = {"mmlu": ["mmlu_x", "mmlu_y"]}
    put("r/a.json", lm_result("org/a", acc(mmlu=0.6, arc=0.5), group_subtasks=below))
    put("r/b.json", lm_result("org/b", acc(mmlu_x=0.4, mmlu_y=0.5, arc=0.4)))
    put("r/c.json", lm_result("org/c", acc(mmlu=0.7, mmlu_x=0.6, mmlu_y=0.9, arc=0.4)))
    found = taken("lm-eval", tmp_path / "r", {"level": level, "mixed_settings": True})
    (note,) = [note for note in found.notes if "no score of it" in note]
    assert note == said
    assert set(cells(found)[loser]) == {"arc acc"}
