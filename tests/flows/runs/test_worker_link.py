"""The connection between a plan run and its workers."""

from __future__ import annotations

import socket
from queue import SimpleQueue
from typing import Any

import pytest

from flows.runs.worker_link import Exchange, Link, LinkError, connect


@pytest.mark.parametrize("everywhere", [False, True])
def test_messages_arrive_and_the_end_of_one_is_seen_by_the_other(everywhere: bool) -> None:
    heard: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def answer(link: Link, message: dict[str, Any]) -> None:
        link.send(kind="request", jobs=["a"])
        heard.put(message)
        heard.put(link.receive() or {"kind": "gone"})

    with Exchange(answer, everywhere=everywhere) as exchange:
        link = connect(exchange.call)
        link.send(kind="hello", place=3)
        assert link.receive() == {"kind": "request", "jobs": ["a"]}
        assert heard.get(timeout=10) == {"kind": "hello", "place": 3}
        link.close()
        assert heard.get(timeout=10) == {"kind": "gone"}


def test_who_does_not_know_the_key_is_not_heard() -> None:
    heard: list[Any] = []
    with Exchange(lambda _, message: heard.append(message), everywhere=False) as exchange:
        with pytest.raises(LinkError, match="digest"):
            connect(exchange.call._replace(key="00" * 32))
        assert heard == []


def test_an_address_that_leads_elsewhere_is_passed_over() -> None:
    def hear(link: Link, _: dict[str, Any]) -> None:
        link.send(kind="bye")

    with Exchange(hear, everywhere=False) as exchange:
        link = connect(
            exchange.call._replace(hosts=("127.0.0.2", "no-such-host.invalid", "127.0.0.1"))
        )
        link.send(kind="hello")
        assert link.receive() == {"kind": "bye"}


def test_a_plan_run_that_has_ended_is_told_with_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Exchange(lambda *_: None, everywhere=False) as exchange:
        call = exchange.call._replace(port=port)
    with pytest.raises(LinkError, match=rf"must reach the plan run on port {port}: .*refused"):
        connect(call)


def test_a_connection_that_is_closed_here_wakes_who_waits_for_a_message() -> None:
    woken: SimpleQueue[Any] = SimpleQueue()
    links: SimpleQueue[Link] = SimpleQueue()

    def hear(link: Link, _: dict[str, Any]) -> None:
        links.put(link)
        woken.put(link.receive())

    with Exchange(hear, everywhere=False) as exchange:
        connection = connect(exchange.call)
        connection.send(kind="hello")
        links.get(timeout=10).close()
        assert woken.get(timeout=10) is None
        assert connection.receive() is None
