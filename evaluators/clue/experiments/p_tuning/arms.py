"""Ways to classify with a masked language model and few labels."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from evaluators.clue.experiments.p_tuning.language import CLASS_WORDS, CLS, MASK, SEP, SPARE
from evaluators.clue.modules.prompt import Prompt

STEPS = 60


class _Encode:
    """The encoder as heads call it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, batch: Any, prefix: str = "") -> Tensor:
        states: Tensor = self.model(input_ids=batch[f"{prefix}input_ids"]).last_hidden_state
        return states


def answer(arm: str, whole: Any, known: Tensor, labels: Tensor, new: Tensor, seed: int) -> Tensor:
    """Return the classes of new sentences, (n,).

    Args:
        arm: `probe`, `finetune`, `prompt 8`, or `prompt 8 + masked tokens`: k is the number.
        whole: The masked language model; it is not changed.
        known: Labelled sentences.
        labels: Theirs.
        new: Sentences to classify.
        seed: Of batches, fresh weights and masks.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if arm == "probe":
            return _probe(whole, known, labels, new)
        if arm == "finetune":
            return _finetune(copy.deepcopy(whole.bert), known, labels, new)
        return _prompt(arm, whole, known, labels, new)


def _probe(whole: Any, known: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    from sklearn.linear_model import LogisticRegression

    with torch.no_grad():
        states = [whole.bert(input_ids=ids).last_hidden_state.mean(dim=1) for ids in (known, new)]
    if int(labels.min()) == int(labels.max()):  # one class alone teaches that class
        return labels[:1].expand(len(new))
    fitted = LogisticRegression(max_iter=1000).fit(states[0].numpy(), labels.numpy())
    return torch.from_numpy(fitted.predict(states[1].numpy()))


def _finetune(encoder: Any, known: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    head = nn.Linear(64, 2)
    for weight in encoder.parameters():
        weight.requires_grad_()
    optimiser = torch.optim.Adam(
        [{"params": encoder.parameters(), "lr": 3e-4}, {"params": head.parameters(), "lr": 3e-3}]
    )
    for _ in range(STEPS):
        rows = torch.randperm(len(known))[:32]
        logits = head(encoder(input_ids=known[rows]).last_hidden_state[:, 0])
        optimiser.zero_grad()
        torch.autograd.backward(cross_entropy(logits, labels[rows]))
        optimiser.step()
    with torch.no_grad():
        return torch.as_tensor(head(encoder(input_ids=new).last_hidden_state[:, 0]).argmax(dim=-1))


def _prompt(arm: str, whole: Any, known: Tensor, labels: Tensor, new: Tensor) -> Tensor:
    name, _, auxiliary = arm.partition(" + ")
    spare = list(SPARE[: int(name.removeprefix("prompt "))])
    start = whole.bert.get_input_embeddings().weight[spare]
    words = torch.tensor(CLASS_WORDS)
    head = Prompt(start, words, MASK, (CLS, SEP), whole.cls, 0.15 if auxiliary else 0.0)
    encode = _Encode(whole.bert)
    optimiser = torch.optim.Adam([head.prompt], lr=1e-2)
    for _ in range(STEPS):
        rows = torch.randperm(len(known))[:32]
        batch = _batch(known[rows]) | {"labels": labels[rows]}
        optimiser.zero_grad()
        torch.autograd.backward(head.loss(head(encode, batch), batch), inputs=[head.prompt])
        optimiser.step()
    head.eval()
    with torch.no_grad():
        return torch.tensor(head.decode(head(encode, _batch(new)), _batch(new)))


def _batch(ids: Tensor) -> dict[str, Tensor]:
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
