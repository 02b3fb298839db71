"""The harvest: which files a reply that may hold many gives the task, over real sockets and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Rung
from app.pipeline.ports import Proposal
from app.task import ErrorCode, Mode
from tests.fakes.reply import Reply
from tests.fakes.wire import Seen
from tests.fakes.world import fenced, plan, world

ONE = "# Adder\n\nCreate `calc.py` with a function `add(a, b)`.\n"
TWO = "# Two\n\nCreate `a.py` with `one()`.\n\nCreate `b.py` with `two()` that calls `one()`.\n"
FREE = "# A greeter\n\nWe need a small Python module that greets a person by name.\n"
LIMITS = "Modify `limits.py` so that LIMIT and DEBUG are 2.\n"
ADD = "def add(a, b):\n    return a + b\n"
OLD = "LIMIT = 1\nDEBUG = 1\n# both are read at start\n"
EDIT = "limits.py\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> REPLACE\n\n"
SECOND = EDIT.replace("LIMIT =", "DEBUG =")


def named(path: str, text: str = ADD) -> str:
    return fenced(f"# filepath: {path}\n{text}")


def cut(text: str) -> list[Reply]:
    """A reply that is cut and of which no continuation is ever had."""
    return [Reply(text, finish="length"), Reply(" ", finish="length", times=None)]


def asks_for_every_file(seen: Seen) -> bool:
    return "the complete content of every file" in seen.prompt


def asks_for(path: str, seen: Seen) -> bool:
    return f"the file `{path}`" in seen.prompt.rsplit("Write", 1)[1]


def on_disk(folder: Path, path: str, text: str) -> Path:
    target = folder / "workspace" / "t" / path
    target.parent.mkdir(parents=True)
    target.write_text(text)
    return target


async def test_one_step_s_file_is_never_taken_for_another_s(tmp_path: Path):
    def coder(seen):
        return fenced(ADD) if not asks_for_every_file(seen) and asks_for("a.py", seen) else "Sorry."

    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=coder) as w:
        failure = await w.failure(TWO)

    assert failure.error.code is ErrorCode.NO_FILES_PRODUCED
    assert [(s.target, s.status) for s in failure.progress.steps] == [
        ("a.py", "completed"),
        ("b.py", "failed"),
    ]


async def test_the_talk_after_a_continued_file_is_no_file(tmp_path: Path):
    def coder(seen):
        if asks_for_every_file(seen) or asks_for("notes.md", seen):
            return "Sorry."
        if seen.body["messages"][-1]["role"] == "assistant":
            return "turn a + b\n```\n\nThat is all there is to say about it, dear user.\n"
        return Reply("```python\ndef add(a, b):\n    re", finish="length")

    instruction = "Create `calc.py` with `add`.\n\nCreate `notes.md` with notes on it.\n"
    async with world(tmp_path, pm=[plan("calc.py", "notes.md")], coder=coder) as w:
        failure = await w.failure(instruction)

    assert failure.error.code is ErrorCode.NO_FILES_PRODUCED
    assert [s.status for s in failure.progress.steps] == ["completed", "failed"]


async def test_a_file_that_another_step_s_reply_names_is_taken_from_it(tmp_path: Path):
    two = "from a import one\n\nx = one()\n"

    def coder(seen):
        if asks_for_every_file(seen) or asks_for("b.py", seen):
            return "It stands above."
        return named("a.py") + "\n" + named("b.py", two)

    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=coder) as w:
        progress = await w.complete(TWO)

        assert (w.file("a.py"), w.file("b.py")) == (ADD, two)
    assert progress.execution_mode is Rung.SINGLE_PASS
    assert [s.detail for s in progress.steps] == [None, "written by single_pass"]


@pytest.mark.parametrize("first", ["a.py", "lib/a.py"])
async def test_a_block_named_like_a_written_file_is_none_in_another_folder(tmp_path: Path, first: str):
    def coder(seen):
        return named("a.py") if not asks_for_every_file(seen) and asks_for(first, seen) else "Sorry."

    async with world(tmp_path, pm=[plan(first, "tests/a.py")], coder=coder) as w:
        failure = await w.failure(FREE)

    assert [s.status for s in failure.progress.steps] == ["completed", "failed"]


async def test_a_block_without_a_name_is_the_one_file_that_all_was_asked_for(tmp_path: Path):
    async with world(tmp_path, coder=[fenced(ADD)]) as w:
        await w.complete(ONE, mode=Mode.SINGLE_PASS)

        assert w.file("calc.py") == ADD


async def test_a_block_without_a_name_is_no_file_where_two_were_asked_for(tmp_path: Path):
    async with world(tmp_path, coder=[named("a.py") + "\n" + fenced("print(1 + 1 + 1 + 1)\n")]) as w:
        failure = await w.failure(TWO, mode=Mode.SINGLE_PASS)

    assert failure.error.detail == "no reply holds `b.py`"


async def test_edits_change_the_file_they_name_and_without_a_name_the_one_asked_for(tmp_path: Path):
    target = on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=[EDIT + SECOND.removeprefix("limits.py\n")]) as w:
        await w.complete(LIMITS, mode=Mode.SINGLE_PASS)

    assert target.read_text() == OLD.replace("= 1", "= 2")


@pytest.mark.parametrize("end", [len(EDIT), len(EDIT) + 40, len(EDIT + SECOND) - 20])
async def test_edits_of_a_cut_reply_change_nothing(tmp_path: Path, end: int):
    on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=cut((EDIT + SECOND)[:end])) as w:
        failure = await w.failure(LIMITS, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED


@pytest.mark.parametrize("beside", [EDIT, fenced("from limits import LIMIT, DEBUG\n") + "\n"])
async def test_what_stands_beside_an_edit_that_cannot_be_read_changes_nothing(tmp_path: Path, beside: str):
    on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=[beside + SECOND.replace("=======\n", "")]) as w:
        failure = await w.failure(LIMITS, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.EDIT_NOT_APPLIED
    assert "needs exactly one `=======` line" in failure.error.detail


async def test_an_edit_that_fits_nowhere_is_named_as_the_reason(tmp_path: Path):
    on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=[EDIT.replace("LIMIT = 1", "LIMITS = 1")]) as w:
        failure = await w.failure(LIMITS, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.EDIT_NOT_APPLIED
    assert "stands nowhere" in failure.error.detail


@pytest.mark.parametrize("behind", ["\nThis function adds, and", "\n```bash\npython -c 'import ca"])
async def test_a_named_file_that_ended_before_the_cut_is_taken(tmp_path: Path, behind: str):
    async with world(tmp_path, coder=cut(named("calc.py") + behind)) as w:
        await w.complete(ONE, mode=Mode.SINGLE_PASS)

        assert w.file("calc.py") == ADD


async def test_a_reply_cut_before_the_second_file_is_named_as_that(tmp_path: Path):
    async with world(tmp_path, coder=cut(named("a.py") + "\nAnd the second file:\n")) as w:
        failure = await w.failure(TWO, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED
    assert failure.error.detail.startswith("`b.py`: ")


async def test_an_edit_of_nothing_begins_a_new_file(tmp_path: Path):
    async with world(tmp_path, coder=[f"calc.py\n<<<<<<< SEARCH\n=======\n{ADD}>>>>>>> REPLACE\n"]) as w:
        await w.complete(ONE, mode=Mode.SINGLE_PASS)

        assert w.file("calc.py") == ADD


async def test_a_whole_file_stands_before_edits_of_a_file_that_is_not_there(tmp_path: Path):
    async with world(tmp_path, coder=[named("limits.py", OLD) + "\n" + EDIT]) as w:
        await w.complete(LIMITS, mode=Mode.SINGLE_PASS)

        assert w.file("limits.py") == OLD


@pytest.mark.parametrize("name", ["", "<!-- filepath: README.md -->\n"])
async def test_a_fence_within_prose_is_not_the_end_of_a_cut_file(tmp_path: Path, name: str):
    begun = f"```markdown\n{name}# Tool\n\nTo install the tool:\n\n```\npip install tool\n```\n\nThen ca"
    async with world(tmp_path, coder=cut(begun)) as w:
        failure = await w.failure("Create `README.md` on how to install it.\n", mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED


@pytest.mark.parametrize("begun", ["```python\ndef add(a, b):\n    retu", "<<<<<<< SEARCH\nx\n=======\ny"])
async def test_an_example_that_stands_whole_is_not_the_file_that_was_cut(tmp_path: Path, begun: str):
    example = fenced("from calc import add\n\nprint(add(1, 2))\n")
    async with world(tmp_path, coder=cut(f"So it is used:\n\n{example}\nNow the file:\n\n{begun}")) as w:
        failure = await w.failure(ONE, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED


async def test_a_cut_reply_does_not_say_which_files_a_task_without_names_owes(tmp_path: Path):
    async with world(tmp_path, coder=cut(named("greet.py") + "\nAnd the second file:\n")) as w:
        failure = await w.failure(FREE, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.OUTPUT_TRUNCATED


async def test_a_task_without_names_owes_the_edits_of_the_reply_as_well(tmp_path: Path):
    target = on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=[named("greet.py") + "\n" + EDIT]) as w:
        progress = await w.complete(FREE, mode=Mode.SINGLE_PASS)

        assert w.file("greet.py") == ADD
    assert target.read_text() == OLD.replace("LIMIT = 1", "LIMIT = 2")
    assert [s.deliverable.path for s in progress.settlements] == ["greet.py", "limits.py"]


async def test_a_task_without_names_is_not_done_by_the_readable_half_of_a_reply(tmp_path: Path):
    on_disk(tmp_path, "limits.py", OLD)
    async with world(tmp_path, coder=[named("greet.py") + "\n" + EDIT.replace("=======\n", "")]) as w:
        failure = await w.failure(FREE, mode=Mode.SINGLE_PASS)

    assert failure.error.code is ErrorCode.EDIT_NOT_APPLIED


async def test_the_record_of_a_file_written_by_one_call_for_all_tells_of_that_call(tmp_path: Path):
    async with world(tmp_path, coder=[Reply(named("calc.py"), first_s=0.02)]) as w:
        proposal = await w.propose(ONE, mode=Mode.SINGLE_PASS)

    assert isinstance(proposal, Proposal)
    (step,) = proposal.progress.steps
    assert (step.attempts, step.status, step.matched_by) == (1, "completed", "filepath_comment")
    assert (step.model, step.backend, step.finish_reason) == ("coder", "vllm", "stop")
    assert step.prompt_tokens == proposal.progress.usage.prompt_tokens > 0
    assert step.completion_tokens == proposal.progress.usage.completion_tokens > 0
    assert step.duration_ms > 0
    assert [change.step_number for change in proposal.changes] == [1]
    assert ("step:1:single_pass", "step.finished") in [(key, event) for key, event, _ in w.story]


async def test_nothing_of_the_cut_reply_stays_in_the_record_of_a_rescued_step(tmp_path: Path):
    def coder(seen):
        if asks_for_every_file(seen):
            return Reply(named("calc.py"), prompt_tokens=7, completion_tokens=None, cached_tokens=None)
        return Reply("```python\ndef add(", finish="length", prompt_tokens=11, completion_tokens=5)

    async with world(tmp_path, pm=[plan("calc.py")], coder=coder) as w:
        proposal = await w.propose(ONE)

    assert isinstance(proposal, Proposal)
    (step,) = proposal.progress.steps
    assert (step.attempts, step.finish_reason, step.matched_by) == (2, "stop", "filepath_comment")
    assert (step.prompt_tokens, step.completion_tokens) == (7, None)
    assert [change.step_number for change in proposal.changes] == [1]
    told = [(key, data["status"]) for key, event, data in w.story if event == "step.finished"]
    assert told == [("step:1", "failed"), ("step:1:single_pass", "completed")]
