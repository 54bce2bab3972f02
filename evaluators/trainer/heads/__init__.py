"""Heads over the encoder that answer: one file each, found by its name.

A file `global_pointer.py` holds

- `FAMILIES`: the families of tasks it answers;
- `Options`: a frozen dataclass, the keys a plan may give, with defaults and checks;
- `make(options, setup) -> Head`: an `nn.Module`, drawn from torch's global generator, which the
  loop forks and seeds. It is written in `evaluators/trainer/modules`: the file here stays light, as
  plans are checked without torch;
- `LAYOUT = "separate"`, where the two texts of a pair are encoded apart;
- `UNWRITTEN`: options with the values that a job without them has, where they came after jobs had
  been run: at these values they are no part of a job, so that its key stays what it was;
- `look(options, train)`, where the head cannot learn every training set: raises before anything is
  loaded, or returns what is to be said of it in the run's cost;
- `FREEZES = True`, where the encoder is left as it is and the head alone is trained.

A plan names it `global-pointer`, or `{name: global-pointer, size: 64}`.

What a batch holds, n rows, L tokens, all on the device:

- every family: `input_ids`, `attention_mask`, `token_type_ids` (n, L), `example` (n,): position
  of the row's example in the dataset;
- classification: `labels` (n,), -1 where hidden; for `LAYOUT = "separate"` the second text as
  `pair_input_ids`, `pair_attention_mask`, `pair_token_type_ids`;
- choice: everything of the encoder as (n, C, L), `choices` (n, C) true for real ones,
  `labels` (n,);
- span: `context` (n, L) true for tokens of the context, `offsets` (n, L, 2) in characters of the
  context, `starts` and `ends` (n,): tokens of the answer, both 0 where the window has none;
- entity: `tokens` (n, L) true for tokens of the text, `offsets` (n, L, 2), `entities` (n, E, 3):
  type, first and last token; rows of -1 pad it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

from evaluators import discovery
from evaluators.errors import MethodError
from evaluators.trainer import named
from evaluators.trainer.labelled_data import Family
from evaluators.trainer.named import Named, Spec

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.checkpoint.load import LoadedEncoder
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.training.model import Batch


Layout = Literal["joint", "separate"]

DEFAULTS: dict[Family, Spec] = {
    "classification": "linear",
    "choice": "choice",
    "span": "span",
    # Published training sets have overlapping entities: the default must score them, too.
    "entity": {"name": "tagger", "overlaps": "longest"},
}


class HeadSetup(NamedTuple):
    """The task and encoder that a head is made for.

    Attributes:
        family: Family of the task.
        labels: Classes or entity types; empty for choice and span.
        hidden: Width of the encoder's states.
        dropout: The encoder's own rate, for dropout on its states.
        loaded: The checkpoint, for heads that need more of it than its states.
    """

    family: Family
    labels: tuple[str, ...]
    hidden: int
    dropout: float
    loaded: LoadedEncoder | None = None


class Encode(Protocol):
    """The encoder as a head calls it."""

    model: Any
    """The transformers encoder, for heads that feed it something other than tokens."""

    def __call__(self, batch: Batch, prefix: str = "") -> Tensor:
        """Return the last states, (..., L, hidden), of `{prefix}input_ids` and its mask."""


class Head(Protocol):
    """An `nn.Module`. `logits` is whatever the head's own methods read."""

    def __call__(self, encode: Encode, batch: Batch) -> Tensor:
        """Return logits of a batch; its first axis is the batch's."""

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean loss of a batch, a scalar in float32."""

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log distributions, shape (rows, classes); see `TaskModel`.

        Raises:
            MethodError: The head has no distribution.
        """

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return one answer for each row.

        Classification and choice: a position. Span: the best `SpanGuess` of the window
        (`evaluators.trainer.modules.layers`). Entity: a tuple of `Entity`, offsets in characters.
        """


class Calibrated(Protocol):
    """A head that sets something on the training set after each epoch, such as a threshold.

    What it sets must be a buffer or a parameter, so that it travels with the weights.
    """

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set what the head needs, from the logits of the whole training part without dropout.

        Args:
            logits: As of a forward pass, rows in the order of `labels`.
            labels: (n,).
            metric: The task's main metric.
        """


def names() -> tuple[str, ...]:
    """Return the name of every head, sorted."""
    return discovery.names(__name__)


def find(family: Family, spec: Spec | None = None) -> Named:
    """Find the head that a plan names, and check that it answers the family.

    Args:
        family: Family of the task.
        spec: The name, a mapping with `name` and options, or None for the family's default.

    Raises:
        UnknownNameError: No such head or option, with the nearest one.
        MethodError: It answers another family, or an option has an invalid value.
    """
    head = named.find(__name__, "head", DEFAULTS[family] if spec is None else spec)
    if family not in head.module.FAMILIES:
        fit = [name for name in names() if family in _families(name)]
        raise MethodError(
            f"head {head.name} is for {', '.join(head.module.FAMILIES)}, not for {family}: take"
            f" {', '.join(fit)}"
        )
    return head


def of_job(name: str, options: Mapping[str, Any]) -> Spec:
    """Return the head of a job as a plan writes it."""
    return named.of_job(__name__, name, options)


def look(head: Named, train: LabelledDataset) -> dict[str, Any]:
    """Let a head check the training set before anything is loaded.

    Returns:
        Entries for the run's cost.

    Raises:
        MethodError: The head cannot learn this training set.
    """
    hook = getattr(head.module, "look", None)
    return dict(hook(head.options, train)) if hook else {}


def layout(head: Named) -> Layout:
    """Return whether the texts of a pair are encoded together or apart."""
    return cast(Layout, getattr(head.module, "LAYOUT", "joint"))


def freezes(head: Named) -> bool:
    """Return whether the encoder's weights stay as they are."""
    return bool(getattr(head.module, "FREEZES", False))


def make(setup: HeadSetup, spec: Spec | None = None) -> Head:
    """Return a head with fresh weights.

    Raises:
        UnknownNameError: No such head or option, with the nearest one.
        MethodError: It answers another family, or an option has an invalid value.
    """
    head = find(setup.family, spec)
    return cast(Head, head.module.make(head.options, setup))


def _families(name: str) -> tuple[Family, ...]:
    return cast("tuple[Family, ...]", named.find(__name__, "head", name).module.FAMILIES)
