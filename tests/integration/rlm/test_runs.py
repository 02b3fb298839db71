"""The recursive model in its cage, with a model that follows a script."""

from __future__ import annotations

import asyncio
import sys

import pytest

from app.llm.call import ModelCall, Role
from app.llm.errors import BackendUnavailable
from app.rlm.limits import RlmFailed, RlmLimits
from app.rlm.runner import RlmRunner
from app.sandbox.cage import Cage
from tests.integration.rlm.scripted_model import ScriptedModel, repl, uncounted

pytestmark = pytest.mark.sandbox

LOOK = repl("start = context.index('THE PORT')\nprint(len(context), context[start : start + 40])")


def long_instruction(port: int) -> str:
    """400 kB with the one fact that matters in the middle."""
    filler = "".join(f"Line {number} says nothing that matters here.\n" for number in range(4800))
    return f"# Write settings.py\n{filler}THE PORT is {port}.\n{filler}"


def slices_its_context(call: ModelCall) -> str:
    """Looks for the fact, has two slices read by sub-calls, then writes the file."""
    if call.prompt.startswith("Which port?"):
        return call.prompt.split("THE PORT is ")[1].split(".")[0]
    if "THE PORT is " not in call.prompt:
        return LOOK
    return repl(
        "at = context.index('THE PORT')\n"
        "ports = llm_query_batched(['Which port? ' + context[at : at + n] for n in (30, 3000)])\n"
        "assert ports[0] == ports[1], ports\n"
        "save_file('settings.py', 'PORT = ' + ports[0] + '\\n')\n"
        "answer['ready'] = True"
    )


def runner(cage: Cage, model: ScriptedModel, task_id: str = "t1", **limits: int) -> RlmRunner:
    return RlmRunner(task_id=task_id, ask=model, start=cage.run_program, limits=RlmLimits(**limits))


async def test_the_fact_in_the_middle_of_400_kb_is_found_by_slicing(cage: Cage):
    model = ScriptedModel(slices_its_context)
    instruction = long_instruction(48151)
    reply = await runner(cage, model)(instruction, ("settings.py",), "rlm", model.counted.append)
    assert len(instruction) > 400_000
    assert reply == "```\n# filepath: settings.py\nPORT = 48151\n```\n"
    assert len(model.calls) == len(model.counted) == 4
    assert max(len(call.prompt) for call in model.calls) < 20_000
    assert {call.role for call in model.calls} == {Role.CODER}


async def test_the_same_run_again_asks_under_the_same_keys(cage: Cage):
    first, second = ScriptedModel(slices_its_context), ScriptedModel(slices_its_context)
    for model in (first, second):
        await runner(cage, model)(long_instruction(7), ("settings.py",), "rlm", model.counted.append)
    assert {call.key for call in first.calls} == {call.key for call in second.calls}


async def test_ten_runs_at_once_keep_to_themselves(cage: Cage):
    models = [ScriptedModel(slices_its_context) for _ in range(10)]
    replies = await asyncio.gather(
        *(
            runner(cage, model, f"t{port}")(
                long_instruction(port), ("settings.py",), "rlm", model.counted.append
            )
            for port, model in enumerate(models, 5000)
        )
    )
    assert [f"PORT = {port}\n" in reply for port, reply in enumerate(replies, 5000)] == [True] * 10
    for number, model in enumerate(models, 5000):
        assert {call.task_id for call in model.calls} == {f"t{number}"}


async def test_a_model_that_answers_without_the_repl_is_asked_for_its_answer_after_eight_turns(cage: Cage):
    final = "```python\n# filepath: a.py\nprint(1)\n```"
    model = ScriptedModel(
        lambda call: final if "Please provide a final answer" in call.prompt else "I think."
    )
    assert await runner(cage, model)("Write a.py", ("a.py",), "rlm", uncounted) == f"{final}\n"
    assert len(model.calls) == 9


async def test_no_more_turns_than_allowed_are_taken(cage: Cage):
    model = ScriptedModel(("thinking",))
    await runner(cage, model, iterations=2)("Write a.py", ("a.py",), "rlm", uncounted)
    assert len(model.calls) == 3


async def test_an_error_in_the_models_code_is_shown_to_it_and_it_goes_on(cage: Cage):
    saves = repl("save_file('a.py', 'x = 1\\n')\nanswer['ready'] = True")
    model = ScriptedModel((repl("raise ValueError('oops')"), saves))
    assert "x = 1" in await runner(cage, model)("Write a.py", ("a.py",), "rlm", uncounted)
    assert "ValueError: oops" in model.calls[1].prompt


async def test_a_model_server_that_fails_ends_the_run_with_its_own_code(cage: Cage):
    def down(call: ModelCall) -> str:
        raise BackendUnavailable("connection refused")

    with pytest.raises(RlmFailed) as failed:
        await runner(cage, ScriptedModel(down))("Write a.py", ("a.py",), "rlm", uncounted)
    assert failed.value.code == "backend_unavailable"


async def test_without_walls_the_same_answer_comes(cage: Cage):
    model = ScriptedModel(slices_its_context)
    reply = await runner(Cage(bubblewrap=None), model)(
        long_instruction(99), ("settings.py",), "rlm", model.counted.append
    )
    assert "PORT = 99\n" in reply


def test_the_service_itself_never_imports_the_package():
    assert "rlm" not in sys.modules
    assert "openai" not in sys.modules
