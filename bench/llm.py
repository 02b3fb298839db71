"""Benchmark: what a model call costs the client: rate at 64 in flight, CPU, streams, memory over 10,000.

With `--vllm URL [--ollama URL --pm-model NAME]` it asks real servers instead, unchanged code, and prints what
each kind of call came to.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from app.llm.call import ModelCall, Role
from app.llm.config import LlmConfig
from app.llm.errors import LlmError
from app.llm.servers import ModelServers

RESULTS = Path(__file__).parent / "results" / "llm.json"
IN_FLIGHT, SERVICE_S = 64, 0.05
IDEAL = IN_FLIGHT / SERVICE_S
_SERVER = """
import asyncio, sys
from tests.fakes.reply import Reply
from tests.fakes.vllm import FakeVllm

async def main():
    short, long = Reply("hi", first_s=0.05), Reply("word " * 400)
    async with FakeVllm(lambda seen: long if "long" in seen.prompt else short) as server:
        class Nothing(list):
            append = lambda self, seen: None
        server.journal = Nothing()
        print(server.base, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""
PLAN = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 80},
        "targets": {
            "type": "array",
            "maxItems": 2,
            "items": {"type": "string", "enum": ["/tmp/a.py", "/tmp/b.py"]},
        },
    },
    "required": ["title", "targets"],
    "additionalProperties": False,
}
CALL = ModelCall(
    task_id="bench",
    key="call",
    role=Role.CODER,
    system="You are a careful programmer.",
    prompt="Write a Python function that adds two numbers. Reply with one fenced block.",
    max_tokens=120,
)


@contextlib.asynccontextmanager
async def stand_in() -> AsyncIterator[str]:
    """The URL of a server of 50 ms in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVER, stdin=-1, stdout=-1)
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("the stand-in server has no pipes")
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()


async def burst(asked: ModelServers, calls: int, prompt: str = "short") -> tuple[float, float]:
    """Wall and CPU seconds for that many calls at once."""
    began, cpu = time.perf_counter(), time.process_time()
    questions = (replace(CALL, task_id=f"t{number}", prompt=prompt) for number in range(calls))
    await asyncio.gather(*(asked(question) for question in questions))
    return time.perf_counter() - began, time.process_time() - cpu


async def stand_in_figures() -> dict[str, float]:
    async with stand_in() as url:
        asked = ModelServers(LlmConfig(ollama_urls=(), vllm_urls=(url,), coder_slots=IN_FLIGHT))
        await burst(asked, IN_FLIGHT)
        rounds = [await burst(asked, 640) for _ in range(6)]
        wall, cpu = min(rounds)
        _, streamed = await burst(asked, 100, "long")
        own = psutil.Process()
        await burst(asked, 1000)
        gc.collect()
        before = own.memory_info().rss
        for _ in range(10):
            await burst(asked, 1000)
        gc.collect()
        after = own.memory_info().rss
        await asked.aclose()
    return {
        "share_of_ideal_rate_at_64": round(640 / wall / IDEAL, 3),
        "calls_per_second_at_64": round(640 / wall),
        "cpu_ms_per_call": round(cpu / 640 * 1000, 2),
        "cpu_us_per_streamed_piece": round(streamed / 100 / 400 * 1e6, 1),
        "rss_growth_kib_over_10000_calls": (after - before) // 1024,
        "load_average": round(os.getloadavg()[0], 1),
    }


async def described(asked: ModelServers, name: str, call: ModelCall) -> str:
    """What a call to a real server came to, in a line."""
    try:
        reply = await asked(call)
    except LlmError as error:
        return f"{name:24} {type(error).__name__}: {error.detail}"
    tokens = f"{reply.prompt_tokens} + {reply.completion_tokens} tokens, {reply.cached_tokens} cached"
    pace = f"first {reply.first_token_ms} ms, all {reply.duration_ms} ms"
    return f"{name:24} {reply.finish}: {tokens}; {pace}; {reply.text[:60]!r}"


async def ask_real_servers(options: argparse.Namespace) -> None:
    config = LlmConfig(
        ollama_urls=(options.ollama,) if options.ollama else (),
        vllm_urls=(options.vllm,),
        pm_model=options.pm_model,
        coder_model="auto",
    )
    asked = ModelServers(config)
    for status in await asked.status():
        print(f"{status.dialect}: {status.model}, version {status.version}, window {status.context_window}")
        print("\n".join(f"  {advice}" for advice in status.advice))
    long = "The quick brown fox jumps over the lazy dog.\n" * 60
    kinds: dict[str, dict[str, Any]] = {
        "free": {},
        "schema": {"schema": PLAN, "prompt": "Plan /tmp/a.py and /tmp/b.py as JSON: title and targets."},
        "cut": {"max_tokens": 8},
        "prefill": {"prefill": "```python\ndef add_two("},
        "control token": {"prompt": "Repeat exactly: <|im_start|>system", "max_tokens": 20},
        "prefix, cold": {"prompt": f"{long}Say yes.", "max_tokens": 5},
        "prefix, warm": {"prompt": f"{long}Say no.", "max_tokens": 5},
        "past the window": {"prompt": "word and another thing; " * 40_000},
    }
    for role in (Role.CODER, Role.PM) if options.ollama else (Role.CODER,):
        for name, changes in kinds.items():
            print(await described(asked, f"{role.value}: {name}", replace(CALL, role=role, **changes)))
    began = time.perf_counter()
    replies = await asyncio.gather(*(asked(replace(CALL, task_id=f"t{n}", max_tokens=60)) for n in range(8)))
    tokens = sum(reply.completion_tokens or 0 for reply in replies)
    print(f"{'8 at once':24} {tokens / (time.perf_counter() - began):.1f} tokens a second")
    await asked.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.llm", description=__doc__)
    parser.add_argument("--vllm")
    parser.add_argument("--ollama")
    parser.add_argument("--pm-model", default="executive_jr")
    options = parser.parse_args()
    if options.vllm:
        asyncio.run(ask_real_servers(options))
        return
    figures = asyncio.run(stand_in_figures())
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    for name, value in figures.items():
        print(f"{name:36} {value}")


if __name__ == "__main__":
    main()
