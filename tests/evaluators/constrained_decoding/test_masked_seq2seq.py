"""A masked language model that writes: what it may see, and that each way gives one p."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoTokenizer

from evaluators.checkpoint.masked_lm import load_masked_lm
from evaluators.constrained_decoding.beam_search import padded
from evaluators.constrained_decoding.copying_seq2seq import END, PAD
from evaluators.constrained_decoding.masked_seq2seq import MaskedSeq2Seq
from evaluators.errors import CheckpointError
from evaluators.small_bert.make import Size, make_small_bert

QUESTIONS = ("李白是哪个朝代的？", "长江多长", "黄河从哪里来到哪里去？")
ANSWERS = (("李白", "朝代", "诗人"), ("长江", "长度", ""), ("黄河", "发源地", ""))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert") / "small"
    make_small_bert(folder, Size(layers=2, hidden=32, seed=5))
    return folder


@pytest.fixture
def network(folder: Path) -> MaskedSeq2Seq:
    return MaskedSeq2Seq(*load_masked_lm(folder), AutoTokenizer.from_pretrained(folder)).eval()


def sources(network: MaskedSeq2Seq) -> torch.Tensor:
    return padded([[network.tokens(each) for each in QUESTIONS]])


def targets(network: MaskedSeq2Seq) -> torch.Tensor:
    keys = [[token for part in each for token in (*network.tokens(part), END)] for each in ANSWERS]
    return padded([keys])[0]


def test_steps_give_what_teacher_forcing_gives(network: MaskedSeq2Seq) -> None:
    read, target = network.encode(sources(network)), targets(network)
    states, last = read.start[:, :, None], torch.full((1, 3, 1), END)
    logs = []
    with torch.no_grad():
        for column in target.T:
            shares, states = network.step(read, states, last)
            assert shares.sum(-1).numpy() == pytest.approx(1, abs=1e-5)
            chosen = shares[0, :, 0].gather(1, column[:, None])[:, 0]
            logs.append(network.floored(chosen).log())
            last = column[None, :, None]
        forced = network.log_probabilities(sources(network)[0], target)
    there = target != PAD
    assert torch.allclose(torch.stack(logs, -1)[there], forced[there], atol=1e-5)


def test_p_is_that_of_each_pair_alone_under_the_mask_of_unilm(network: MaskedSeq2Seq) -> None:
    target = targets(network)
    with torch.no_grad():
        forced = network.log_probabilities(sources(network)[0], target)
    tokenizer, model = network._tokenizer, network.model
    separator = tokenizer.sep_token_id
    for row, question in enumerate(QUESTIONS):
        answer = [separator if each == END else each - 2 for each in target[row] if each != PAD]
        read = tokenizer(question)["input_ids"]
        ids = torch.tensor([[*read, *answer[:-1]]])
        size = ids.shape[1]
        seen = torch.ones(size, size).tril()
        seen[:, : len(read)] = 1
        mask = torch.where(seen.bool(), 0.0, -torch.inf)[None, None]
        types = (torch.arange(size) >= len(read)).long()[None]
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits
        logs = logits[0, len(read) - 1 :].log_softmax(-1)
        expected = logs[torch.arange(len(answer)), torch.tensor(answer)]
        assert torch.allclose(forced[row, : len(answer)], expected, atol=1e-4)


def test_what_is_written_sees_nothing_that_comes_after(network: MaskedSeq2Seq) -> None:
    target = targets(network)
    other = target.clone()
    other[:, 4:] = other[:, 4:].flip(0)
    with torch.no_grad():
        one, two = (
            network.log_probabilities(sources(network)[0], each)[:, :4] for each in (target, other)
        )
    assert torch.allclose(one, two, atol=1e-5)


def test_a_tokenizer_without_a_separator_is_refused(network: MaskedSeq2Seq) -> None:
    bare = SimpleNamespace(pad_token_id=0, sep_token_id=None, cls_token_id=2)
    with pytest.raises(CheckpointError, match="must have a padding, a separator and a start"):
        MaskedSeq2Seq(network.model, network.head, bare)
