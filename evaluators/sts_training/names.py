"""The arms of a plan: methods with their options, and forms of the checkpoint as it is."""

from __future__ import annotations

from typing import NamedTuple

from evaluators.names import validate_known
from evaluators.sts_training import methods
from evaluators.trainer.named import Named, Spec, words

BASELINES = ("raw", "centred", "whitened-train", "whitened-target")
"""Forms of the checkpoint's vectors that need no training."""


class Arm(NamedTuple):
    """An arm of a plan.

    Attributes:
        name: What it is called, with the options that are not the defaults.
        method: Its method; None for a form of the checkpoint as it is.
    """

    name: str
    method: Named | None = None


def parse_arm(spec: Spec) -> Arm:
    """Return the arm that a plan names.

    Raises:
        UnknownNameError: There is no such form, method or option, with the nearest one.
        MethodError: An option has an invalid value.
    """
    if isinstance(spec, str):
        validate_known("arm", [spec], (*BASELINES, *methods.names()))
        if spec in BASELINES:
            return Arm(spec)
    method = methods.find(spec)
    return Arm(words(method), method)
