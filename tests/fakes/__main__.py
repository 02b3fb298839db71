"""Runs both stand-in model servers as a process: `python -m tests.fakes [--script FILE] [--window N] …`.

The first line on stdout is a JSON object with the keys "ollama" and "vllm" (base URLs, the latter with
`/v1`); then it serves until its stdin ends or it is told to stop. The script file (see `tests.fakes.reply`)
is played by each of the two servers on its own; `--journal FILE` appends a JSON line for each model call.

Within a test, in its event loop or in a thread:

    async with FakeVllm(["the first reply", "the second"]) as server:   # `with` runs it in a thread
        …                                      # JR_VLLM_URL=server.base, JR_OLLAMA_URL=FakeOllama().url
        server.calls[0].prompt                 # the journal
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from tests.fakes.ollama import FakeOllama
from tests.fakes.reply import from_json
from tests.fakes.vllm import FakeVllm
from tests.fakes.wire import Seen


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--ollama-port", type=int, default=0)
    parser.add_argument("--vllm-port", type=int, default=0)
    parser.add_argument("--pm-model", default="executive_jr")
    parser.add_argument("--coder-model", default="coder")
    parser.add_argument("--window", type=int, default=32768)
    return parser.parse_args()


async def main(options: argparse.Namespace) -> None:
    text = options.script.read_text() if options.script else ""
    ollama = FakeOllama(
        from_json(text) if text else None, models=(options.pm_model,), port=options.ollama_port
    )
    vllm = FakeVllm(
        from_json(text) if text else None,
        models=(options.coder_model,),
        window=options.window,
        port=options.vllm_port,
    )
    if options.journal:
        for server in (ollama, vllm):
            server.journal = _Log(options.journal, server.generates)
    async with ollama, vllm:
        print(json.dumps({"ollama": ollama.url, "vllm": vllm.base}), flush=True)  # noqa: T201 -- a command prints
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class _Log(list[Seen]):
    """A journal that is a file as well."""

    def __init__(self, path: Path, generates: frozenset[str]) -> None:
        super().__init__()
        self._path, self._generates = path, generates

    def append(self, seen: Seen) -> None:
        super().append(seen)
        if seen.path in self._generates:
            with self._path.open("a") as file:
                file.write(
                    json.dumps({"path": seen.path, "headers": dict(seen.headers), "body": seen.body}) + "\n"
                )


if __name__ == "__main__":
    asyncio.run(main(arguments()))
