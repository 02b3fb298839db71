"""Checks as the tests of the sandbox try them: small limits, one command, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain import CheckCommand
from app.sandbox.bwrap import Bubblewrap
from app.sandbox.checks import SandboxedChecks
from app.sandbox.limits import MIB, Limits

LIMITS = Limits(
    memory_bytes=200 * MIB,
    processes=40,
    disk_bytes=64 * MIB,
    tmp_bytes=32 * MIB,
    file_bytes=48 * MIB,
    open_files=200,
    output_bytes=2 * MIB,
    kept_bytes=20_000,
)


@dataclass(frozen=True)
class Tried:
    ok: bool
    detail: str
    output: str


async def tried(
    walls: Bubblewrap, workspace: Path, run: str, timeout_s: int = 20, limits: Limits = LIMITS
) -> Tried:
    """How the command ended; nothing of its private copy may be left."""
    scratch = workspace.with_name(f"{workspace.name}-scratch")
    scratch.mkdir(exist_ok=True)
    checks = SandboxedChecks(walls=walls, workspace=workspace, limits=limits, scratch=scratch)
    (result,) = await checks((CheckCommand(name="harm", run=run, timeout_s=timeout_s),), (), "check-1")
    scratch.rmdir()
    return Tried(result.ok, result.detail, result.output)


def python(script: str) -> str:
    return f"python - <<'END'\n{script}\nEND"
