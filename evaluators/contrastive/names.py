"""The names of contrastive losses, dtypes and arms; reading a plan with them imports no torch."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from evaluators.names import validate_known

LOSS_NAMES = ("infonce", "infonce-log1p", "flatnce", "dcl")
DTYPE_NAMES = ("float64", "float32", "bfloat16", "float16")


class Arm(NamedTuple):
    """Loss and dtype of an arm, written `loss/dtype`.

    Attributes:
        loss: One of `LOSS_NAMES`.
        dtype: Floating-point type of the loss, one of `DTYPE_NAMES`.
    """

    loss: str
    dtype: str


def parse_arm(text: str) -> Arm:
    """Return the arm that `loss/dtype` names.

    Raises:
        UnknownNameError: There is no such loss or dtype.
    """
    loss, _, dtype = text.partition("/")
    validate_known("contrastive loss", [loss], LOSS_NAMES)
    validate_known(f"dtype of arm {loss}/…", [dtype], DTYPE_NAMES)
    return Arm(loss, dtype)


def _known_arm(text: str) -> str:
    parse_arm(text)
    return text


ArmName = Annotated[str, AfterValidator(_known_arm)]
"""`loss/dtype` in a plan, both of them known."""
