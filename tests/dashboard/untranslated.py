"""Find English texts in the code of the pages that no function translates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.dashboard.catalogue import KEYWORDS

_PROSE = re.compile(r"[A-Za-z]{2,}[,.:;]? [a-z(]?[A-Za-z]{1,}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_CODE = re.compile(
    r"^(SELECT |rankcheck |['\"]?\s*>?<|:material/|screens/|datum\.|width )"
    r"|^ --|img-src|=device-width|sans-serif|fill=|^light dark$"
    r"|rc-|\\b|\(\?|\[datum|background|font-weight| AND | AS | BY | IN |opacity=|rel=|hf://"
)
"""SQL, commands, HTML, styles, fonts, icons, files, plans, regular expressions, those of Vega."""

_LABELS = frozenset({"label", "title", "help", "placeholder", "alt", "alternative", "options"})
"""Arguments in which a single word is shown, too."""

_CONTROLS = frozenset(
    {"button", "caption", "header", "subheader", "markdown", "selectbox", "multiselect", "slider"}
    | {"text_input", "text_area", "number_input", "segmented_control", "popover", "expander"}
    | {"form_submit_button", "download_button", "NumberColumn", "TextColumn", "DatetimeColumn"}
    | {"CheckboxColumn", "ImageColumn", "heading", "folded"}
)
"""Functions whose first argument is shown."""

_SKIPPED = frozenset({"key", "icon", "css", "bind", "language", "format", "labelExpr", "said"})
"""Arguments that nobody reads on a page; `said` is written into files, in English."""


_PARTS = (ast.IfExp, ast.BoolOp, ast.BinOp, ast.JoinedStr, ast.FormattedValue)
"""What a shown text may be put together by."""


def untranslated(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every English text of a file that is shown as it is."""
    yield from _in(ast.parse(path.read_text(encoding="utf-8")), shown=False)


def _in(node: ast.AST, *, shown: bool) -> Iterator[tuple[int, str]]:
    if isinstance(node, (ast.Raise, ast.Compare, ast.Import, ast.ImportFrom, ast.arguments)):
        return
    if isinstance(node, ast.Constant):
        text, words = node.value, _WORD if shown else _PROSE
        if isinstance(text, str) and words.search(text) and not _CODE.search(text):
            yield node.lineno, text
        return
    if isinstance(node, ast.Call):
        yield from _in_call(node, shown=shown)
        return
    if isinstance(node, ast.Subscript):
        yield from _in(node.value, shown=shown)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _in(value, shown=False)
        return
    shown = shown and isinstance(node, _PARTS)
    for child in ast.iter_child_nodes(node):
        yield from _in(child, shown=shown)


def _in_call(node: ast.Call, *, shown: bool) -> Iterator[tuple[int, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute):
        yield from _in(node.func.value, shown=False)
    translated = name in KEYWORDS
    for place, argument in enumerate(node.args):
        if translated and place < (2 if name == "nt" else 1) and isinstance(argument, ast.Constant):
            continue
        yield from _in(argument, shown=not translated and place == 0 and name in _CONTROLS)
    for keyword in node.keywords:
        if keyword.arg not in _SKIPPED:
            yield from _in(keyword.value, shown=keyword.arg in _LABELS)
