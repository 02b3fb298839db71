"""The recursive model's own process: runs `rlm` and asks its parent for every completion.

A script of its own, started by path with the number of its socket; nothing else imports `rlm`. Both ways a
line is one JSON object. In comes {"instruction", "question", "iterations"}, then {"call", "text"} or
{"call", "error"} for each {"call", "messages"} that goes out; the last line out is {"answer", "files"} or
{"failed"}.
"""

import asyncio
import contextlib
import itertools
import json
import os
import socket
import sys
import threading
from concurrent.futures import Future
from typing import Any


class Parent:
    """The other end of the socket; many threads may ask at once."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(fileno=number)
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self._writing = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[str]] = {}

    def receive(self) -> dict[str, Any]:
        """The next line. Raises EOFError when the parent is gone."""
        line = self._lines.readline()
        if not line:
            raise EOFError("the parent closed the line")
        received: dict[str, Any] = json.loads(line)
        return received

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        with self._writing:
            self._socket.sendall(data)

    def ask(self, messages: list[dict[str, str]]) -> "Future[str]":
        """Sends a chat; the future holds the reply, or raises with the reason there is none."""
        answer: Future[str] = Future()
        number = next(self._numbers)
        self._waiting[number] = answer
        self.send({"call": number, "messages": messages})
        return answer

    def listen(self) -> None:
        """Hands out replies until the parent is gone; runs in a thread of its own.

        A reply that nobody here waits for is one to a question that the model's code asked past us.
        """
        with contextlib.suppress(EOFError, OSError):
            while True:
                reply = self.receive()
                waiting = self._waiting.pop(reply["call"], None)
                if waiting is None:
                    continue
                if "text" in reply:
                    waiting.set_result(reply["text"])
                else:
                    waiting.set_exception(RuntimeError(reply["error"]))
        os._exit(1)


class Client:
    """A model client as `rlm` wants one, whose only server is the parent; the parent counts."""

    model_name = "coder"

    def __init__(self, parent: Parent) -> None:
        self._parent = parent

    def completion(self, prompt: Any) -> str:
        return self._ask(prompt).result()

    async def acompletion(self, prompt: Any) -> str:
        return await asyncio.wrap_future(self._ask(prompt))

    def get_usage_summary(self) -> Any:
        from rlm.core.types import UsageSummary  # noqa: PLC0415 -- rlm must not load before dotenv is silenced

        return UsageSummary(model_usage_summaries={})

    def get_last_usage(self) -> Any:
        from rlm.core.types import ModelUsageSummary  # noqa: PLC0415 -- as above

        return ModelUsageSummary(total_calls=1, total_input_tokens=0, total_output_tokens=0)

    def _ask(self, prompt: Any) -> "Future[str]":
        turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        return self._parent.ask([{"role": turn["role"], "content": turn["content"]} for turn in turns])


def run(parent: Parent, job: dict[str, Any]) -> dict[str, Any]:
    """The model's answer and the files it saved."""
    import dotenv  # noqa: PLC0415 -- before rlm, which would read any .env above it into this process

    dotenv.load_dotenv = lambda *_, **__: False
    import rlm.core.rlm  # noqa: PLC0415 -- only this process, and only now

    client = Client(parent)
    rlm.core.rlm.get_client = lambda *_: client
    files: dict[str, str] = {}

    def save_file(path: str, text: str) -> str:
        files[str(path)] = str(text)
        return f"saved {path}: {len(str(text).splitlines())} lines"

    told = "save_file(path: str, text: str): hands in one complete file; saved again, it is replaced."
    model = rlm.core.rlm.RLM(
        backend="openai",
        backend_kwargs={"model_name": "coder"},
        environment="local",
        max_iterations=job["iterations"],
        custom_tools={"save_file": {"tool": save_file, "description": told}},
    )
    done = model.completion(job["instruction"], root_prompt=job["question"])
    return {"answer": str(done.response), "files": files}


def main(number: int) -> None:
    """One job, one last line, then the end, whatever threads the model's code left behind."""
    parent = Parent(number)
    job = parent.receive()
    threading.Thread(target=parent.listen, daemon=True).start()
    try:
        last = run(parent, job)
    except BaseException as error:  # noqa: BLE001 -- the model's code may raise anything, even SystemExit
        last = {"failed": f"{type(error).__name__}: {error}"[:2000]}
    parent.send(last)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
