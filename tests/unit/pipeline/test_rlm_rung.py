"""The RLM rung on the ladder: what it is asked for, what is taken of its answer, what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(
        self, instruction: str, paths: tuple[str, ...], key: str, counted: Callable[[Completion], None]
    ) -> str:
        self.asked.append(paths)
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
