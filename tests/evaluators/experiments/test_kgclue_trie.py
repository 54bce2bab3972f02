"""The questions about a made-up graph, and about a few real edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from evaluators import registry
from evaluators.constrained_decoding.copying_seq2seq import END
from evaluators.evaluator import DatasetRef
from evaluators.experiments._question_worlds import Question, made_up, of_kgclue, shuffled
from evaluators.experiments.kgclue_trie import Recipe, compare
from evaluators.trainer.labelled_data import LabelledDataset, Triple, TripleExample

RECIPE = Recipe(train=192, tested=60, epochs=4, batch=32, rate=1e-2, width=16)
Scores = Mapping[tuple[str, str], list[float]]


@pytest.fixture(scope="module")
def scores() -> Scores:
    worlds = [made_up(seed, RECIPE.train, RECIPE.tested, 0.5) for seed in (0, 1)]
    return by_arm(compare({"made up": worlds}, [0, 1], RECIPE, 2, lambda *_: None))


def by_arm(result: object) -> Scores:
    found: dict[tuple[str, str], list[float]] = {}
    for score in result.scores:  # type: ignore[attr-defined]
        found.setdefault((score.metric, score.variant["arm"]), []).append(score.value)
    return found


def test_answers_inside_the_tree_are_legal_and_free_ones_are_not(scores: Scores) -> None:
    assert scores["illegal", "trie"] == scores["illegal", "look-ahead"] == [0, 0]
    assert min(scores["illegal", "free"]) > 0.1


def test_the_tree_gains_and_shuffled_objects_lose_it(scores: Scores) -> None:
    for free, trie, mixed in zip(
        scores["em", "free"],
        scores["em", "trie"],
        scores["em", "trie, objects shuffled"],
        strict=True,
    ):
        assert trie > free + 0.1
        assert mixed < 0.1


def test_without_overlap_the_look_ahead_changes_nothing(scores: Scores) -> None:
    assert scores["em", "look-ahead (no overlap)"] == scores["em", "trie (no overlap)"]
    assert scores["em", "look-ahead"] != scores["em", "trie"], "it does something elsewhere"
    assert min(scores["weighed", "look-ahead"]) > 0.9


def test_gained_less_lost_is_the_difference(scores: Scores) -> None:
    for arm, base in (("trie", "free"), ("look-ahead", "trie")):
        for at in range(2):
            net = scores["gained", arm][at] - scores["lost", arm][at]
            assert net == pytest.approx(scores["em", arm][at] - scores["em", base][at])


def test_a_world_is_one_seeds_own_and_answers_are_in_its_graph() -> None:
    world, again, other = (made_up(seed, 50, 50, 0.5) for seed in (3, 3, 4))
    assert world == again
    assert world.graph != other.graph
    assert len(world.graph) == 300 * 12
    assert all(world.graph[each.key] == each.answer for each in (*world.train, *world.tested))
    assert {each.named for each in world.tested} == {True, False}
    mixed = shuffled(world.graph, 3)
    assert sorted(mixed.values()) == sorted(world.graph.values())
    assert mixed != world.graph


EDGES = [
    Triple("李白（唐代诗人）", "朝代", "唐"),
    Triple("李白", "职业", "歌手"),
    Triple("长江", "长度", "6300千米"),
    Triple("黄河", "发源地", "巴颜喀拉山"),
]


def test_subjects_are_new_and_so_are_as_many_relations_as_wanted() -> None:
    def parts(questions: Sequence[Question], part: int) -> set[tuple[int, ...]]:
        return {_parts(each.key)[part] for each in questions}

    old, new = made_up(0, 400, 200, 0.0), made_up(0, 400, 200, 1.0)
    assert old.train == new.train
    relations = parts(old.train, 1)
    assert parts(old.tested, 1) <= relations
    assert parts(new.tested, 1).isdisjoint(relations)
    subjects = {(key[0], key[2]) for each in new.train for key in [_parts(each.key)]}
    tested = {(key[0], key[2]) for each in new.tested for key in [_parts(each.key)]}
    assert tested.isdisjoint(subjects)


TEXTS = ("李白是哪个朝代的？", "李白做什么？", "长江多长？", "黄河从哪来？")
ASKED = [
    TripleExample(str(number), question, edge)
    for number, (question, edge) in enumerate(
        zip(
            ["李白是哪个朝代的？", "李白做什么？", "长江多长？", "黄河从哪来？"], EDGES, strict=True
        )
    )
]


def test_real_questions_become_characters_and_the_meaning_stands_last() -> None:
    world = of_kgclue(ASKED, ASKED, EDGES, seed=0, counts=(4, 4), added=0)
    assert len(world.graph) == 4
    assert {each.answer for each in world.tested} == {edge.object for edge in EDGES}
    poet = next(each for each in world.tested if each.answer == "唐")
    name, relation, meaning, rest = _parts(poet.key)
    assert name == poet.tokens[:2]
    assert relation == poet.tokens[5:7]
    assert (len(meaning), rest) == (4, ())
    assert {each.answer for each in world.tested if each.named} == {"唐", "6300千米"}


def _parts(key: tuple[int, ...]) -> list[tuple[int, ...]]:
    parts: list[list[int]] = [[]]
    for token in key:
        if token == END:
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts]


def test_added_edges_never_replace_real_ones() -> None:
    plain, more = (
        of_kgclue(ASKED, ASKED, EDGES, seed=0, counts=(4, 4), added=each) for each in (0, 5)
    )
    assert len(more.graph) > len(plain.graph)
    assert {key: more.graph[key] for key in plain.graph} == plain.graph
    assert more.train == plain.train
    assert more.tested == plain.tested


def test_real_questions_are_read_by_their_digests_and_are_small_evidence() -> None:
    evaluator = registry.find("kgclue_trie")
    request = evaluator.Request(
        questions=("made-up", "kgclue"),
        unseen=(0.5,),
        added=(0, 2),
        seeds=(0,),
        train=4,
        tested=4,
        epochs=1,
        batch=2,
        width=4,
        beams=1,
    )
    data = LabelledDataset("kgclue", "train", "triple", (), tuple(ASKED))
    made, real = evaluator.jobs(request, "", lambda _: data.digest)
    assert evaluator.level(made.parameters) == "made-up"
    assert evaluator.level(real.parameters) == "small"

    def load(ref: DatasetRef) -> LabelledDataset:
        assert (ref.task, ref.kind) == ("kgclue", "clue")
        return data

    result = evaluator.open_session(None, [real], load).evaluate(real)
    assert by_arm(result)["illegal", "trie"] == [0, 0]
    settings = {score.variant["setting"].partition(", 4 training")[0] for score in result.scores}
    assert settings == {f"graph of KgCLUE's questions, edges added {each}" for each in (0, 2)}
