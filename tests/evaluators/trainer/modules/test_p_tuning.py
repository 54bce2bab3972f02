"""P-tuning with a masked language model that is made here and saved as people save theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.checkpoint.load import load_encoder
from evaluators.errors import MethodError
from evaluators.trainer.families import Reading
from evaluators.trainer.families.classification import collate, rows
from evaluators.trainer.labelled_data import LabelledDataset, TextExample
from evaluators.trainer.training.task_model import EncoderWithHead

LABELS = ("Negative", "Positive")
TEXTS = ("好 书", "坏 书", "好 车 很 好", "坏")


def saved(folder: Path, *, unused: int = 8, head: bool = True) -> Path:
    from transformers import BertConfig, BertForMaskedLM, BertModel, BertTokenizerFast

    folder.mkdir()
    words = ["[PAD]", *(f"[unused{n}]" for n in range(unused + 1))]
    words += ["[UNK]", "[CLS]", "[SEP]", "[MASK]", *"好坏书车很不"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
        initializer_range=0.4,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        (BertForMaskedLM if head else BertModel)(config).save_pretrained(folder)
    return folder


def model_of(folder: Path, spec: Any = "p-tuning", labels: tuple[str, ...] = LABELS) -> Any:
    examples = tuple(TextExample(str(i), text, None, i % 2) for i, text in enumerate(TEXTS))
    dataset = LabelledDataset("made-up", "train", "classification", labels, examples)
    loaded = load_encoder(folder, device="cpu")
    model = EncoderWithHead(loaded, dataset, spec)
    batch = collate(rows(loaded.tokenizer, dataset, Reading(max_length=12)), model.pad_id)
    return model, batch


def test_the_eight_embeddings_alone_are_trained(tmp_path: Path) -> None:
    model, batch = model_of(saved(tmp_path / "bert"))
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert {name: tuple(p.shape) for name, p in trained.items()} == {"head.prompt": (8, 16)}
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimiser = torch.optim.Adam(trained.values(), lr=0.05)
    torch.manual_seed(1)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = model.loss(model.eval()(batch), batch)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    changed = [name for name, value in model.state_dict().items() if not value.equal(before[name])]
    assert changed == ["head.prompt"]
    assert torch.allclose(model.log_probabilities(model(batch), batch).exp().sum(1), torch.ones(4))


def test_the_answer_is_that_of_the_whole_masked_language_model(tmp_path: Path) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder = saved(tmp_path / "bert")
    model, batch = model_of(folder)
    model.eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    whole = AutoModelForMaskedLM.from_pretrained(folder, local_files_only=True).eval()
    spare = [f"[unused{n}]" for n in range(1, 9)]
    template = tokenizer.convert_tokens_to_ids([*spare[:4], "[MASK]", *spare[4:]])
    words = tokenizer.convert_tokens_to_ids(["不", "很"])
    with torch.no_grad():
        found = model(batch)
        for row, text in enumerate(TEXTS):
            ids = tokenizer.encode(text)
            logits = whole(torch.tensor([[ids[0], *template, *ids[1:]]])).logits[0, 5]
            expected = logits.log_softmax(dim=-1)[words]
            assert torch.allclose(found[row, :2], expected, atol=1e-5)
    assert found[:, 2:].eq(0).all()


def test_masked_tokens_are_told_again_in_training_alone(tmp_path: Path) -> None:
    model, batch = model_of(saved(tmp_path / "bert"), {"name": "p-tuning", "auxiliary": 0.9})
    torch.manual_seed(2)
    logits = model.train()(batch)
    usual = sum(len(text.split()) for text in TEXTS)
    assert 0 < logits[:, 3].sum() <= usual
    total = -logits[torch.arange(4), batch["labels"]].sum() + logits[:, 2].sum()
    expected = total / (4 + logits[:, 3].sum())
    assert torch.allclose(model.loss(logits, batch), expected)
    assert model.eval()(batch)[:, 3].sum() == 0


def test_what_cannot_be_prompted_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MethodError, match="has no masked-LM head"):
        model_of(saved(tmp_path / "encoder", head=False))
    with pytest.raises(MethodError, match="has 3 unused tokens"):
        model_of(saved(tmp_path / "few", unused=3))
    folder = saved(tmp_path / "bert")
    with pytest.raises(MethodError, match="label 'a' needs a word"):
        model_of(folder, labels=("a", "b"))
    with pytest.raises(MethodError, match="not one token"):
        model_of(folder, {"name": "p-tuning", "words": {"Negative": "坏书"}})
    model, batch = model_of(folder)
    long = {key: value.repeat(1, 3)[:, :20] for key, value in batch.items() if value.ndim == 2}
    with pytest.raises(MethodError, match="set max_length: 15 or less"):
        model({**long, "labels": batch["labels"]})
