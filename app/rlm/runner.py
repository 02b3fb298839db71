"""The RLM rung's run: a child in a cage, a proxy at its line, and the files it handed in as one reply."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import re
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.llm.call import Ask, Completion
from app.rlm.limits import RlmFailed, RlmLimits, RlmUnavailable
from app.rlm.line import Answer
from app.rlm.prompt import question
from app.rlm.proxy import Proxy

CHILD = Path(__file__).with_name("child.py")
LAST_WORDS_S = 5.0
DEFAULT = RlmLimits()
_REPL_CODE = re.compile(r"^```repl\b.*?(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)

__all__ = ["RlmFailed", "RlmRunner", "RlmUnavailable", "unavailable"]


class ChildEnd(Protocol):
    """How the child's process ended; `breach` names the limit that ended it."""

    @property
    def breach(self) -> str | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def output(self) -> str: ...


class StartChild(Protocol):
    """Runs a program to its end within limits, with `readonly` and a private /tmp; cancelled, it kills."""

    async def __call__(
        self,
        argv: Sequence[str],
        *,
        readonly: Sequence[Path],
        env: Mapping[str, str],
        fds: Sequence[int],
        wall_s: float,
        memory_bytes: int,
        processes: int,
    ) -> ChildEnd: ...


def unavailable(setting: str, *, caged: bool, reason: str = "") -> RlmUnavailable | None:
    """Whether the rung may run: `setting` is JR_RLM, `caged` whether bubblewrap works, `reason` why not."""
    if setting == "off":
        return RlmUnavailable("rlm_unavailable", "the RLM rung is switched off (JR_RLM=off)")
    if importlib.util.find_spec("rlm") is None:
        return RlmUnavailable("rlm_unavailable", "the package rlms is not installed: make install EXTRAS=rlm")
    if not caged and setting != "unsafe":
        return RlmUnavailable(
            "rlm_unavailable", f"model-written code would run without walls. {reason}".strip()
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RlmRunner:
    """Answers an instruction with a recursive model. It is a `RunRlm`.

    `refusal` is what `unavailable` said: such a runner refuses every run.
    """

    task_id: str
    ask: Ask
    start: StartChild
    limits: RlmLimits = DEFAULT
    refusal: RlmUnavailable | None = None

    async def __call__(
        self, instruction: str, paths: tuple[str, ...], key: str, counted: Callable[[Completion], None]
    ) -> str:
        """The reply's text; `counted` is told of each completion.

        Raises RlmUnavailable, RlmFailed, and what `ask` raises beyond LlmError.
        """
        if self.refusal is not None:
            raise RlmUnavailable(self.refusal.code, self.refusal.detail)
        job = {"instruction": instruction, "question": question(paths), "iterations": self.limits.iterations}
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours, limit=self.limits.line_bytes)
        child = asyncio.create_task(self._child(theirs))
        proxy = Proxy(ask=self.ask, counted=counted, task_id=self.task_id, key=key, limits=self.limits)
        serving = asyncio.create_task(proxy.serve(reader, writer))
        try:
            writer.write(json.dumps(job).encode() + b"\n")
            return reply_text(await _outcome(child, serving), paths)
        finally:
            child.cancel()
            serving.cancel()
            await asyncio.gather(child, serving, return_exceptions=True)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _child(self, line: socket.socket) -> ChildEnd:
        """The child's whole life; its end of the line closes with it."""
        with line:
            return await self.start(
                (sys.executable, "-s", "-P", "-B", "-X", "utf8", str(CHILD), str(line.fileno())),
                readonly=(CHILD,),
                env={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
                fds=(line.fileno(),),
                wall_s=self.limits.wall_s,
                memory_bytes=self.limits.memory_bytes,
                processes=self.limits.processes,
            )


async def _outcome(child: asyncio.Task[ChildEnd], serving: asyncio.Task[Answer]) -> Answer:
    """What came first: the answer, a failure of the talk, or the child's end."""
    await asyncio.wait({child, serving}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        ended = _ended(child)
        if ended.breach:
            raise RlmFailed(f"rlm_{ended.breach}", f"the RLM child was killed: {ended.detail}")
        await asyncio.wait({serving}, timeout=LAST_WORDS_S)
        if not serving.done() or isinstance(serving.exception(), RlmFailed):
            raise RlmFailed("rlm_ended", f"{ended.detail}: {ended.output.strip()[-500:]}")
    return serving.result()


def _ended(child: asyncio.Task[ChildEnd]) -> ChildEnd:
    try:
        return child.result()
    except OSError as error:
        raise RlmFailed("rlm_failed", f"the RLM child could not be started: {error}") from None


def reply_text(answer: Answer, paths: Sequence[str]) -> str:
    """The answer as a reply any rung's parser reads: the saved files as fences, each with its path.

    Where every wanted file was saved, those are all of it; otherwise the final text stands first, without the
    code meant for the REPL. Raises RlmFailed for an empty answer.
    """
    whole = bool(answer.files) and set(paths) <= set(answer.files)
    files = {path: answer.files[path] for path in paths} if whole and paths else answer.files
    blocks = [_block(path, text) for path, text in files.items()]
    text = "\n\n".join(([] if whole else [_REPL_CODE.sub("", answer.answer).strip()]) + blocks).strip()
    if not text:
        raise RlmFailed("rlm_empty", "the recursive model ended without saving a file or giving an answer")
    return text + "\n"


def _block(path: str, text: str) -> str:
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max(3, *(run + 1 for run in runs)) if runs else "```"
    name = " ".join(path.split())
    return f"{fence}\n# filepath: {name}\n{text.removesuffix(chr(10))}\n{fence}"
