from __future__ import annotations

import socket

import pytest

from app.cli.exits import CommandError, Exit
from app.cli.serving import _listen, refuse_open_door
from app.settings import Settings


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # pydantic checks them


def test_answers_are_sent_without_delay() -> None:
    with _listen(settings(port=0)) as listener, socket.create_connection(listener.getsockname()) as client:
        server, _ = listener.accept()
        with server:
            assert server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert client.getpeername() == listener.getsockname()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_open_without_keys(host: str) -> None:
    refuse_open_door(settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "jr.example.org", ""])
def test_a_network_needs_keys(host: str) -> None:
    with pytest.raises(CommandError) as refused:
        refuse_open_door(settings(host=host))

    assert refused.value.code is Exit.USAGE
    refuse_open_door(settings(host=host, api_keys="k"))
