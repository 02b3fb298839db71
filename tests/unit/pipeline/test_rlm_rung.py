"""The RLM rung on the ladder: what it is asked for, what is taken of its answer, what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.domain import Rung
from app.llm.call import Completion
from app.rlm.runner import RlmFailed
from app.task import ErrorCode, Mode
from tests.fakes.wire import Seen
from tests.fakes.world import fenced, plan, world

TWO = "# Two\n\nCreate `a.py` with `one()`.\n\nCreate `b.py` with `two()` that calls `one()`.\n"
ADD = "def add(a, b):\n    return a + b\n"
TWICE = "from a import add\n\nx = add(1, 1)\n"


@dataclass
class Recursive:
    """A recursive model that answers with a text, or fails where it has none."""

    text: str
    calls: tuple[Completion, ...] = ()
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(
        self, instruction: str, paths: tuple[str, ...], key: str, counted: Callable[[Completion], None]
    ) -> str:
        self.asked.append(paths)
        for completion in self.calls:
            counted(completion)
        if not self.text:
            raise RlmFailed("rlm_empty", "the recursive model ended without an answer")
        return self.text


def only_a(seen: Seen) -> str:
    return fenced(ADD) if "the file `a.py`" in seen.prompt.rsplit("Write", 1)[1] else "Sorry."


@pytest.mark.parametrize("name", ["", "# filepath: b.py\n"])
async def test_it_writes_the_one_file_that_is_missing_and_leaves_the_others_alone(tmp_path: Path, name: str):
    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=only_a) as w:
        w.run_rlm = rlm = Recursive(fenced(name + TWICE) + "\n" + fenced("# filepath: a.py\nx = 'worse'\n"))
        progress = await w.complete(TWO)

        assert (w.file("a.py"), w.file("b.py")) == (ADD, TWICE)
    assert rlm.asked == [("b.py",)]
    assert progress.execution_mode is Rung.RLM


async def test_every_turn_down_the_ladder_has_its_reason(tmp_path: Path):
    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=only_a) as w:
        w.run_rlm = Recursive("")
        failure = await w.failure(TWO)

    assert [(f.source, f.to, f.code) for f in failure.progress.fallbacks] == [
        ("dual_model", "rlm", "no_file_in_reply"),
        ("rlm", "single_pass", "rlm_empty"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I have saved it.", ErrorCode.NO_FILES_PRODUCED),
        (fenced("# filepath: b.py\ndef two(:\n"), ErrorCode.CHECK_FAILED),
    ],
)
async def test_an_answer_without_the_file_is_no_success(tmp_path: Path, text: str, code: ErrorCode):
    async with world(tmp_path) as w:
        w.run_rlm = Recursive(text)
        failure = await w.failure(TWO, mode=Mode.RLM)

    assert failure.error.code is code
    assert "b.py" in failure.error.detail


async def test_the_record_of_its_file_adds_up_all_its_calls(tmp_path: Path):
    look = Completion(text="", finish="length", model="small", backend="vllm", server="s", prompt_tokens=5)
    save = replace(look, finish="stop", model="coder", prompt_tokens=7, completion_tokens=3, duration_ms=9)
    async with world(tmp_path) as w:
        w.run_rlm = Recursive(fenced("# filepath: a.py\n" + ADD), calls=(look, save))
        progress = await w.complete("Create `a.py` with `one()`.\n", mode=Mode.RLM)

    (step,) = progress.steps
    assert (step.attempts, step.matched_by, step.model) == (1, "filepath_comment", "coder")
    assert (step.finish_reason, step.duration_ms) == ("stop", 9)
    assert (step.prompt_tokens, step.completion_tokens, step.cached_tokens) == (12, 3, None)
    assert progress.usage.model_calls == 2


async def test_the_way_down_holds_each_rung_that_came_once_where_nobody_can_plan(tmp_path: Path):
    def coder(seen: Seen) -> str:
        return "{}" if seen.schema else "Sorry."

    async with world(tmp_path, pm=["no plan"], coder=coder) as w:
        w.run_rlm = Recursive("")
        failure = await w.failure("# A greeter\n\nWe need a module that greets a person by name.\n")

    assert [(f.source, f.to, f.code) for f in failure.progress.fallbacks] == [
        ("ollama", "vllm", "plan_invalid"),
        ("dual_model", "rlm", "plan_invalid"),
        ("rlm", "single_pass", "rlm_empty"),
    ]
    assert "steps: Field required" in failure.progress.fallbacks[1].detail
