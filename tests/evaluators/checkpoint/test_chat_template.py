"""A chat template is rendered as by transformers, and a hostile one ends nothing but itself."""

from __future__ import annotations

import time

import pytest

from evaluators.checkpoint.chat_template import render
from evaluators.errors import CheckpointError

CHATML = """\
{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(last=messages|length - 1) %}
{%- for message in messages if message.role != 'system' %}
    {%- if loop.index > 5 %}{% break %}{% endif %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content|trim + '<|im_end|>\\n' }}
{%- endfor %}
{%- if tools %}{{ tools | tojson }}{% endif %}
{%- if add_generation_prompt %}
    {%- generation %}{{ '<|im_start|>assistant\\n' + ({'a': ns.last}|tojson) }}{% endgeneration %}
{%- endif %}"""

CHATS = [
    [{"role": "user", "content": "狗 <b> runs "}],
    [{"role": "system", "content": "query"}, {"role": "user", "content": "ÉTÉ"}],
]


def rendered(template: str, **options: int) -> list[str]:
    return render(template, CHATS, {"add_generation_prompt": True}, named="mini", **options)


def test_texts_are_those_of_transformers():
    from transformers.utils.chat_template_utils import render_jinja_template

    expected, _ = render_jinja_template(CHATS, chat_template=CHATML, add_generation_prompt=True)
    assert rendered(CHATML) == expected


def test_many_chats_keep_their_order():
    chats = [[{"role": "user", "content": str(i)}] for i in range(1001)]
    texts = render("{{ messages[0].content }}!", chats, {}, named="mini")
    assert texts == [f"{i}!" for i in range(1001)]


ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
DOUBLING = "{% set ns = namespace(x='xx') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}"
SLOW = {
    "an endless loop": (ENDLESS, "took more than 1 s for 500 sentences"),
    "a number without end": ("{{ 9 ** (9 ** 9) }}", "took more than 1 s|too much memory"),
}
HOSTILE = {
    "a text that doubles": (DOUBLING + "{% endfor %}", "needs too much memory"),
    "a text times a number": ("{{ 'x' * 999999999999 }}", "needs too much memory|MemoryError"),
    "a long text": ("{{ 'x' * 2000000 }}", "makes 2000000 characters of a sentence"),
    "itself without end": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    "Python": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "SecurityError"),
    "Python by format": ("{{ '{0.__class__.__base__}'.format(1) }}", "SecurityError"),
    "Python by a global": ("{{ namespace.__init__.__globals__ }}", "SecurityError"),
    "Python by a namespace": ("{{ namespace(__class__=1) }}", "SecurityError"),
    "a changed message": ("{{ messages.append(1) }}", "SecurityError"),
    "a file": ("{% include '/etc/passwd' %}", "no loader|TypeError"),
    "the date": ("{{ strftime_now('%d %b %Y') }}", "another vector tomorrow"),
    "an exception": ("{{ raise_exception('no system role') }}", "no system role"),
    "no template": ("{% if %}", "TemplateSyntaxError"),
}


@pytest.mark.parametrize("name", [*SLOW, *HOSTILE])
def test_hostile_templates_are_refused_by_name(name):
    template, says = {**SLOW, **HOSTILE}[name]
    # The limit of memory may be reached only after a second, on a slow machine.
    options = {"seconds": 1} if name in SLOW else {}
    started = time.monotonic()
    with pytest.raises(CheckpointError, match=f"(?s)mini: the chat template is refused.*({says})"):
        rendered(template, **options)
    assert time.monotonic() - started < 60


def test_a_template_longer_than_any_is_refused():
    with pytest.raises(CheckpointError, match="at most 200,000 characters, got 200,001"):
        rendered("x" * 200_001)
