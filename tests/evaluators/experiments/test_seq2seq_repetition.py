"""Repetition mass, decoders, loops in texts, merged pairs and recurrent networks."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch

from evaluators.errors import ScoreError
from evaluators.experiments import _decoders as decoders
from evaluators.experiments import _recurrent_models as recurrent
from evaluators.experiments import seq2seq_repetition as repetition
from evaluators.experiments._characters import characters, merge_pairs, merged
from tests.evaluators.experiments.arm_means import means, settings

ENDED = decoders.ENDED


def table(tokens: int = 6, seed: int = 0) -> decoders.Floats:
    return repetition.random_table(tokens, seed)


def test_the_mass_is_the_sum_over_loops_written_out() -> None:
    going_on = 0.5 * table(3)
    squares = going_on**2
    total = 0.0
    for length in range(1, 9):
        for loop in product(range(3), repeat=length):
            total += float(np.prod(squares[list(loop), [*loop[1:], loop[0]]]))
    assert decoders.repetition_mass(going_on) == pytest.approx(total, rel=1e-4)
    assert decoders.repetition_series(going_on) == pytest.approx(
        decoders.repetition_mass(going_on), rel=1e-12
    )
    assert decoders.repetition_masses(going_on).sum() == pytest.approx(
        decoders.repetition_mass(going_on), rel=1e-12
    )


def test_a_word_that_repeats_itself_for_ever_has_a_geometric_mass() -> None:
    # A loop of any length k: Σ_k 0.9^2k.
    assert decoders.repetition_mass(np.array([[0.9]])) == pytest.approx(0.81 / 0.19, rel=1e-12)


def test_loops_are_counted_as_in_a_text_written_out() -> None:
    # From place 0, ababa: a loop of two twice. From place 5, ccc: a loop of one twice; from 6 none.
    text = np.array([[0, 1, 0, 1, 0, 2, 2, 2, ENDED, ENDED]]).T
    # a: 1 of 3 places, b: none (baba ends in c), c: 1 of 3.
    assert decoders.loops_walked_twice(text, 3) == pytest.approx(1 / 3 + 1 / 3)


def test_texts_repeat_as_often_as_the_mass_says_and_not_as_that_of_permuted_rows() -> None:
    tables = [table(seed=seed) for seed in range(2)]
    found = repetition.calibration(tables, [0, 1], "small", 0.2, 10_000).scores
    counted, mass, permuted = (means(found, m) for m in ("counted", "mass", "permuted_mass"))
    assert counted == pytest.approx(mass, rel=0.05)
    assert max(abs(permuted[arm] / mass[arm] - 1) for arm in mass) > 0.3
    assert max(means(found, "series_error").values()) < 1e-12
    assert max(means(found, "excess").values()) < 1e-12
    assert means(found, "excess")["greedy"] == pytest.approx(0, abs=1e-12)


def test_decoders_keep_what_they_should() -> None:
    rows = np.array([[0.1, 0.5, 0.1, 0.3]])
    assert decoders.kept(rows, 2)[0] == pytest.approx([0, 5 / 8, 0, 3 / 8])
    assert decoders.nucleus(rows, 0.6)[0] == pytest.approx([0, 5 / 8, 0, 3 / 8])
    assert decoders.nucleus(rows, 0.5)[0] == pytest.approx([0, 1, 0, 0])
    halved = decoders.tempered(rows, 0.5)[0]
    assert halved == pytest.approx(rows[0] ** 2 / 0.36)


def test_the_printed_trace_fails_and_the_corrected_one_is_exact() -> None:
    found = repetition.returns([0]).scores
    assert means(found, "error")["corrected"] < 1e-12
    swap = [s for s in found if s.variant["setting"] == "swap, tokens 2, loop 1"]
    assert means(swap, "error")["printed"] == 2


def test_paths_are_counted_exactly() -> None:
    half = Fraction(1, 2)
    exact = [[half, half], [Fraction(1), Fraction(0)]]
    # Back after two steps: from 0 by 00 (1/4) or 10 (1/2), from 1 by 10 (1/2).
    right = Fraction(3, 4) ** 2 + half**2
    assert repetition.back_twice(np.array(exact, dtype=float), 2) == pytest.approx(float(right))


def test_greedy_decoding_of_a_lazy_cycle_repeats_less_and_of_an_eager_one_more() -> None:
    for name, less in (("lazy", True), ("eager", False)):
        found = [
            score
            for score in repetition.lazy_cycles(0.05).scores
            if score.variant["setting"].startswith(name)
        ]
        mass = means(found, "mass")
        assert (mass["greedy"] < mass["all words"]) is less


def test_fewer_words_repeat_more_and_even_probabilities_less() -> None:
    found = repetition.decoders([table(20, 3)], [3], "random", 0.05).scores
    at = {
        count: means([s for s in found if s.variant["setting"].endswith(f" {count}")], "cut_mass")
        for count in (1, 3, 20)
    }
    assert at[1]["likeliest words"] > at[3]["likeliest words"] > at[20]["likeliest words"]
    assert at[1]["mixed with uniform"] < at[20]["mixed with uniform"]


def test_pairs_are_merged_from_left_to_right() -> None:
    text = np.array([0, 0, 0, 1, 0, 0, 1, 1, 0, 1])
    assert merged(text, 0, 1, 2).tolist() == [0, 0, 2, 0, 2, 1, 2]
    assert merged(text, 0, 0, 2).tolist() == [2, 0, 1, 2, 1, 1, 0, 1]


def test_a_likely_pair_becomes_one_word_and_its_words_vanish() -> None:
    rng = np.random.default_rng(0)
    # 0 is always followed by 1, which stands nowhere else.
    words = rng.integers(0, 3, 3000)
    text = np.concatenate([[0, 1] if word == 0 else [word + 1] for word in words])
    before, after = merge_pairs(text, 4, [0, 1], "likely", rng)
    assert (before.max(), after.max(), len(after)) == (3, 2, 3000)
    with pytest.raises(ScoreError, match="more characters"):
        merge_pairs(np.arange(4), 4, [0, 1], "likely", rng)


def test_characters_are_numbered_by_how_often_they_occur() -> None:
    assert characters(["Aab", "ac"], 2).tolist() == [0, 0, 1, 0]


def test_a_network_without_a_memory_is_calibrated_and_a_trained_one_is_not() -> None:
    rng = np.random.default_rng(0)
    end, size = 0.1, 5
    drawn = recurrent.RecurrentModels.drawn(size, 8, [0])
    blind = drawn._replace(
        states=torch.zeros_like(drawn.states),
        inputs=4 * drawn.inputs - 50 * (torch.arange(24) // 8 == 1),
        outputs=8 * drawn.outputs,
    ).alone(0)
    texts = repetition.network_texts(blind, decoders.normalised, 1500, end, rng)
    seen = decoders.bigram_table(decoders.transitions(texts, size))
    mass = decoders.repetition_mass((1 - end) * seen)
    assert decoders.loops_walked_twice(texts, size) == pytest.approx(mass, rel=0.1)
    # aab aab: after a comes a or b, which a memory of two knows for sure.
    text = torch.tensor([0, 0, 1] * 200)
    models, curve = recurrent.train(
        [text], 2, [0], hidden=8, updates=80, batch=8, length=12, rate=3e-2
    )
    assert curve.points()[0, -1] < 0.15
    texts = repetition.network_texts(models.alone(0), decoders.normalised, 500, end, rng)
    seen = decoders.bigram_table(decoders.transitions(texts, 2))
    mass = decoders.repetition_mass((1 - end) * seen)
    assert decoders.loops_walked_twice(texts, 2) > 1.5 * mass


def test_the_recurrent_unit_is_that_of_torch() -> None:
    hidden, size = 6, 4
    model = recurrent.RecurrentModels.drawn(size, hidden, [3])
    cell = torch.nn.GRUCell(size, hidden)
    with torch.no_grad():
        cell.weight_ih.copy_(model.inputs[0].T)
        cell.weight_hh.copy_(model.states[0].T)
        cell.bias_ih.zero_()
        cell.bias_hh.zero_()
        cell.bias_hh[2 * hidden :] = model.bias[0, 0]
        before = torch.randn(1, 5, hidden, generator=torch.Generator().manual_seed(0))
        letters = torch.tensor([[0, 1, 2, 3, 1]])
        expected = cell(torch.nn.functional.one_hot(letters[0], size).float(), before[0])
        assert torch.allclose(model.step(letters, before)[0], expected, atol=1e-6)


def test_parts_on_text_name_their_arms_and_settings() -> None:
    rng = np.random.default_rng(0)
    texts = [rng.integers(0, repetition.ALPHABET, 30_000) for _ in range(2)]
    found = repetition.merging(texts, [0, 1], "noise", 0.05, [0, 2]).scores
    assert settings(found) == {"noise, end 0.05, merges 0", "noise, end 0.05, merges 2"}
    assert means(found, "mass").keys() == {"likely pairs", "frequent pairs", "random pairs"}
    found = repetition.networks(texts, [0, 1], "noise", 0.3, 2, 5).scores
    assert {"network", "bigrams", "greedy", "bigrams, greedy"} <= {
        score.variant["arm"] for score in found
    }
