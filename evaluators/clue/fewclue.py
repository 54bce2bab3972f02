"""What FewCLUE's nine tasks have in common."""

from __future__ import annotations

from evaluators.clue.task import Split

TRAIN = "train_0"
SCORED = "test_public"

SPLITS = {
    **{f"train_{fold}": Split(f"train_{fold}") for fold in range(5)},
    "train_few_all": Split("train_few_all"),
    **{f"validation_{fold}": Split(f"validation_{fold}") for fold in range(5)},
    "validation_few_all": Split("validation_few_all"),
    "test_public": Split("test_public"),
    "test": Split("test", labelled=False),
}
"""Five small training and validation sets, all of them together, and two test sets."""

PROTOCOL = (
    "FewCLUE scores test_public by the mean over its five training sets; train_0 is one of them, "
    "so a score on it alone is a fifth of that."
)
