"""Compare sparse softmax with the full one for few and many classes, from scratch and pretrained.

Sparse softmax spreads the probability over the k largest scores: its loss is the logarithm of their
sum of exponentials less the score of the target. So where all scores are equal it is ln k, however
many classes there are: a loss that a network can reach without learning anything, and that full
softmax only passes where the next class is known to fewer nats.

Classes are made up, or the characters of a text, the next of which is predicted. A pretrained start
has hidden layers that learned other classes of the same made-up world, and a new last layer; or all
layers, that learned from ten times as many examples of other documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evaluators.contrastive.one_thread import one_thread
from evaluators.evaluator import (
    AtLeastTwo,
    Count,
    DatasetRef,
    DigestOf,
    Distinct,
    Evaluator,
    Level,
    Positive,
    Request,
    Seeds,
    Session,
)
from evaluators.job import Job
from evaluators.lazy import torch
from evaluators.progress import Report, stage_progress
from evaluators.result import ArmScores, Result
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from torch import Tensor

Start = Literal["from scratch", "pretrained"]

MADE_UP = "made-up classes"
THEOREM = "all classes"
SOFTMAX, SPARSE = "softmax", "sparse"

TESTED = 4000
"""Number of test examples."""


class SparseSoftmaxRequest(Request):
    """The keys of an `evaluator: sparse_softmax` entry in a plan.

    Attributes:
        worlds: `made-up classes`, or names of corpora, whose next character is predicted.
        classes: Numbers of classes; each is a setting.
        starts: Whether layers are new, `from scratch`, or `pretrained`; each is a setting.
        ks: Numbers of scores that sparse softmax keeps; each is a setting, where there are more
            classes than that.
        seeds: Seeds; each makes one world and network, and those of a setting train together.
        examples: Number of training examples.
        steps: Steps of training, and as many of pretraining.
        batch: Examples of a step.
        rate: Largest learning rate of Adam.
    """

    worlds: Distinct[str] = (MADE_UP,)
    classes: Distinct[AtLeastTwo] = (20, 200, 1000)
    starts: Distinct[Start] = ("from scratch", "pretrained")
    ks: Distinct[AtLeastTwo] = (10,)
    seeds: Seeds = tuple(range(1010, 1015))
    examples: Count = 5000
    steps: Count = 2000
    batch: AtLeastTwo = 64
    rate: Positive = 3e-3


class SparseSoftmax(Evaluator[SparseSoftmaxRequest]):
    """The arms are the losses; a seed draws a world or examples of a text, and a network."""

    VERSION = "1"
    LEVEL = "small"
    BUDGET = ("examples", "steps")
    Request = SparseSoftmaxRequest

    def dataset_of(self, job: Job) -> DatasetRef | None:
        """Return the corpus; None for a made-up world and for the theorem."""
        return None if job.task in (MADE_UP, THEOREM) else DatasetRef(job.task, kind="corpus")

    def jobs(
        self, request: SparseSoftmaxRequest, checkpoint_digest: str, digest_of: DigestOf
    ) -> list[Job]:
        """Return one job for the theorem, and one for each world, number of classes and start."""
        seeds = sorted(request.seeds)
        recipe = {key: getattr(request, key) for key in Recipe._fields}
        jobs = [self.job(THEOREM, {"seeds": seeds})] if MADE_UP in request.worlds else []
        for world in request.worlds:
            digest = "" if world == MADE_UP else digest_of(DatasetRef(world, kind="corpus"))
            for classes in sorted(request.classes):
                ks = [k for k in sorted(request.ks) if k < classes]
                for start in request.starts if ks else ():
                    params = {"world": world, "classes": classes, "start": start, "ks": ks}
                    jobs.append(
                        self.job(world, {**params, "seeds": seeds, **recipe}, dataset_digest=digest)
                    )
        return jobs

    def level(self, parameters: Mapping[str, Any]) -> Level:
        """Return `identity` for the theorem, `made-up` for made-up classes."""
        if "world" not in parameters:
            return "identity"
        return "made-up" if parameters["world"] == MADE_UP else self.LEVEL

    def evaluate(self, job: Job, session: Session) -> Result:
        params = dict(job.parameters)
        if job.task == THEOREM:
            return compare_gradients(**params)
        recipe = Recipe(**{key: params.pop(key) for key in Recipe._fields})
        stage = f"sparse softmax, {job.task}, {params['classes']} classes, {params['start']}"
        documents: Sequence[str] = ()
        if (ref := self.dataset_of(job)) is not None:
            documents = session.load(ref, job.dataset_digest).documents
        report = stage_progress(session.progress, stage)
        return compare(**params, recipe=recipe, documents=documents, report=report)


class Recipe(NamedTuple):
    """Settings of the training; as in a request."""

    examples: int
    steps: int
    batch: int
    rate: float


def compare(
    world: str,
    classes: int,
    start: Start,
    ks: Sequence[int],
    seeds: Sequence[int],
    recipe: Recipe,
    documents: Sequence[str],
    report: Report,
) -> Result:
    """Return the scores of every loss in one world.

    `accuracy` is on new examples, and `gap` that on training examples less it. `margin` is the
    target's score less the largest other one, in nats, the mean over training examples.
    `calibration_error` is that of the likeliest class. `off_support` is the share of new examples
    to whose class sparse softmax gives the probability 0: its log-likelihood is infinite.

    Args:
        world: `made-up classes`, or the name of a corpus.
        classes: Number of classes.
        start: Of the hidden layers.
        ks: Scores that sparse softmax keeps.
        seeds: One world and network of each arm for each.
        recipe: Settings of the training.
        documents: The text; none for a made-up world.
        report: Called with the steps done and all of them.
    """
    from evaluators.experiments import _many_classes, _sparse_classifiers
    from evaluators.language_models.training import Recipe as Steps

    sizes = (seeds, classes, recipe.examples, TESTED)
    arms: list[int | None] = [None, *ks]
    with one_thread():
        drawn = (
            _many_classes.made_up_world(*sizes)
            if world == MADE_UP
            else _many_classes.text_world(documents, *sizes)
        )
        trained = _sparse_classifiers.train_arms(
            drawn,
            classes,
            arms,
            seeds,
            Steps(recipe.steps, every=max(1, recipe.steps // _sparse_classifiers.LOOKS)),
            batch=recipe.batch,
            rate=recipe.rate,
            pretrained=start == "pretrained",
            report=report,
        )
        known, new = (
            _sparse_classifiers.measure(trained.model, rows, arms)
            for rows in (drawn.train, drawn.test)
        )
    # First the error of guessing: a pretrained start learns most of it before the first look.
    looks = torch.tensor(trained.course.validation)
    errors = torch.cat([torch.full_like(looks[:1], 1 - 1 / classes), looks])
    settings = []
    for at, k in enumerate(ks, 1):
        scores = ArmScores(
            f"classes {classes}, k {k}, {start}, {recipe.examples} examples, {recipe.steps} steps,"
            f" rate {recipe.rate:g}, batch {recipe.batch}"
        )
        for arm, place in ((SOFTMAX, 0), (SPARSE, at)):
            metrics = {
                "accuracy": new[place].accuracy,
                "gap": known[place].accuracy - new[place].accuracy,
                "margin": known[place].margin,
                "calibration_error": new[place].calibration_error,
                "off_support": new[place].off_support,
            }
            for metric, values in metrics.items():
                for seed, value in zip(seeds, values.tolist(), strict=True):
                    scores.add(metric, value, TESTED, arm=arm, seed=seed)
            curve = TrainingCurve(len(errors))
            for look in errors[:, place * len(seeds) : (place + 1) * len(seeds)]:
                curve.add(look)
            scores.add_curve(curve, arm=arm, seeds=seeds)
        settings.append(scores)
    return Result(
        tuple(score for scores in settings for score in scores.scores),
        tuple(curve for scores in settings for curve in scores.curves),
        {"seconds": trained.course.seconds},
    )


DECIDED, CLASSES, INPUTS = 200, 30, 10
"""Examples, classes and inputs of the theorem."""


def compare_gradients(seeds: Sequence[int]) -> Result:
    """Return how far sparse softmax of all classes, and of half of them, is from the full one.

    `loss_gap` and `gradient_gap` are the largest differences on random scores, and `weight_gap`
    that of the weights of a linear classifier after 50 steps of gradient descent, all in float64.
    """
    from evaluators.experiments._sparse_classifiers import losses_of

    scores = ArmScores(f"classes {CLASSES}, dtype float64")
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        inputs = torch.randn(DECIDED, INPUTS, generator=generator).double()
        targets = torch.randint(CLASSES, (DECIDED,), generator=generator)
        first = 0.3 * torch.randn(INPUTS, CLASSES, generator=generator).double()

        def descend(
            k: int | None, inputs: Tensor = inputs, targets: Tensor = targets, first: Tensor = first
        ) -> tuple[Tensor, Tensor, Tensor]:
            weights = first.clone().requires_grad_()
            seen = []
            for _ in range(50):
                losses = losses_of(inputs @ weights, targets, k)
                (slope,) = torch.autograd.grad(losses.mean(), weights)
                seen.append((losses.detach(), slope))
                weights = (weights - slope).detach().requires_grad_()
            return (*seen[0], weights.detach())

        full = descend(None)
        for arm, k in (("sparse of all", CLASSES), ("sparse of half", CLASSES // 2)):
            for metric, ours, theirs in zip(
                ("loss_gap", "gradient_gap", "weight_gap"), descend(k), full, strict=True
            ):
                scores.add(metric, float((ours - theirs).abs().max()), DECIDED, arm=arm, seed=seed)
    return Result(tuple(scores.scores))
