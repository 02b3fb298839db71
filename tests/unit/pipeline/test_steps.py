"""Steps: what becomes of each draft of the coder, and which steps see which, over real sockets and files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from app.domain import JsonObject, Rung
from app.task import ErrorCode, Mode, Progress
from tests.fakes.reply import Reply
from tests.fakes.wire import Seen
from tests.fakes.world import fenced, plan, world

ONE = "# Adder\n\nCreate `calc.py` with a function `add(a, b)`.\n"
TWO = "# Two\n\nCreate `a.py` with `one()`.\n\nCreate `b.py` with `two()` that calls `one()`.\n"
ADD = "def add(a, b):\n    return a + b\n"
LAZY = ADD + "\n\n# ... rest of the code\n"


def asks_for_every_file(seen: Seen) -> bool:
    return "the complete content of every file" in seen.prompt


async def test_a_draft_the_gate_refuses_goes_back_with_the_finding(tmp_path: Path):
    async with world(
        tmp_path, pm=[plan("calc.py")], coder=[fenced("def add(a, b:\n    return a + b\n"), fenced(ADD)]
    ) as w:
        progress = await w.complete(ONE)

        assert w.coder.calls[1].prompt.startswith(w.coder.calls[0].prompt)
        assert "not accepted" in w.coder.calls[1].prompt
        assert w.file("calc.py") == ADD
    assert progress.steps[0].attempts == 2


async def test_a_file_that_never_parses_is_never_written(tmp_path: Path):
    async with world(
        tmp_path, pm=[plan("calc.py")], coder=[fenced("def add(a, b:\n    return a + b\n")]
    ) as w:
        failure = await w.failure(ONE)

    assert failure.error.code is ErrorCode.CHECK_FAILED
    assert failure.progress.steps[0].attempts == 3


async def test_a_marker_that_names_another_file_is_an_error_and_a_missing_one_is_none(tmp_path: Path):
    wrong = "```python\n# filepath: other.py\n" + ADD + "```\n"
    async with world(tmp_path, pm=[plan("calc.py")], coder=[wrong, fenced(ADD)]) as w:
        await w.complete(ONE)

        assert "names `other.py`, not `calc.py`" in w.coder.calls[1].prompt
        assert not (tmp_path / "workspace" / "t" / "other.py").exists()


async def test_a_cut_reply_is_continued_where_it_stopped(tmp_path: Path):
    half, rest = "```python\ndef add(a, b):\n    ret", "    return a + b\n```\n"
    async with world(tmp_path, pm=[plan("calc.py")], coder=[Reply(half, finish="length"), Reply(rest)]) as w:
        await w.complete(ONE)

        assert w.file("calc.py") == ADD
        first, second = (call.body["messages"] for call in w.coder.calls)
        assert second == [*first, {"role": "assistant", "content": half}]


async def test_a_reply_that_is_always_cut_is_named_as_that(tmp_path: Path):
    async with world(
        tmp_path, pm=[plan("calc.py")], coder=[Reply("```python\nx = 1\n", finish="length", times=None)]
    ) as w:
        failure = await w.failure(ONE)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED


async def test_a_file_that_ended_before_the_cut_is_kept(tmp_path: Path):
    endless = Reply(fenced(ADD) + "\nThis function adds, and", finish="length", times=None)
    async with world(tmp_path, pm=[plan("calc.py")], coder=[endless]) as w:
        progress = await w.complete(ONE)

        assert w.file("calc.py") == ADD
    assert progress.execution_mode is Rung.DUAL_MODEL
    assert progress.fallbacks == ()


async def test_a_dependent_step_sees_what_the_earlier_one_wrote(tmp_path: Path):
    one = "def one():\n    return 1\n"

    def coder(seen):
        return fenced(
            one
            if "the file `a.py`" in seen.prompt.rsplit("Write", 1)[1]
            else "from a import one\n\nx = one()\n"
        )

    async with world(tmp_path, pm=[plan("a.py", "b.py", needs={2: [1]})], coder=coder) as w:
        await w.complete(TWO)

        assert one not in w.coder.calls[0].prompt
        assert one in w.coder.calls[1].prompt


async def test_independent_steps_run_side_by_side_once_the_first_reply_has_begun(tmp_path: Path):
    slow = Reply(fenced(ADD), first_s=0.1, token_s=0.05, times=None)
    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=[slow]) as w:
        await w.complete(TWO)

        first, second = w.coder.calls
        assert first.first_byte is not None
        assert first.answered is not None
        assert first.first_byte <= second.arrived < first.answered


async def test_a_large_file_is_changed_by_search_and_replace_and_keeps_the_rest(tmp_path: Path):
    old = "LIMIT = 1\n" + "".join(f"VALUE_{n} = {n}\n" for n in range(1000))
    edit = "big.py\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> REPLACE\n"
    wrong = edit.replace("LIMIT = 1", "LIMITS = 1")
    async with world(tmp_path, pm=[plan("big.py", action="edit_file")], coder=[wrong, edit]) as w:
        target = tmp_path / "workspace" / "t" / "big.py"
        target.parent.mkdir()
        target.write_text(old)
        progress = await w.complete("Modify `big.py` so that LIMIT is 2.\n")

        assert "SEARCH" in w.coder.calls[0].prompt
        assert old in w.coder.calls[0].prompt
        assert "LIMIT = 1" in w.coder.calls[1].prompt.rsplit("not accepted", 1)[1]
        assert target.read_text() == old.replace("LIMIT = 1", "LIMIT = 2")
    assert progress.steps[0].matched_by == "search_replace"
    assert progress.steps[0].attempts == 2


async def test_two_steps_on_one_file_apply_in_order(tmp_path: Path):
    steps = plan("a.py", "a.py", action="edit_file")
    one, two = "x = 1\n" + "# a\n" * 9, "y = 2\n"

    def coder(seen):
        return fenced(one + two if "Written already, `a.py`" in seen.prompt else one)

    async with world(tmp_path, pm=[steps], coder=coder) as w:
        progress = await w.complete("Modify `a.py` so that it sets x to 1, and then y to 2.\n")

        assert one in w.coder.calls[1].prompt
        assert w.file("a.py") == one + two
    assert [s.status for s in progress.steps] == ["completed", "completed"]


SETS = "Modify `a.py` so that it sets x to 1, and then y to 2.\n"


async def test_a_file_whose_second_step_fails_is_written_anew_by_the_next_rung(tmp_path: Path):
    one, both = "x = 1\n" + "# a\n" * 9, "x = 1\ny = 2\n# both are set\n"

    def coder(seen):
        if asks_for_every_file(seen):
            return fenced(both)
        return fenced(LAZY if "Written already, `a.py`" in seen.prompt else one)

    async with world(tmp_path, pm=[plan("a.py", "a.py", action="edit_file")], coder=coder) as w:
        progress = await w.complete(SETS)

        assert one not in w.coder.calls[-1].prompt
        assert w.file("a.py") == both
    assert [(f.source, f.to, f.code) for f in progress.fallbacks] == [
        ("dual_model", "single_pass", "check_failed")
    ]
    assert [(s.status, s.detail) for s in progress.steps] == [
        ("completed", None),
        ("completed", "written by single_pass"),
    ]


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.DUAL_MODEL])
async def test_half_of_the_steps_on_a_file_are_no_file(tmp_path: Path, mode: Mode):
    def coder(seen):
        if asks_for_every_file(seen):
            return "I cannot."
        return fenced("# filepath: a.py\n" + (LAZY if "Written already" in seen.prompt else ADD))

    async with world(tmp_path, pm=[plan("a.py", "a.py", action="edit_file")], coder=coder) as w:
        failure = await w.failure(SETS, mode=mode)

    assert failure.error.code is ErrorCode.CHECK_FAILED
    assert [s.status for s in failure.progress.steps] == ["completed", "failed"]


async def test_a_file_whose_second_step_is_skipped_is_owed_still(tmp_path: Path):
    steps = plan("a.py", "b.py", "a.py", action="edit_file", needs={3: [1, 2]})
    new = "".join(f"```python\n# filepath: {path}\n{ADD}```\n\n" for path in ("a.py", "b.py"))

    def coder(seen):
        return new if asks_for_every_file(seen) else "no" if "the file `b.py`" in seen.prompt else fenced(ADD)

    async with world(tmp_path, pm=[steps], coder=coder) as w:
        progress = await w.complete("Modify `a.py` and `b.py` so that both add.\n")

        assert "- `a.py`\n- `b.py`\n" in w.coder.calls[-1].prompt
    assert [s.detail for s in progress.steps] == [None, "written by single_pass", "written by single_pass"]


async def test_the_reason_of_a_fallback_is_the_failed_step_s_and_not_that_of_one_skipped_before_it(
    tmp_path: Path,
):
    steps = plan("b.py", "a.py", "ls", needs={1: [2], 3: [2]})
    steps = steps.replace('"create_file", "target": "ls"', '"run_command", "target": "ls"')
    async with world(tmp_path, pm=[steps], coder=["Sorry."]) as w:
        failure = await w.failure(TWO)

    assert [s.status for s in failure.progress.steps] == ["skipped", "failed", "not_run"]
    assert [f.code for f in failure.progress.fallbacks] == ["no_file_in_reply"]


async def test_inline_bytes_stay_when_the_steps_that_were_to_change_them_fail(tmp_path: Path):
    inline, text = "A = 1\n# and no more\n", "Create `x.py`:\n\n```python\nA = 1\n# and no more\n```\n\n"
    text += "Now add this function to `x.py`:\n\n```python\ndef a():\n    return A\n```\n"

    def coder(seen):
        if asks_for_every_file(seen):
            return "x.py\n<<<<<<< SEARCH\nA = 1\n=======\nA = 2\n>>>>>>> REPLACE\n"
        return fenced(LAZY if "Written already, `x.py`" in seen.prompt else ADD)

    async with world(tmp_path, pm=[plan("x.py", "x.py", action="edit_file")], coder=coder) as w:
        await w.complete(text)

        assert w.file("x.py") == inline.replace("1", "2")


class Lost(Exception):
    """What the world raises where it is broken."""


async def test_an_error_of_the_world_in_a_step_arrives_as_itself(tmp_path: Path):
    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=[fenced(ADD)]) as w:
        told = w._report

        async def report(key: str, event_type: str, data: JsonObject, progress: Progress) -> None:
            if key.startswith("step:"):
                raise Lost(key)
            await told(key, event_type, data, progress)

        with patch.object(w, "_report", report), pytest.raises(Lost, match="step:1"):
            await w.propose(TWO)


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\nFirst:\n{fenced('# no')}\nNo.\n</think>\n\n{fenced(ADD)}",
        f"```\n{ADD}```\n",
        f"Here it is:\n\n**calc.py**\n\n{fenced(ADD)}\nRun it:\n\n```bash\npython calc.py\n```\n",
        f'<file path="calc.py">\n{ADD}</file>\n',
        f"{fenced(ADD)[:-4]}",
    ],
    ids=["thinks first", "no language", "named and talked about", "tagged", "never closed"],
)
async def test_one_file_is_found_in_whatever_form_it_comes(tmp_path: Path, reply: str):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[reply]) as w:
        progress = await w.complete(ONE)

        assert w.file("calc.py") == ADD
        assert len(w.coder.calls) == 1
    assert progress.steps[0].attempts == 1


async def test_a_placeholder_goes_back_with_its_line(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(LAZY), fenced(ADD)]) as w:
        await w.complete(ONE)

        assert "line 5 of calc.py leaves code out: `# ... rest of the code`" in w.coder.calls[1].prompt
        assert w.file("calc.py") == ADD


async def test_placeholders_to_the_end_leave_nothing_on_disk(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(LAZY)]) as w:
        failure = await w.failure(ONE)

        assert not (tmp_path / "workspace" / "t").exists()
    assert failure.error.code is ErrorCode.CHECK_FAILED
    assert failure.progress.steps[0].attempts == 3
    assert [check.code for check in failure.progress.steps[0].checks if not check.ok] == ["elision"]


async def test_the_repair_turns_are_those_of_the_setting(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(LAZY)]) as w:
        w.options = replace(w.options, repair_turns=0)
        failure = await w.failure(ONE)

    assert failure.progress.steps[0].attempts == 1
