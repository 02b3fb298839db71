"""Files that repeat themselves and end, and models that repeat themselves and do not."""

from __future__ import annotations

import pytest

from app.llm.errors import Repetition
from tests.fakes.reply import Reply
from tests.integration.llm.world import OLLAMA, VLLM, call, client, outcome, stand_in

ROWS = "+---+---+---+---+\n|   |   |   |   |\n"
BANNER = "!" * 72


@pytest.mark.parametrize("dialect", [OLLAMA, VLLM])
@pytest.mark.parametrize("text", [
    "[" + "0, " * 1000 + "0]",
    ROWS * 120,
    f"{BANNER}\n! heat equation\n{BANNER}\nprogram heat\nend program heat\n",
    f"program heat\nend program heat\n{BANNER}\n",
])  # fmt: skip
async def test_a_repetitive_file_that_ends_is_a_reply(dialect: str, text: str) -> None:
    async with stand_in(dialect, [text]) as server, client(server) as asked:
        assert (await asked(call(server, max_tokens=8192))).text == text
        assert len(server.calls) == 1


async def test_what_came_twice_may_be_twice_as_long_before_it_is_called_a_loop() -> None:
    text = ROWS * 300
    async with stand_in(VLLM, [text]) as server, client(server) as asked:
        assert (await asked(call(server, max_tokens=8192))).text == text
        assert len(server.calls) == 2


@pytest.mark.parametrize("dialect", [OLLAMA, VLLM])
async def test_a_loop_is_ended_long_before_its_tokens_are_spent(dialect: str) -> None:
    endless = Reply("if x: pass\n" * 6000, times=None)
    async with stand_in(dialect, [endless]) as server, client(server) as asked:
        assert type(await outcome(asked, call(server, max_tokens=8192))) is Repetition
        assert len(server.calls) == 2
