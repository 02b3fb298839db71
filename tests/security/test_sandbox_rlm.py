"""Model-written code that means harm, in the RLM's cage: contained, named, and not felt by the service."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

import psutil
import pytest

from app.llm.call import Completion, ModelCall
from app.rlm.limits import RlmFailed, RlmLimits
from app.rlm.runner import RlmRunner
from app.sandbox.bwrap import find
from app.sandbox.cage import Cage
from tests.integration.rlm.scripted_model import ScriptedModel, repl, uncounted

pytestmark = pytest.mark.sandbox

LIMITS = RlmLimits(wall_s=20, memory_bytes=300 << 20, processes=30, calls=10, line_bytes=1 << 20)
LINE = "import os, sys\nline = int(sys.argv[1])\n"


@pytest.fixture(scope="module")
def cage() -> Cage:
    if importlib.util.find_spec("rlm") is None:
        pytest.skip("the package rlms is not installed: make install EXTRAS=rlm")
    found = find()
    if isinstance(found, str):
        pytest.skip(found)
    return Cage(bubblewrap=found)


async def run(cage: Cage, code: str, limits: RlmLimits = LIMITS) -> str:
    model = ScriptedModel((repl(code),))
    return await RlmRunner(task_id="t", ask=model, start=cage.run_program, limits=limits)(
        "Do it", ("a.py",), "rlm", uncounted
    )


ENDLESS = {
    "spins": ("while True: pass", "rlm_timeout"),
    "ignores SIGTERM and sleeps": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)",
        "rlm_timeout",
    ),
    "allocates": ("held = []\nwhile True: held.append(bytearray(b'x') * (1 << 20))", "rlm_memory_limit"),
    "forks": (
        "import os, time\ntry:\n  while os.fork(): pass\nexcept OSError: pass\ntime.sleep(60)",
        "rlm_process_limit",
    ),
    "prints without end": ("import os\nos.system('yes')", "rlm_output_limit"),
    "asks without end": ("while True: llm_query('more')", "rlm_call_limit"),
    "leaves": ("import os\nos._exit(0)", "rlm_ended"),
    "exits": ("import sys\nsys.exit('bye')", "rlm_failed"),
    "floods its line": (LINE + "while True: os.write(line, b'x' * 65536)", "rlm_output_limit"),
    "talks nonsense": (
        LINE + 'os.write(line, b\'{"tool": "shell"}\\n\')\nimport time\ntime.sleep(9)',
        "rlm_malformed",
    ),
    "speaks HTTP": (
        LINE
        + "os.write(line, b'POST /v1/models HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\nimport time\ntime.sleep(9)",
        "rlm_malformed",
    ),
    "hides a second question in the line of the first": (
        LINE + 'chat = b\'{"call": 1, "messages": [{"role": "user", "content": ""}]}\'\n'
        "os.write(line, chat + chat + b'\\n')\nimport time\ntime.sleep(9)",
        "rlm_malformed",
    ),
    "asks past its own client without end": (
        LINE + 'chat = b\'{"call": 1, "messages": [{"role": "user", "content": ""}]}\\n\'\n'
        "while True: os.write(line, chat)",
        "rlm_call_limit",
    ),
    "kills itself": ("import os\nos.kill(os.getpid(), 9)", "rlm_ended"),
    "hangs up": (LINE + "os.close(line)", "rlm_ended"),
}


@pytest.mark.parametrize("harm", ENDLESS)
async def test_what_takes_without_end_is_ended_and_named(cage: Cage, harm: str):
    code, named = ENDLESS[harm]
    limits = (
        RlmLimits(wall_s=3, memory_bytes=LIMITS.memory_bytes, processes=30) if "timeout" in named else LIMITS
    )
    before = service()
    with pytest.raises(RlmFailed) as failed:
        await run(cage, code, limits)
    assert failed.value.code.startswith(named), failed.value
    assert service() == before


OUT_OF_REACH = {
    "/etc": "open('/etc/jr-was-here', 'w')",
    "the root": "open('/jr-was-here', 'w')",
    "a file beside": "open('{outside}/jr-was-here', 'w')",
    "a file of another": "print(open('{outside}/secret.txt').read())",
    "the service's code": "open('{code}', 'a')",
    "the service's process": "import os\nos.kill({pid}, 9)",
    "the network": "import socket\nsocket.create_connection(('198.51.100.1', 80), timeout=3)",
    "the machine's host": "import socket\nsocket.socket(socket.AF_VSOCK).connect((2, 1024))",
    "the service's port": "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=3)",
    "the environment": "import os\nassert 'JR_VLLM_API_KEY' in os.environ",
}


@pytest.mark.parametrize("place", OUT_OF_REACH)
async def test_what_is_outside_is_out_of_reach(
    cage: Cage, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JR_VLLM_API_KEY", "secret-key")
    (tmp_path / "secret.txt").write_text("secret-of-another")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        names = {
            "{outside}": str(tmp_path),
            "{code}": str(Path(__file__)),
            "{pid}": str(os.getpid()),
            "{port}": str(server.sockets[0].getsockname()[1]),
        }
        code = OUT_OF_REACH[place]
        for name, value in names.items():
            code = code.replace(name, value)
        tries = "\n".join(f"  {line}" for line in code.splitlines())
        told = (
            f"try:\n{tries}\n  said = 'reached'\nexcept (OSError, AssertionError) as error:\n  said = 'held'"
        )
        reply = await run(cage, f"{told}\nsave_file('a.py', said)\nanswer['ready'] = True")
    assert "\nheld\n" in reply
    assert names_in(tmp_path) == ["secret.txt"]


async def test_a_question_asked_past_the_child_s_own_client_does_not_deafen_it(cage: Cage):
    chat = '{"call": 900, "messages": [{"role": "user", "content": ""}]}'
    past = f"{LINE}os.write(line, b'{chat}\\n')\nanswer['content'] = llm_query('still there?')\n"
    assert "x = 1" in await run(cage, f"{past}save_file('a.py', 'x = 1')\nanswer['ready'] = True")


async def test_the_service_s_own_stdout_and_modules_are_as_before(cage: Cage):
    stdout, modules, cwd = sys.stdout, set(sys.modules), Path.cwd()
    harm = "import sys, os\nsys.stdout = None\nos.chdir('/')\nsave_file('a.py', 'x')\nanswer['ready'] = True"
    await run(cage, harm)
    assert (sys.stdout, Path.cwd()) == (stdout, cwd)
    assert "rlm" not in set(sys.modules) - modules


async def test_a_cancelled_run_leaves_no_process(cage: Cage):
    asked = asyncio.Event()

    class Waits(ScriptedModel):
        async def __call__(self, call: ModelCall) -> Completion:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    runner = RlmRunner(task_id="t", ask=Waits(()), start=cage.run_program, limits=LIMITS)
    running = asyncio.create_task(runner("Do it", (), "rlm", uncounted))
    await asyncio.wait_for(asked.wait(), 20)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert psutil.Process().children(recursive=True) == []


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def service() -> tuple[int, int, list[psutil.Process]]:
    """What of this process a child might have changed: open files, where stdout goes, children."""
    own = psutil.Process()
    return (own.num_fds(), os.fstat(1).st_ino, own.children(recursive=True))
