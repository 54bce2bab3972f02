"""UniVAE: its sentences, its mask, its loss, and what exchanged latents change."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from evaluators.experiments._topic_sentences import (
    APART,
    LENGTH,
    TOPICS,
    UNKNOWN,
    VOCABULARY,
    Sentences,
    World,
)
from evaluators.experiments._uni_vae import Objective, Sizes, UniVae, Way, decode
from evaluators.experiments.univae import BAG, BROKEN, LEVELS, NONE, ONE, SHUFFLED, compare, mask
from evaluators.language_models.training import Recipe, train
from tests.evaluators.experiments.arm_means import means

SIZES = Sizes(VOCABULARY, LENGTH, width=16, layers=3, latent=4)


def words(count: int, seed: int = 0) -> torch.Tensor:
    drawn = World(seed).draw(count, np.random.default_rng(seed)).words
    return torch.from_numpy(drawn)[None]


def test_a_rule_finds_topic_and_form_of_every_sentence() -> None:
    world = World(3)
    topics, forms = np.array(list(product(range(16), range(16)))).T
    drawn = world.sentences(topics, forms)
    assert (world.topics_of(drawn.words) == topics).all()
    assert (world.forms_of(drawn.words) == forms).all()
    bags = np.sort(np.where(drawn.words < TOPICS, 0, drawn.words), axis=1)
    assert (bags == bags[0]).all(), "function words tell nothing but by their order"


def test_forms_are_far_apart_and_ties_are_unknown() -> None:
    world = World(4)
    for one, other in product(range(16), repeat=2):
        assert one == other or (world.forms[one] != world.forms[other]).sum() >= APART
    functions = range(TOPICS, VOCABULARY)
    assert world.topics_of(np.array([[4, 4, 5, 5, *functions][:LENGTH]])).tolist() == [UNKNOWN]
    assert world.topics_of(np.array([[4, 4, 5, *functions]])).tolist() == [4]
    spoiled = np.full((1, LENGTH), TOPICS)
    counts = (world.forms == TOPICS).sum(axis=1)
    assert set(counts) == {1}, "all forms have this word once"
    assert world.forms_of(spoiled).tolist() == [UNKNOWN]


def test_pairs_share_neither_topic_nor_form() -> None:
    lent, own = World(5).pairs(200)
    assert (lent.topics != own.topics).all()
    assert (lent.forms != own.forms).all()


@pytest.mark.parametrize(("way", "same"), [(Way(), True), (Way(masked=False), False)])
def test_with_latents_held_only_a_broken_mask_shows_what_is_read(way: Way, same: bool) -> None:
    model, read = UniVae([0], [way], SIZES), words(6)
    with torch.no_grad():
        latents = torch.randn(1, 6, *model.gates.shape[1:])
        past = read[..., :-1]
        before, after = (
            model.write(model.embedded(each), past, latents=latents).states
            for each in (read, read.flip(1))
        )
    assert torch.equal(before, after) is same


def test_a_word_depends_on_those_before_alone() -> None:
    model, read = UniVae([0], [Way()], SIZES), words(6)
    with torch.no_grad():
        past = read[..., :-1]
        changed = torch.cat([past[..., :4], past.flip(1)[..., 4:]], dim=-1)
        before, after = (model.write(model.embedded(read), each).states for each in (past, changed))
    assert torch.allclose(before[:, :, :5], after[:, :, :5], atol=1e-6)
    assert not torch.allclose(before[:, :, 5:], after[:, :, 5:], atol=1e-3)


def test_slopes_are_zero_where_the_mask_hides() -> None:
    scores = mask([0, 1]).scores
    slopes = means(scores, "slope_by_reading")
    assert slopes["latents held"] == 0
    assert min(slopes["latents not held"], slopes["mask broken, latents held"]) > 1e-3
    assert min(means(scores, "slope_by_latents").values()) > 1e-3


def test_divergences_and_loss_agree_with_torch() -> None:
    model, read = UniVae([0], [Way()], SIZES), words(5)
    model.eval()
    with torch.no_grad():
        written = model.write(model.embedded(read), read[..., :-1])
        posterior = Normal(written.mean, (0.5 * written.log_variance).exp())
        expected = kl_divergence(posterior, Normal(0.0, 1.0))[..., : SIZES.latent].sum(dim=-1)
        assert torch.allclose(model.divergences(written), expected, atol=1e-4)
        logits = model.told(written.states)[0]
        told = torch.stack([logits[i].log_softmax(-1)[range(LENGTH), read[0, i]] for i in range(5)])
        by_level = expected.mean(dim=1).clamp(min=100.0).sum()
        sentences = Sentences([World(0)], 5).draw(0)._replace(inputs=read, targets=read)
        loss = Objective(free=100.0, rising=1)(model, sentences)
    assert float(loss) == pytest.approx(float(-told.mean() + by_level / LENGTH), rel=1e-5)


def test_no_constant_words_are_right_more_often_than_guesses() -> None:
    world = World(2)
    topics, forms = np.array(list(product(range(16), range(16)))).T
    drawn = world.sentences(topics, forms).words
    best = np.mean([max(np.bincount(column)) for column in drawn.T]) / 256
    assert (world.guesses() == drawn).mean() == pytest.approx(best)
    of_first = drawn[topics == 0]
    best = np.mean([max(np.bincount(column)) for column in of_first.T]) / 16
    assert (world.guesses(topics)[topics == 0] == of_first).mean() == pytest.approx(best)


def test_decoding_takes_the_likeliest_word_after_word() -> None:
    model, read = UniVae([0, 1], [Way(), Way(several=False)], SIZES), words(4).repeat(2, 1, 1)
    embedded = model.embedded(read).detach()
    written = decode(model, embedded)
    with torch.no_grad():
        logits = model.told(model.write(embedded, written[..., :-1]).states)
    assert torch.equal(logits.argmax(dim=-1), written)


def test_a_network_trains_the_same_in_any_company() -> None:
    def losses(seeds: list[int], ways: list[Way]) -> torch.Tensor:
        worlds = [World(seed) for seed in dict.fromkeys(seeds)]
        run = train(
            UniVae(seeds, ways, SIZES),
            Sentences(worlds, 4),
            seeds,
            [1e-2] * len(seeds),
            Recipe(steps=6),
            loss=Objective(1.0, 2),
        )
        return run.losses

    alone = losses([1], [Way(several=False)])
    company = losses([0, 1, 1], [Way(), Way(several=False), Way()])
    assert torch.allclose(alone[:, 0], company[:, 1], rtol=1e-4)
    assert not torch.allclose(alone[:, 0], company[:, 2], rtol=1e-3)


def test_a_short_run_repeats_and_measures_every_arm() -> None:
    found = [compare(20, 8, 3e-3, 1.0, 16, [0, 1]) for _ in range(2)]
    assert found[0].scores == found[1].scores
    scores = found[0].scores
    assert abs(means(scores, "dissociation")[SHUFFLED]) < 1
    assert set(means(scores, "kl_1")) == {LEVELS, BROKEN}
    assert set(means(scores, "kl_2")) == {LEVELS, BROKEN, ONE}
    assert means(scores, "reconstruction")[BAG] > means(scores, "reconstruction")[NONE]
