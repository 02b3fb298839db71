"""A model that answers by a script, as an `Ask`."""

from __future__ import annotations

from collections.abc import Callable

from app.llm.call import Completion, ModelCall

FENCE = "```"


def repl(code: str) -> str:
    """A reply that has the code run."""
    return f"Now this.\n{FENCE}repl\n{code}\n{FENCE}\n"


def uncounted(completion: Completion) -> None:
    """For tests that do not ask what a run cost."""


class ScriptedModel:
    """Answers by `script`, a function of the call or the replies in their order, the last again and again.

    `calls` are those it got, `counted` the completions that the run told of.
    """

    def __init__(self, script: Callable[[ModelCall], str] | tuple[str, ...]) -> None:
        self.calls: list[ModelCall] = []
        self.counted: list[Completion] = []
        self._script = script

    async def __call__(self, call: ModelCall) -> Completion:
        self.calls.append(call)
        if callable(self._script):
            text = self._script(call)
        else:
            text = self._script[min(len(self.calls), len(self._script)) - 1]
        return Completion(
            text=text,
            finish="stop",
            model="coder",
            backend="vllm",
            server="http://127.0.0.1:1/v1",
            prompt_tokens=len(call.prompt) // 4,
            completion_tokens=len(text) // 4,
        )
