"""A task's own checks: which they are, and their run over a private copy of the workspace."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

from app.domain import Block, CheckCommand, CommandResult, FileChange, Kind, Ledger, Use
from app.sandbox.bwrap import Bubblewrap, Mount, fresh_user, interpreter_path
from app.sandbox.cage import Cage, Ended
from app.sandbox.copy import CopyRefused, make_copy
from app.sandbox.folder import remove
from app.sandbox.limits import DEFAULT, Limits


def from_ledger(ledger: Ledger) -> tuple[CheckCommand, ...]:
    """The instruction's verification blocks as checks, one a block, in its order.

    Every line of a block must succeed. Of a block that shows a session (`$ command`, then its output) the
    lines with a prompt are taken alone.
    """
    verifying = {name for block in ledger.blocks if _verifies(block) for name in block.deliverables}
    scripts = (
        (item.source.start_line, _script(item.text or ""))
        for item in ledger.deliverables
        if item.kind is Kind.COMMAND and item.id in verifying
    )
    return tuple(CheckCommand(name=f"verification, line {line}", run=run) for line, run in scripts if run)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxedChecks:
    """Runs checks, one after the other, over one private copy that is thrown away. It is a `RunChecks`.

    `workspace` and `roots` are absolute; `scratch` is the folder for copies, the system's own if None.
    """

    walls: Bubblewrap
    workspace: Path
    roots: tuple[Path, ...] = ()
    limits: Limits = DEFAULT
    scratch: Path | None = None

    async def __call__(
        self, commands: tuple[CheckCommand, ...], changes: tuple[FileChange, ...], key: str
    ) -> tuple[CommandResult, ...]:
        """One result a command, in order; a copy that cannot be made fails them all with the reason."""
        prefix = f"jr-{quote(key, safe='')}-"
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=self.scratch))
        with fresh_user() if self.walls.as_root else nullcontext() as user:
            copy = partial(make_copy, self.workspace, self.roots, changes, folder)
            copying = asyncio.ensure_future(asyncio.to_thread(copy, limits=self.limits, owner=user))
            try:
                mounts = await asyncio.shield(copying)
                return tuple([await self._run(command, mounts, folder, user) for command in commands])
            except (CopyRefused, OSError) as refused:
                return tuple(_not_run(command, str(refused)) for command in commands)
            finally:
                await asyncio.shield(_thrown_away(folder, copying))

    async def _run(
        self, command: CheckCommand, mounts: Sequence[Mount], folder: Path, user: int | None
    ) -> CommandResult:
        ended = await Cage(bubblewrap=self.walls).run(
            ("/bin/sh", "-c", command.run),
            mounts=mounts,
            cwd=str(self.workspace),
            env=_environment(),
            limits=replace(self.limits, wall_s=float(command.timeout_s)),
            disk=folder,
            user=user,
        )
        return CommandResult(name=command.name, ok=ended.ok, output=ended.output, detail=_detail(ended))


async def _thrown_away(folder: Path, copying: asyncio.Future[tuple[Mount, ...]]) -> None:
    """Removes the copy; one that is still being made when its round is cancelled is first finished."""
    await asyncio.gather(copying, return_exceptions=True)
    with suppress(OSError):
        await asyncio.to_thread(remove, folder)


def _environment() -> dict[str, str]:
    """All a check is told of the world; nothing of the service's own environment is among it."""
    home = "/tmp"  # noqa: S108 -- of the cage
    return {
        "PATH": interpreter_path(),
        "HOME": home,
        "TMPDIR": home,
        "USER": "jr",
        "LOGNAME": "jr",
        "LANG": "C.UTF-8",
        "CI": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _detail(ended: Ended) -> str:
    if ended.breach is None:
        return f"{ended.detail} in {ended.seconds:.1f} s"
    return f"{ended.breach.replace('_', ' ')}: {ended.detail}; it was killed with all it had started"


def _not_run(command: CheckCommand, reason: str) -> CommandResult:
    return CommandResult(name=command.name, ok=False, output="", detail=f"not run: {reason}")


def _verifies(block: Block) -> bool:
    return block.use is Use.COMMAND and "verification" in block.reason


def _script(text: str) -> str:
    prompted = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    script = "\n".join(prompted) or text.strip()
    return f"set -e\n{script}" if "\n" in script else script
