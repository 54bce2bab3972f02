"""Render chat templates of a checkpoint, as a script that imports nothing of rankcheck.

A chat template is a program that its checkpoint brings along. It runs in Jinja's sandbox, which
keeps it from Python but neither from endless loops nor from filling the memory; so this process is
locked and limited, may be killed at any time, and reads one JSON request and writes one JSON
answer. Templates see what transformers' `apply_chat_template` shows them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_READABLE = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc")


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    sys.path.append(request["packages"])
    import jinja2.ext
    import jinja2.sandbox  # noqa: F401  # before the limits

    locks = _locks()
    interpreter = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
    locks.lock([*_READABLE, *interpreter])
    locks.limit(
        memory=request["memory"], seconds=request["seconds"], file_bytes=request["answer_bytes"]
    )
    print(json.dumps(answer(request)), flush=True)
    os._exit(0)


def _locks() -> Any:
    """Load the file beside this one; `-I` keeps its folder, full of other names, off the path."""
    spec = spec_from_file_location("child_locks", Path(__file__).with_name("child_locks.py"))
    if spec is None or spec.loader is None:
        raise ImportError("child_locks.py is missing beside chat_child.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts of all chats, or the reason why the template is refused."""
    texts = []
    try:
        template = environment().from_string(request["template"])
        for messages, longest in zip(request["chats"], request["longest"], strict=True):
            text = template.render(
                **{"tools": None, "documents": None, **request["variables"]}, messages=messages
            )
            if len(text) > longest:
                return {"refused": f"it makes {len(text)} characters of a sentence"}
            texts.append(text)
    except MemoryError:
        return {"refused": "it needs too much memory"}
    except Exception as error:  # a template can raise anything that a filter or operator raises
        return {"refused": f"{type(error).__name__}: {str(error)[:300]}"}
    return {"texts": texts}


def environment() -> Any:
    """Return the sandbox that transformers 5 renders chat templates in, without its clock."""
    from jinja2 import ext, nodes, utils
    from jinja2.exceptions import SecurityError, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(ext.Extension):
        """The tag that marks what an assistant says, which is rendered like the rest."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

        def _body(self, caller: Callable[[], str]) -> str:
            return caller()

    class Namespace(utils.Namespace):
        """Attributes of a template, which cannot begin with an underscore."""

        def __init__(*args: Any, **kwargs: Any) -> None:  # `self` may be an attribute
            self, *rest = args
            attributes = dict(*rest, **kwargs)
            for name in attributes:
                _validate_name(name)
            utils.Namespace.__init__(self, attributes)

        def __setitem__(self, name: str, value: Any) -> None:
            _validate_name(name)
            super().__setitem__(name, value)

    def _validate_name(name: Any) -> None:
        if isinstance(name, str) and name.startswith("_"):
            raise SecurityError(f"a namespace cannot have the attribute {name!r}")

    class Dict:
        def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
            return dict(*args, **kwargs)

        def fromkeys(self, *args: Any) -> dict[Any, Any]:
            return dict.fromkeys(*args)

    def tojson(
        value: Any,
        ensure_ascii: bool = False,
        indent: Any = None,
        separators: Any = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    def strftime_now(form: str) -> str:
        raise TemplateError(
            "it writes today's date, so that a sentence would have another vector tomorrow: write"
            " a fixed date in place of strftime_now into a copy of the template"
        )

    found = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols]
    )
    found.filters["tojson"] = tojson
    found.globals |= {
        "raise_exception": raise_exception,
        "strftime_now": strftime_now,
        "dict": Dict(),
        "namespace": Namespace,
    }
    return found


if __name__ == "__main__":
    main()
