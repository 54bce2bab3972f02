from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluators.checkpoint.files import needed_files
from evaluators.checkpoint.modules import encoder_folder, list_modules
from evaluators.errors import CheckpointError

PACKAGE = "sentence_transformers.models."
TYPES = {
    "query_0_StaticEmbedding": f"{PACKAGE}StaticEmbedding",
    "document_0_Transformer": f"{PACKAGE}Transformer",
    "document_1_Pooling": f"{PACKAGE}Pooling",
}
STRUCTURE = {
    "query": ["query_0_StaticEmbedding"],
    "document": ["document_0_Transformer", "document_1_Pooling"],
}


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def routed(
    folder: Path, parameters: dict[str, Any], *, at: str = "", file: str = "router_config.json"
) -> Path:
    """Write a checkpoint that begins with a Router."""
    modules = [
        {"idx": 0, "name": "0", "path": at, "type": f"{PACKAGE}Router"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": f"{PACKAGE}Normalize"},
    ]
    write(folder / "modules.json", modules)
    router = {"types": TYPES, "structure": STRUCTURE, "parameters": parameters}
    write(folder / at / file, router)
    return folder


STATIC_ROUTE = ["StaticEmbedding", "Normalize"]
TRANSFORMER_ROUTE = ["Transformer", "Pooling", "Normalize"]
# What sentence-transformers 6 does with a text without a task, case by case.
ROUTES = [
    ({}, STATIC_ROUTE),  # the first
    ({"default_route": "document"}, TRANSFORMER_ROUTE),
    ({"default_route": None, "allow_empty_key": True}, STATIC_ROUTE),
    ({"route_mappings": {"(None, 'text')": "document"}}, TRANSFORMER_ROUTE),
    ({"route_mappings": {"(None, None)": "document"}}, TRANSFORMER_ROUTE),
    ({"route_mappings": {"('query', 'text')": "document"}}, STATIC_ROUTE),
    (
        {"route_mappings": {"(None, None)": "query", "(None, 'text')": "document"}},
        TRANSFORMER_ROUTE,
    ),
]


@pytest.mark.parametrize(("parameters", "expected"), ROUTES)
def test_router_takes_the_route_of_a_text_without_a_task(
    tmp_path: Path, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert [m.kind for m in list_modules(routed(tmp_path, parameters))] == expected


@pytest.mark.parametrize(("parameters", "expected"), ROUTES)
def test_routes_are_those_of_sentence_transformers(
    parameters: dict[str, Any], expected: list[str]
) -> None:
    peer = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    from ast import literal_eval

    mappings = parameters.get("route_mappings", {})
    router = peer.Router(
        {"query": [peer.Normalize()], "document": [peer.Normalize()]},
        **{**parameters, "route_mappings": {literal_eval(k): v for k, v in mappings.items()}},
    )
    route = router._resolve_route(task=None, modality="text")
    assert route == ("query" if expected == STATIC_ROUTE else "document")


@pytest.mark.parametrize("file", ["router_config.json", "config.json"])
def test_router_in_a_folder_of_its_own_is_read_and_part_of_the_digest(
    tmp_path: Path, file: str
) -> None:
    folder = routed(tmp_path, {"default_route": "document"}, at="0_Router", file=file)
    config = folder / "0_Router" / "document_1_Pooling" / "config.json"
    write(config, {"pooling_mode": "cls"})
    assert encoder_folder(folder) == folder / "0_Router" / "document_0_Transformer"
    assert config in needed_files(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"structure": {}}, "does not list the Router's modules"),
        ({"parameters": {"new": 1}}, "unknown key 'new'"),
        ({"parameters": {"allow_empty_key": False}}, "Name one as default_route"),
        ({"parameters": {"default_route": "image"}}, "has no route 'image'"),
        ({"types": {**TYPES, "query_0_StaticEmbedding": "own.Module"}}, "remote code is refused"),
        (
            {"types": {**TYPES, "query_0_StaticEmbedding": f"{PACKAGE}Router"}},
            "Router inside a Router",
        ),
        ({"structure": {"query": ["../elsewhere"]}, "types": {"../elsewhere": f"{PACKAGE}CNN"}},
         "outside the checkpoint"),
    ],
)  # fmt: skip
def test_router_that_cannot_be_followed_is_refused(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    folder = routed(tmp_path, {})
    file = folder / "router_config.json"
    write(file, {**json.loads(file.read_text()), **change})
    with pytest.raises(CheckpointError, match=reason):
        list_modules(folder)


def test_module_of_another_package_is_refused_with_what_to_do(tmp_path: Path) -> None:
    module = {"idx": 0, "name": "0", "path": "", "type": "custom_st.Transformer"}
    write(tmp_path / "modules.json", [module])
    with pytest.raises(CheckpointError, match=r"remote code is refused\. Use a checkpoint whose"):
        list_modules(tmp_path)
