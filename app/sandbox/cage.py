"""Runs one command with everything it starts, within its limits, to its end."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.sandbox import tree
from app.sandbox.bwrap import (
    Bubblewrap,
    Mount,
    filter_pipe,
    fresh_user,
    inner_mounts,
    interpreter_path,
    launched,
)
from app.sandbox.limits import MIB, Breach, Limits
from app.sandbox.output import Output
from app.sandbox.watch import watch

BURIAL_S = 60.0
GRACE_S = 5.0
FIRST_TO_GO = ("/bin/sh", "-c", 'echo 1000 > /proc/self/oom_score_adj; exec "$@"', "sh")
KILLED = (-9, 128 + 9)
SIGNS = {
    "MemoryError": "the memory limit",
    "annot allocate memory": "the memory limit",
    "esource temporarily unavailable": "the process limit",
    "annot fork": "the process limit",
    "can't start new thread": "the process limit",
    "File too large": "the file size limit",
    "oo many open files": "the limit of open files",
    "No space left on device": "the limit of the private /tmp",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `breach` names the limit that ended it; `exit_code` is negative for a signal."""

    exit_code: int
    breach: Breach | None
    detail: str
    output: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.breach is None and self.exit_code == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cage:
    """Starts commands behind the walls of `bubblewrap`; None means limits alone, without walls."""

    bubblewrap: Bubblewrap | None

    async def run(
        self,
        argv: Sequence[str],
        *,
        mounts: Sequence[Mount],
        cwd: str,
        env: Mapping[str, str],
        limits: Limits,
        fds: Sequence[int] = (),
        disk: Path | None = None,
        user: int | None = None,
    ) -> Ended:
        """Runs `argv` to its end; cancelled, it kills the tree first.

        `fds` stay open in the command; `disk` is the folder whose growth counts against the limit;
        `user` runs it under this id instead of a fresh one, where the service is root. Raises OSError where
        the command cannot be started at all.
        """
        if self.bubblewrap is not None and self.bubblewrap.as_root and user is None:
            with fresh_user() as own:
                return await self.run(
                    argv, mounts=mounts, cwd=cwd, env=env, limits=limits, fds=fds, disk=disk, user=own
                )
        inner = self._inner(argv, limits, user)
        if self.bubblewrap is None:
            return await _run(inner, env=env, cwd=cwd, limits=limits, fds=fds, disk=disk, walls=False)
        places = (*inner_mounts(), *mounts)
        with filter_pipe() as fd:
            command = self.bubblewrap.command(
                inner, mounts=places, cwd=cwd, env=env, tmp_bytes=limits.tmp_bytes, filter_fd=fd
            )
            passed = (*fds, *(() if fd is None else (fd,)))
            return await _run(command, env={}, cwd="/", limits=limits, fds=passed, disk=disk, walls=True)

    async def run_program(
        self,
        argv: Sequence[str],
        *,
        readonly: Sequence[Path],
        env: Mapping[str, str],
        fds: Sequence[int],
        wall_s: float,
        memory_bytes: int,
        processes: int,
    ) -> Ended:
        """Runs a program of Jr's own that needs nothing but `readonly` files and a private /tmp."""
        limits = Limits(
            wall_s=wall_s, memory_bytes=memory_bytes, processes=processes, output_bytes=MIB, kept_bytes=8192
        )
        mounts = tuple(Mount(path, path) for path in readonly)
        environment = {"PATH": interpreter_path(), **env}
        if self.bubblewrap is not None:
            home = {"HOME": "/tmp", **environment}  # noqa: S108 -- of the cage
            return await self.run(argv, mounts=mounts, cwd="/tmp", env=home, limits=limits, fds=fds)  # noqa: S108 -- of the cage
        with tempfile.TemporaryDirectory(prefix="jr-rlm-", ignore_cleanup_errors=True) as private:
            home = {"HOME": private, "TMPDIR": private, **environment}
            return await self.run(
                argv, mounts=(), cwd=private, env=home, limits=limits, fds=fds, disk=Path(private)
            )

    def _inner(self, argv: Sequence[str], limits: Limits, user: int | None) -> tuple[str, ...]:
        walls = self.bubblewrap
        own = str(user) if user is not None else ""
        each = limits.of_each_process(own_user=walls is not None and walls.own_user)
        return launched(argv, user=own, limits=each)


async def _run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    limits: Limits,
    fds: Sequence[int],
    disk: Path | None,
    walls: bool,
) -> Ended:
    """`FIRST_TO_GO` sees to it that a machine out of memory ends the cage rather than the service."""
    started = time.monotonic()
    output = Output(limits.kept_bytes)
    stream, transport, write_end = await _pipe()
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *FIRST_TO_GO,
                *command,
                stdin=DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=dict(env),
                cwd=cwd,
                pass_fds=tuple(fds),
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        breach = await _to_its_end(process, stream, output, limits, disk, walls=walls)
    finally:
        transport.close()
    code = process.returncode or 0
    seconds = time.monotonic() - started
    text = output.text()
    detail = _detail(code, limits.sentence(breach) if breach else "", text)
    return Ended(exit_code=code, breach=breach, detail=detail, output=text, seconds=seconds)


async def _to_its_end(
    process: Process,
    stream: asyncio.StreamReader,
    output: Output,
    limits: Limits,
    disk: Path | None,
    *,
    walls: bool,
) -> Breach | None:
    """Reads and watches until the tree has ended or a limit has ended it; leaves none of it behind."""
    reader = asyncio.create_task(_drain(stream, output))
    try:
        return await watch(process, output, limits, disk)
    finally:
        await _end(process, walls=walls)
        with suppress(TimeoutError):
            await asyncio.wait_for(reader, GRACE_S)


async def _end(process: Process, *, walls: bool) -> None:
    """Kills what still runs.

    Behind walls that is the first process inside: the kernel ends all others before that one is gone, and
    bubblewrap, which buries it, ends last of all.
    """
    if walls and process.returncode is None and tree.kill_children(process.pid):
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), BURIAL_S)
    if process.returncode is None:
        tree.kill(process.pid)
    tree.kill_group(process.pid)
    await process.wait()


async def _pipe() -> tuple[asyncio.StreamReader, asyncio.ReadTransport, int]:
    """A pipe whose reading end this loop holds, so that no orphan can keep it open."""
    read_end, write_end = os.pipe()
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(read_end, "rb", buffering=0)
    )
    return stream, transport, write_end


async def _drain(stream: asyncio.StreamReader, output: Output) -> None:
    while data := await stream.read(65536):
        output.add(data)


def _detail(code: int, breach: str, output: str) -> str:
    """How it ended, with the limit of single processes that it seems to have met, by what it said of it."""
    met = next((f", met {limit}" for sign, limit in SIGNS.items() if sign in output), "")
    if breach:
        return breach + met
    if code in KILLED:
        return f"exit code {code}, killed by itself or by the kernel, out of memory"
    return f"exit code {code}{met if code else ''}"
