"""Files of the pages come from memory, and the scripts of tables before the first table."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.file_util import get_static_dir

from dashboard.browser_files import ELEMENTS, FilesFromMemory, ask_ahead, scripts_of

STREAMLIT = Path(get_static_dir())


async def _streamlit(_request: object) -> PlainTextResponse:
    return PlainTextResponse("Streamlit's own answer")


@pytest.fixture
def client() -> TestClient:
    behind = Starlette(routes=[Route("/{path:path}", _streamlit, methods=["GET", "POST"])])
    return TestClient(FilesFromMemory(behind, STREAMLIT))


def test_a_file_of_streamlit_is_answered_whole_and_kept_for_a_year(client: TestClient) -> None:
    script = next((STREAMLIT / "static" / "js").glob("DataFrame.*.js"))
    for _ in range(2):  # from the disk, then from memory
        answer = client.get(f"/static/js/{script.name}")
        assert answer.content == script.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/static/js/no-such-file.js", {}),
        ("/static/../index.html", {}),
        ("/static/%2e%2e/index.html", {}),
        ("/app/static/own.js", {}),
        ("/static/js/{script}", {"range": "bytes=0-9"}),
        ("/static/js/{script}", {"if-none-match": '"digest"'}),
    ],
)
def test_everything_else_is_left_to_streamlit(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    script = next((STREAMLIT / "static" / "js").glob("DataFrame.*.js")).name
    answer = client.get(path.format(script=script), headers=headers)
    assert answer.text == "Streamlit's own answer"


def test_a_browser_asks_for_all_that_a_table_needs_and_for_nothing_that_every_page_has() -> None:
    names = scripts_of(ELEMENTS)
    for element in ELEMENTS:
        assert any(name.startswith(f"{element}.") for name in names), element
    # A table draws its cells with the parser of Arrow's files.
    assert any(name.startswith("arrowFormatUtils.") for name in names)
    every_page = (STREAMLIT / "index.html").read_text(encoding="utf-8")
    assert not [name for name in names if name in every_page]
    assert all(f'"{name}"' in ask_ahead() for name in names)
