"""The catalogue of forty faults: a stand-in server commits each, and the call comes to what it must."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from app.llm.call import Completion
from tests.integration.llm.faults import Fault
from tests.integration.llm.scripted_faults import SCRIPTED
from tests.integration.llm.staged_faults import STAGED
from tests.integration.llm.world import call, client, outcome, stand_in, until


async def play(fault: Fault, dialect: str) -> None:
    """Lets a server play the fault's script and holds the outcome against the catalogue."""
    async with stand_in(dialect, list(fault.replies), **fault.server) as server:
        async with client(server, **fault.client) as asked:
            result = await outcome(asked, call(server, **fault.call))
        await until(lambda: server.in_flight == 0)
        if isinstance(fault.expected, str):
            assert isinstance(result, Completion), repr(result)
            assert result.text == fault.expected
        else:
            assert type(result) is fault.expected, repr(result)
        if fault.sent is not None:
            assert len(server.calls) == fault.sent
        fault.see(result, server)


CATALOGUE = [
    *(
        pytest.param(partial(play, fault, dialect), id=f"{fault.id}-{dialect}-{fault.name}".replace(" ", "_"))
        for fault in SCRIPTED
        for dialect in fault.dialects
    ),
    *(
        pytest.param(partial(stage, dialect), id=f"{number}-{dialect}-staged")
        for number, (stage, dialects) in STAGED.items()
        for dialect in dialects
    ),
]


@pytest.mark.parametrize("fault", CATALOGUE)
async def test_a_fault_has_its_one_right_outcome(fault: Callable[[], Awaitable[None]]) -> None:
    await fault()


def test_the_catalogue_is_whole() -> None:
    played = {fault.id for fault in SCRIPTED} | {number[:3] for number in STAGED}
    assert played == {f"F{number:02}" for number in range(1, 41)}
