"""Facts that the metadata of a model card states: licence, base model, languages, adapter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.boards.fact_values import has_unit
from flows.errors import LeaderboardError
from flows.importers._draft import Stated, as_list
from flows.importers._front_matter import front_matter

_PARAMETERS = ("num_parameters", "n_parameters", "parameters", "params", "model_size")
_ADAPTER_TAGS = {"peft", "lora", "adapter", "qlora", "adapter-transformers"}
_FEWEST = 10_000  # a smaller number without a unit may be millions or billions


def card_facts(content: Mapping[Any, Any], model: str, source: str) -> dict[str, Stated]:
    """Return what the metadata of a card states about its model.

    Args:
        content: The front matter, or `cardData` of the hub's answer about a model.
        model: Name of the model, which is the adapter where the card says that it is one.
        source: The card's path, or where else the metadata stands.
    """
    licence = content.get("license")
    if licence == "other" and isinstance(content.get("license_name"), str):
        licence = content["license_name"]
    base, languages = content.get("base_model"), content.get("language")
    facts = {"licence": licence, "base_model": base, "languages": languages}
    if base and model and _is_adapter(content):
        facts["adapter"] = model
    for key in _PARAMETERS:
        text = str(content.get(key, "")).strip()
        if has_unit(text) or (text.isdecimal() and len(text) < 20 and int(text) >= _FEWEST):
            facts.setdefault("parameters", text)
    return {
        name: Stated(value, source)
        for name, value in facts.items()
        if isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    }


def _is_adapter(content: Mapping[Any, Any]) -> bool:
    """Return whether a card says that its weights are an adapter of its base model.

    A relation of its own goes before tags: weights merged with an adapter keep its tag.
    """
    relation = content.get("base_model_relation")
    if isinstance(relation, str):
        return relation == "adapter"
    tags = {tag for tag in as_list(content.get("tags")) if isinstance(tag, str)}
    return content.get("library_name") in _ADAPTER_TAGS or bool(tags & _ADAPTER_TAGS)


def facts_beside(folder: Path, model: str, root: Path) -> dict[str, Stated]:
    """Return the facts of the model card in a folder; nothing without one that can be read."""
    card = folder / "README.md"
    if not card.is_file():
        return {}
    try:
        content = front_matter(card)
    except LeaderboardError:
        return {}
    inside = root.is_dir() and card.is_relative_to(root)
    return card_facts(content, model, card.relative_to(root).as_posix() if inside else card.name)
