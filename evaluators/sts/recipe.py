"""Read a checkpoint's own recipe of sentence vectors, the pooling `native`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluators.checkpoint.json_files import read_object
from evaluators.checkpoint.modules import STATIC, list_modules
from evaluators.errors import CheckpointError
from evaluators.sts.settings import (
    ModelSettings,
    SentenceSettings,
    read_model_settings,
    read_sentence_settings,
)
from evaluators.sts.step_files import LAYERS, read_step
from evaluators.sts.steps import SENTENCE, TOKENS, Pool, Step


@dataclass(frozen=True)
class Recipe:
    """A checkpoint's own recipe of sentence vectors, `native`.

    Attributes:
        encoder: Folder of the encoder.
        steps: What follows the encoder, in order, in float32.
        sentences: How sentences become tokens; holds for every pooling.
        model: What the whole model declares.
        static: Whether the encoder is a table of word vectors.
        declared: False where there is no `modules.json` and a pooling is assumed.
        problem: Reason why `native` cannot be computed, or None. Other poolings still can.
    """

    encoder: Path
    steps: tuple[Step, ...] = ()
    sentences: SentenceSettings = field(default_factory=SentenceSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    static: bool = False
    declared: bool = False
    problem: str | None = None

    @property
    def needs_layers(self) -> bool:
        """Whether a step reads the states of all layers."""
        return any(step.reads == LAYERS for step in self.steps)

    @property
    def include_prompt(self) -> bool:
        """Whether every pooling includes the tokens of the prompt."""
        return all(s.compute.include_prompt for s in self.steps if isinstance(s.compute, Pool))

    @property
    def label(self) -> str:
        """The steps in words: `mean`, `mean+max > Dense > Normalize > first 256`."""
        words = [
            "+".join(step.compute.modes) if isinstance(step.compute, Pool) else step.kind
            for step in self.steps
        ]
        cut = self.model.truncate_dim
        words += [f"first {cut}"] if cut else []
        return " > ".join(words) + ("" if self.declared else " (assumed)")


def read_recipe(folder: Path) -> Recipe:
    """Read a checkpoint's recipe of sentence vectors.

    Raises:
        CheckpointError: `modules.json` or a configuration is damaged, leads out of `folder`, names
            classes outside of sentence-transformers or no single encoder of a sentence.
    """
    modules = list_modules(folder)
    if not modules:
        sentences = read_sentence_settings(folder)
        return Recipe(folder, (_assumed(folder),), sentences, problem=sentences.problem)
    model = read_model_settings(folder)
    first, rest = modules[0], modules[1:]
    static = first.kind == STATIC
    encoders = [module for module in modules if module.kind in (STATIC, "Transformer")]
    encoder = encoders[0].folder if encoders else folder
    sentences = SentenceSettings() if static else read_sentence_settings(encoder)
    problem = sentences.problem or model.problem
    # A table's vectors are pooled with the prompt, whatever the modules after it say.
    steps: list[Step] = [Step("Pooling", Pool(("mean",)), TOKENS, SENTENCE)] if static else []
    try:
        if encoders != [first]:
            raise CheckpointError(
                f"{folder / 'modules.json'}: the first module must be the Transformer or"
                f" StaticEmbedding, and the only one, got {', '.join(m.kind for m in modules)}"
            )
        steps += [step for module in rest if (step := read_step(module)) is not None]
        _validate_features(folder, steps, all_layers=sentences.all_layers)
    except CheckpointError as error:
        problem = problem or str(error)
    return Recipe(encoder, tuple(steps), sentences, model, static, declared=True, problem=problem)


def _assumed(folder: Path) -> Step:
    """Return the pooling of a checkpoint without `modules.json`, as sentence-transformers has it.

    The last token of a model that was trained to predict the next one, and else the mean.
    """
    config = read_object(folder / "config.json")
    names = config.get("architectures") or [""]
    causal = str(names[0]).endswith("ForCausalLM") and config.get("is_causal", True)
    return Step("Pooling", Pool(("lasttoken" if causal else "mean",)), TOKENS, SENTENCE)


def _validate_features(folder: Path, steps: Sequence[Step], *, all_layers: bool) -> None:
    """Validate that every step reads what an earlier one wrote, and the last result is a vector."""
    file = folder / "modules.json"
    is_vector = {TOKENS: False, LAYERS: False}
    for step in steps:
        if step.reads == LAYERS and not all_layers:
            # sentence-transformers leaves the module out without a word
            raise CheckpointError(
                f"{file} has WeightedLayerPooling, but config.json does not set"
                " output_hidden_states, so the module gets no layers: set it in a copy, or delete"
                " the module there"
            )
        if step.reads not in is_vector:
            raise CheckpointError(f"{file}: {step.kind} reads {step.reads!r}, which nothing writes")
        pools = isinstance(step.compute, Pool)
        if pools and is_vector[step.reads]:
            raise CheckpointError(f"{file}: {step.kind} reads vectors of sentences, not of tokens")
        is_vector[step.writes] = pools or is_vector[step.reads]
    if not is_vector.get(SENTENCE, False):
        raise CheckpointError(f"{file} names no Pooling module")
