"""Compare P-tuning with a probe and fine-tuning with few labels, on a made-up language.

Sentences of the language have a hidden class. A masked language model learns it from sentences in
which a word names the class; the sentences that are classified lack that word.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Annotated, Any

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    Count,
    DigestOf,
    Distinct,
    Evaluator,
    Request,
    Seeds,
    Session,
    known,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Curve, Result, Score
from evaluators.training_curve import TrainingCurve

PROMPTS = tuple(f"prompt {k}{more}" for k in (1, 2, 4, 8, 16) for more in ("", " + masked tokens"))
TESTED = 1000
FIRST_STEPS = 60
"""Number of tuning steps before it was a key; such jobs keep their settings' names."""

PAD, CLS, SEP, MASK = range(4)
SPARE = tuple(range(4, 20))
"""Tokens that are in no sentence; a prompt starts from them."""

CLASS_WORDS = (20, 21)
"""Tokens that name the class."""

FIRST, CONTENT, LENGTH = 22, 60, 14
SIGNED = 0.3
"""Share of the words from the class's own third of the vocabulary."""


class PTuningRequest(Request):
    """The keys of an `evaluator: p_tuning` entry in a plan.

    Attributes:
        arms: `probe`, `finetune`, `prompt 8` or `prompt 8 + masked tokens`, with 1, 2, 4, 8 or 16.
        labelled: Numbers of labelled examples; each is a setting.
        seeds: Seeds; each pretrains one language model.
        pretraining: Number of pretraining steps, 64 sentences each.
        steps: Number of steps of fine-tuning and of training a prompt, 32 sentences each at most.
    """

    arms: Distinct[Annotated[str, known("arm", ("probe", "finetune", *PROMPTS))]] = (
        "probe",
        "finetune",
        "prompt 1",
        "prompt 8",
        "prompt 8 + masked tokens",
        "prompt 16",
    )
    labelled: Distinct[Count] = (8, 32, 128)
    seeds: Seeds = (0, 1, 2, 3, 4)
    pretraining: Count = 1000
    steps: Count = FIRST_STEPS


class PTuning(Evaluator[PTuningRequest]):
    """The arms are the ways to classify; a seed makes a language model."""

    VERSION = "2"
    LEVEL = "made-up"
    BUDGET = ("pretraining", "steps")
    Request = PTuningRequest

    def jobs(
        self, request: PTuningRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for each seed, with all arms and numbers of labels."""
        shared = {
            "arms": list(request.arms),
            "labelled": sorted(request.labelled),
            "pretraining": request.pretraining,
            **({} if request.steps == FIRST_STEPS else {"steps": request.steps}),
        }
        return [self.job("made-up language", {"seeds": [seed], **shared}) for seed in request.seeds]

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        (seed,) = params.pop("seeds")
        report = stage_progress(session.progress, f"few labels, seed {seed}")
        return compare(**params, seed=seed, report=report)


def compare(
    arms: Sequence[str],
    labelled: Sequence[int],
    seed: int,
    pretraining: int,
    report: Report,
    steps: int = FIRST_STEPS,
) -> Result:
    """Return the accuracy of each arm at each number of labels, with one language model.

    Args:
        arms: See `classify`.
        labelled: Numbers of labels.
        seed: Seed of the language model and of everything drawn.
        pretraining: Steps of the language model.
        report: Called with the numbers of labels done and all of them.
        steps: Steps of fine-tuning and of training a prompt.
    """
    more = "" if steps == FIRST_STEPS else f", {steps} steps of tuning"
    all_scores: list[Score] = []
    all_curves: list[Curve] = []
    with one_thread():
        model = pretrain(pretraining, seed)
        generator = torch.Generator().manual_seed(seed + 1_000_003)
        new, truth = sentences(TESTED, generator, with_class_word=False)
        train, labels = sentences(max(labelled), generator, with_class_word=False)
        for done, count in enumerate(labelled):
            report(done, len(labelled))
            scores = ArmScores(f"{count} labels, language model of {pretraining} steps{more}")
            for arm in arms:
                predicted, curve = classify(
                    arm, model, train[:count], labels[:count], new, seed, steps
                )
                accuracy = float((predicted == truth).double().mean())
                scores.add("accuracy", accuracy, TESTED, arm=arm, seed=seed)
                if curve is not None:
                    scores.add_curve(curve, arm=arm, seeds=[seed])
            all_scores += scores.scores
            all_curves += scores.curves
    return Result(tuple(all_scores), tuple(all_curves))


def sentences(
    n: int, generator: torch.Generator, *, with_class_word: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return sentences (n, 16) between [CLS] and [SEP], and their classes (n,).

    Args:
        n: Number of sentences.
        generator: Draws everything.
        with_class_word: Whether a random word of each is replaced by the one that names its class.
    """
    labels = torch.randint(2, (n,), generator=generator)
    words = torch.randint(CONTENT, (n, LENGTH), generator=generator)
    leaning = torch.randint(CONTENT // 3, (n, LENGTH), generator=generator)
    leaning = leaning + (labels * (CONTENT // 3))[:, None]
    signed = torch.rand(n, LENGTH, generator=generator) < SIGNED
    words = FIRST + torch.where(signed, leaning, words)
    if with_class_word:
        place = torch.randint(LENGTH, (n,), generator=generator)
        words[torch.arange(n), place] = torch.tensor(CLASS_WORDS)[labels]
    return torch.cat([torch.full((n, 1), CLS), words, torch.full((n, 1), SEP)], dim=1), labels


def pretrain(steps: int, seed: int) -> Any:
    """Return a masked language model (transformers' BERT, two layers of 64) of the language.

    Args:
        steps: Number of steps of 64 sentences, each with the word that names its class.
        seed: Seed of weights, sentences and masks.
    """
    from transformers import BertConfig, BertForMaskedLM

    generator = torch.Generator().manual_seed(seed)
    config = BertConfig(
        vocab_size=FIRST + CONTENT,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=48,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = BertForMaskedLM(config)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(steps):
        ids, _ = sentences(64, generator, with_class_word=True)
        hidden = (torch.rand(ids.shape, generator=generator) < 0.2) & (ids > SEP)
        logits = model(input_ids=ids.masked_fill(hidden, MASK)).logits
        optimiser.zero_grad()
        torch.autograd.backward(torch.nn.functional.cross_entropy(logits[hidden], ids[hidden]))
        optimiser.step()
    return model.eval()


def classify(
    arm: str,
    model: Any,
    train: torch.Tensor,
    labels: torch.Tensor,
    new: torch.Tensor,
    seed: int,
    steps: int,
) -> tuple[torch.Tensor, TrainingCurve | None]:
    """Return the classes of new sentences, (n,), and the losses of the training on classes.

    A probe has no such losses: it is fitted until it converges.

    Args:
        arm: `probe`, `finetune`, `prompt 8`, or `prompt 8 + masked tokens`, whose number is that
            of prompt tokens.
        model: The masked language model; it is not changed.
        train: Labelled sentences.
        labels: Their classes.
        new: Sentences to classify.
        seed: Seed of batches, fresh weights and masks.
        steps: Steps of fine-tuning and of training a prompt.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if arm == "probe":
            return _probe(model, train, labels, new), None
        if arm == "finetune":
            return _finetune(copy.deepcopy(model.bert), train, labels, new, steps)
        return _prompt(arm, model, train, labels, new, steps)


def _probe(
    model: Any, train: torch.Tensor, labels: torch.Tensor, new: torch.Tensor
) -> torch.Tensor:
    from sklearn.linear_model import LogisticRegression

    with torch.no_grad():
        states = [model.bert(input_ids=ids).last_hidden_state.mean(dim=1) for ids in (train, new)]
    # scikit-learn cannot fit a single class, which few labels may have.
    if int(labels.min()) == int(labels.max()):
        return labels[:1].expand(len(new))
    fitted = LogisticRegression(max_iter=1000).fit(states[0].numpy(), labels.numpy())
    return torch.from_numpy(fitted.predict(states[1].numpy()))


def _finetune(
    encoder: Any, train: torch.Tensor, labels: torch.Tensor, new: torch.Tensor, steps: int
) -> tuple[torch.Tensor, TrainingCurve]:
    head = torch.nn.Linear(64, 2)
    optimiser = torch.optim.Adam(
        [{"params": encoder.parameters(), "lr": 3e-4}, {"params": head.parameters(), "lr": 3e-3}]
    )
    curve = TrainingCurve(steps)
    for _ in range(steps):
        rows = torch.randperm(len(train))[:32]
        logits = head(encoder(input_ids=train[rows]).last_hidden_state[:, 0])
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(logits, labels[rows])
        torch.autograd.backward(loss)
        optimiser.step()
        curve.add(loss)
    with torch.no_grad():
        states = encoder(input_ids=new).last_hidden_state[:, 0]
        return torch.as_tensor(head(states).argmax(dim=-1)), curve


def _prompt(
    arm: str, model: Any, train: torch.Tensor, labels: torch.Tensor, new: torch.Tensor, steps: int
) -> tuple[torch.Tensor, TrainingCurve]:
    from evaluators.trainer.modules.prompts import Prompt

    name, _, auxiliary = arm.partition(" + ")
    spare = list(SPARE[: int(name.removeprefix("prompt "))])
    start = model.bert.get_input_embeddings().weight[spare]
    words = torch.tensor(CLASS_WORDS)
    head = Prompt(start, words, MASK, (CLS, SEP), model.cls, 0.15 if auxiliary else 0.0)
    encode = _Encode(model.bert)
    optimiser = torch.optim.Adam([head.prompt], lr=1e-2)
    curve = TrainingCurve(steps)
    for _ in range(steps):
        rows = torch.randperm(len(train))[:32]
        batch = _batch(train[rows]) | {"labels": labels[rows]}
        optimiser.zero_grad()
        logits = head(encode, batch)
        torch.autograd.backward(head.loss(logits, batch), inputs=[head.prompt])
        if auxiliary:
            # With other tokens masked in every step the loss is too noisy to tell whether it falls.
            head.eval()
            with torch.no_grad():
                logits = head(encode, batch)
            head.train()
        curve.add(torch.nn.functional.nll_loss(logits[:, :-2], labels[rows]))
        optimiser.step()
    head.eval()
    with torch.no_grad():
        return torch.tensor(head.decode(head(encode, _batch(new)), _batch(new))), curve


class _Encode:
    """The encoder as heads call it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, batch: Any, prefix: str = "") -> torch.Tensor:
        states: torch.Tensor = self.model(input_ids=batch[f"{prefix}input_ids"]).last_hidden_state
        return states


def _batch(ids: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
