from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.cli.exits import CommandError, Exit
from app.cli.serving import _listen, refuse_open_door, refuse_unusable
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


@pytest.mark.parametrize(
    "bad",
    [
        {"database_url": "mysql://u:secret@h/d"},
        {"database_url": "postgresql://u:secret@h:port/d"},
        {"database_url": "sqlite://"},
        {"database_url": ""},
        {"ollama_url": "nonsense"},
        {"vllm_url": "http://a:8000/v1,ftp://u:secret@x"},
        {"vllm_url": "http://u:secret@h:port/v1"},
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**bad)

    said = refused.value.errors(include_input=False, include_url=False)
    assert "write " in said[0]["msg"]
    assert "secret" not in str(said)


@pytest.mark.parametrize(
    "good",
    ["sqlite:////srv/jr.db", "postgres://h/d", "postgresql+psycopg://u:p%40@[::1]:5432/d?sslmode=require"],
)
def test_every_spelling_of_the_two_databases_is_taken(good: str) -> None:
    assert settings(database_url=good).database_url == good


def test_a_workspace_that_cannot_be_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="JR_WORKSPACE") as refused:
        refuse_unusable(
            settings(workspace=tmp_path / "file" / "w", database_url=f"sqlite:///{tmp_path}/jr.db")
        )
    assert refused.value.code is Exit.USAGE


def test_a_folder_that_cannot_hold_the_database_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="the database") as refused:
        refuse_unusable(settings(workspace=tmp_path / "w", database_url=f"sqlite:///{tmp_path}/file/jr.db"))
    assert refused.value.code is Exit.USAGE
