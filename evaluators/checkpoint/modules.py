"""List the sentence-transformers modules of a checkpoint that turn one sentence into a vector.

`modules.json` names them in order. A Router among them has several routes, each a list of modules
of its own; a sentence of a pair takes the route without a task.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from evaluators.checkpoint.json_files import read_json, read_object
from evaluators.checkpoint.names import MODULE_FOLDER, ROUTER
from evaluators.checkpoint.paths import validate_inside
from evaluators.errors import CheckpointError

_PACKAGE = "sentence_transformers."
_ROUTERS = ("Router", "Asym")  # Asym is the Router's earlier name
_ROUTER_KEYS = {"default_route", "allow_empty_key", "route_mappings"}


class ModuleEntry(NamedTuple):
    """One module: the name of its class, and the folder of its files."""

    kind: str
    folder: Path


def list_modules(folder: Path) -> list[ModuleEntry]:
    """Return the modules of `modules.json` with the Router's replaced by those of its route.

    Returns:
        The modules in the order in which they run; [] where there is no `modules.json`.

    Raises:
        CheckpointError: A file is damaged, leads out of the checkpoint or names foreign classes, or
            a Router leaves open which of its modules encode a sentence without a task.
    """
    file = folder / "modules.json"
    if not file.is_file():
        return []
    value = read_json(file)
    if not isinstance(value, list) or not all(
        isinstance(module, dict) and "type" in module and "path" in module for module in value
    ):
        raise CheckpointError(f"{file} is not a list of modules. Pull the checkpoint again.")
    found = []
    for module in value:
        entry = ModuleEntry(_class_name(file, module["type"]), _place(file, folder, module["path"]))
        found += _routed(entry) if entry.kind in _ROUTERS else [entry]
    return found


def encoder_folder(folder: Path) -> Path:
    """Return the folder of the weights that read tokens: `folder`, or that of `modules.json`.

    Raises:
        CheckpointError: As `list_modules`.
    """
    encoders = (m.folder for m in list_modules(folder) if m.kind in ("Transformer", STATIC))
    return next(encoders, folder)


STATIC = "StaticEmbedding"
"""The class of an encoder that is a table of word vectors, as model2vec makes them."""


def is_static(folder: Path) -> bool:
    """Return whether the checkpoint's encoder is a table of word vectors.

    Raises:
        CheckpointError: As `list_modules`.
    """
    return any(module.kind == STATIC for module in list_modules(folder))


def _routed(router: ModuleEntry) -> list[ModuleEntry]:
    """Return the modules of a Router's route for a sentence without a task."""
    file = next(
        (
            router.folder / name
            for name in (ROUTER, "config.json")
            if (router.folder / name).is_file()
        ),
        router.folder / ROUTER,
    )
    config = read_object(file)
    types, structure = config.get("types"), config.get("structure")
    if not isinstance(types, dict) or not isinstance(structure, dict) or not structure:
        raise CheckpointError(
            f"{file} does not list the Router's modules. Pull the checkpoint again."
        )
    route = _route(file, structure, config.get("parameters") or {})
    found = []
    for name in structure[route]:
        kind = _class_name(file, types.get(name))
        if kind in _ROUTERS:
            raise CheckpointError(f"{file} has a Router inside a Router, which is not supported.")
        found.append(ModuleEntry(kind, _place(file, router.folder, name)))
    return found


def _route(file: Path, structure: dict[str, Any], parameters: dict[str, Any]) -> str:
    """Return the route of a text without a task, by the rules of sentence-transformers 6."""
    if unknown := set(parameters) - _ROUTER_KEYS:
        raise CheckpointError(f"{file} has the unknown key {min(unknown)!r} in its parameters.")
    # The file has the keys (task, modality) as Python prints them.
    mappings = parameters.get("route_mappings") or {}
    default = parameters.get("default_route")
    if default is None and parameters.get("allow_empty_key", True):
        default = next(iter(structure))
    mapped = (mappings.get(key) for key in ("(None, 'text')", "(None, None)"))
    route = next((name for name in mapped if name is not None), None)
    route = route or ("text" if "text" in structure else default)
    if route is None:
        raise CheckpointError(
            f"{file} has the routes {', '.join(structure)} and no default_route: the sentences of"
            " a pair have no task, so none of them applies. Name one as default_route in a copy."
        )
    if route not in structure:
        raise CheckpointError(f"{file} has no route {route!r}. Pull the checkpoint again.")
    return str(route)


def _place(file: Path, folder: Path, path: Any) -> Path:
    """Return a module's folder, validated."""
    name = str(path or "")
    if name and not MODULE_FOLDER.fullmatch(validate_inside(name, said_by=str(file))):
        raise CheckpointError(
            f"{file} names the folder {name!r}; modules lie in folders called <n>_<Name>, such "
            "as 1_Pooling. Rename it there and on disk."
        )
    return folder / name


def _class_name(file: Path, kind: Any) -> str:
    """Return the name of a class of sentence-transformers."""
    if not str(kind).startswith(_PACKAGE):
        raise CheckpointError(remote_code(file, f"the module type {str(kind)!r}"))
    return str(kind).rpartition(".")[2]


def remote_code(file: Path, cause: str) -> str:
    """Return the error message for a checkpoint that would run its own code."""
    return (
        f"{file} asks to run code that comes with the checkpoint ({cause}): remote code is"
        " refused. Use a checkpoint whose architecture is part of transformers; if transformers has"
        " its model_type by now, delete auto_map from config.json in a copy."
    )
