"""From an instruction to a proposal or a failure, rung by rung, over real sockets and real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain import Disposition, Rung
from app.pipeline.ports import Proposal
from app.task import ErrorCode, Mode, Progress
from tests.fakes.reply import Reply
from tests.fakes.world import fenced, plan, world

ONE = "# Adder\n\nCreate `calc.py` with a function `add(a, b)`.\n"
TWO = "# Two\n\nCreate `a.py` with `one()`.\n\nCreate `b.py` with `two()` that calls `one()`.\n"
FREE = "# A greeter\n\nWe need a small Python module that greets a person by name.\n"
ADD = "def add(a, b):\n    return a + b\n"


def planner(progress: Progress) -> str | None:
    return progress.planned_by.backend if progress.planned_by else None


def planned(progress: Progress) -> tuple[str, ...]:
    return progress.plan.files_to_create if progress.plan else ()


def codes(progress: Progress) -> list[tuple[str, str, str]]:
    return [(f.source, f.to, f.code) for f in progress.fallbacks]


async def test_the_pm_plans_and_the_coder_writes_the_file(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(ADD)]) as w:
        progress = await w.complete(ONE)

        assert w.file("calc.py") == ADD
        assert progress.execution_mode is Rung.DUAL_MODEL
        assert planner(progress) == "ollama"
        assert planned(progress) == ("calc.py",)
        assert [s.status for s in progress.steps] == ["completed"]
        assert progress.usage.model_calls == 2
        assert progress.fallbacks == ()
        assert [e for _, e, _ in w.story] == [
            "stage.entered",
            "stage.entered",
            "plan.made",
            "stage.entered",
            "step.finished",
        ]


async def test_the_whole_instruction_reaches_the_pm_to_its_last_line(tmp_path: Path):
    long = ONE + "".join(f"- detail {n} of what the function must also keep in mind\n" for n in range(560))
    assert len(long) > 30_000
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(ADD)]) as w:
        await w.complete(long)

        assert long in w.pm.calls[0].body["prompt"]
        assert long in w.coder.calls[0].prompt


@pytest.mark.parametrize(
    ("pm", "code"),
    [
        (Reply("Sure! First I would create the file.", times=None), "plan_invalid"),
        (Reply('{"title": "T", "steps": [{"step_num', times=None), "plan_invalid"),
        (Reply(json.dumps({"title": "T", "summary": "", "steps": []}), times=None), "plan_empty"),
        (Reply(plan("calc.py").replace('"title"', '"title": "twice", "title"'), times=None), "plan_invalid"),
        (
            Reply(plan("calc.py").replace('"step_number": 1', '"step_number": NaN'), times=None),
            "plan_invalid",
        ),
        (Reply(plan("calc.py").replace("create_file", "make"), times=None), "plan_invalid"),
        (
            Reply(status=500, body={"error": "model runner has unexpectedly stopped"}, times=None),
            "backend_unavailable",
        ),
        (Reply(status=404, body={"error": "model 'executive_jr' not found"}, times=None), "model_not_found"),
    ],
    ids=["prose", "half an object", "empty", "a name twice", "not a number", "another action", "500", "404"],
)
async def test_the_coder_plans_when_the_pm_cannot_and_the_task_says_so(tmp_path: Path, pm: Reply, code: str):
    def coder(seen):
        return plan("calc.py") if seen.schema else fenced(ADD)

    async with world(tmp_path, pm=[pm], coder=coder) as w:
        progress = await w.complete(ONE)

    assert codes(progress) == [("ollama", "vllm", code)]
    assert planner(progress) == "vllm"


async def test_a_plan_in_a_fence_nobody_asked_for_is_read(tmp_path: Path):
    async with world(tmp_path, pm=[fenced(plan("calc.py") + "\n", "json")], coder=[fenced(ADD)]) as w:
        progress = await w.complete(ONE)

    assert planner(progress) == "ollama"


async def test_a_bad_plan_gets_one_repair_turn_with_the_finding(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py"), plan("a.py", "b.py")], coder=[fenced(ADD)]) as w:
        progress = await w.complete(TWO)

        assert "no step for `a.py`, `b.py`" in w.pm.calls[1].prompt
        assert w.pm.calls[1].prompt.startswith(w.pm.calls[0].prompt.removesuffix("\nPlan:"))
        assert planner(progress) == "ollama"


async def test_the_ledger_plans_when_neither_model_can(tmp_path: Path):
    def coder(seen):
        return "no plan from me" if seen.schema else fenced(ADD)

    async with world(tmp_path, pm=["nor from me"], coder=coder) as w:
        progress = await w.complete(TWO)

    assert planner(progress) == "ledger"
    assert codes(progress) == [("ollama", "vllm", "plan_invalid"), ("vllm", "ledger", "plan_invalid")]
    assert progress.execution_mode is Rung.DUAL_MODEL
    assert [s.target for s in progress.steps] == ["a.py", "b.py"]


async def test_single_pass_is_left_when_nobody_can_plan_and_no_file_is_named(tmp_path: Path):
    def coder(seen):
        return "I cannot plan." if seen.schema else "```python\n# filepath: greet.py\n" + ADD + "```\n"

    async with world(tmp_path, pm=["nor can I"], coder=coder) as w:
        progress = await w.complete(FREE)

        assert w.file("greet.py") == ADD
    assert progress.execution_mode is Rung.SINGLE_PASS
    assert codes(progress) == [
        ("ollama", "vllm", "plan_invalid"),
        ("dual_model", "single_pass", "plan_invalid"),
    ]


async def test_a_dead_pm_stays_the_reason_where_the_coder_plans_badly_and_no_rung_is_left(tmp_path: Path):
    dead = Reply(status=500, body={"error": "model runner has unexpectedly stopped"}, times=None)
    async with world(tmp_path, pm=[dead], coder=["I cannot plan."]) as w:
        failure = await w.failure(FREE, mode=Mode.DUAL_MODEL)

    assert failure.error.code is ErrorCode.BACKEND_UNAVAILABLE
    assert "the reply is not one JSON object" in failure.error.detail
    assert codes(failure.progress) == [("ollama", "vllm", "backend_unavailable")]


async def test_no_rung_yields_the_file_and_the_task_fails_with_its_plan_kept(tmp_path: Path):
    async with world(tmp_path, pm=[plan("calc.py")], coder=["I would rather not."]) as w:
        failure = await w.failure(ONE)

    assert failure.error.code is ErrorCode.NO_FILES_PRODUCED
    assert planned(failure.progress) == ("calc.py",)
    assert [s.disposition for s in failure.progress.settlements] == [Disposition.FAILED]
    assert failure.progress.steps[0].status == "failed"
    assert not (tmp_path / "workspace" / "t" / "calc.py").exists()


async def test_a_dead_coder_is_named_as_the_reason(tmp_path: Path):
    async with world(
        tmp_path, pm=[plan("calc.py")], coder=[Reply(status=500, body={"error": "x"}, times=None)]
    ) as w:
        failure = await w.failure(ONE)

    assert failure.error.code is ErrorCode.BACKEND_UNAVAILABLE
    assert failure.error.retryable


async def test_a_plan_that_asks_for_no_file_ends_the_task(tmp_path: Path):
    async with world(tmp_path, pm=[plan("systemctl restart x", action="run_command")], coder=[]) as w:
        failure = await w.failure("# Ops\n\nRestart the machine, please.\n")

    assert failure.error.code is ErrorCode.INSTRUCTION_NOT_EXECUTABLE


async def test_finished_files_are_kept_when_the_next_rung_writes_the_rest(tmp_path: Path):
    def coder(seen):
        if "# filepath: path/to/file.py" in seen.prompt:
            return "```python\n# filepath: b.py\n" + ADD + "```\n"
        return fenced(ADD) if "the file `a.py`" in seen.prompt else "no"

    async with world(tmp_path, pm=[plan("a.py", "b.py")], coder=coder) as w:
        progress = await w.complete(TWO)

        asked = w.coder.calls[-1].prompt
        assert "- `b.py`" in asked
        assert "- `a.py`" not in asked
    assert progress.execution_mode is Rung.SINGLE_PASS
    assert codes(progress) == [("dual_model", "single_pass", "no_file_in_reply")]


async def test_a_path_outside_is_refused_before_any_model_is_asked(tmp_path: Path):
    async with world(tmp_path) as w:
        failure = await w.failure("Create `/etc/jr-not-here.conf` with a comment.\n")

        assert w.pm.calls == w.coder.calls == []
    assert failure.error.code is ErrorCode.PATH_REFUSED
    assert failure.progress.settlements[0].disposition is Disposition.REFUSED


async def test_of_an_instruction_to_be_mended_only_the_forbidden_file_is_refused(tmp_path: Path):
    text = "Create `.git/hooks/pre-commit.sh`:\n\n```bash\nexit 0\n```\n\nCreate `a.txt`:\n\n```\na\n```\n"
    async with world(tmp_path) as w:
        failure = await w.failure(text)

    assert failure.error.code is ErrorCode.INSTRUCTION_NOT_EXECUTABLE
    assert [(s.deliverable.path, s.disposition) for s in failure.progress.settlements] == [
        (".git/hooks/pre-commit.sh", Disposition.REFUSED),
        ("a.txt", Disposition.FAILED),
    ]


async def test_what_no_plan_could_make_right_ends_at_once(tmp_path: Path):
    text = "Create `a.txt`:\n\n```\none\n```\n\nCreate `a.txt`:\n\n```\ntwo\n```\n"
    async with world(tmp_path) as w:
        failure = await w.failure(text)

        assert w.pm.calls == []
    assert failure.error.code is ErrorCode.INSTRUCTION_NOT_EXECUTABLE
    assert "a.txt" in failure.error.detail


async def test_mode_single_pass_asks_the_coder_once(tmp_path: Path):
    async with world(tmp_path, coder=["```python\n# filepath: calc.py\n" + ADD + "```\n"]) as w:
        progress = await w.complete(ONE, mode=Mode.SINGLE_PASS)

        assert w.pm.calls == []
        assert len(w.coder.calls) == 1
    assert progress.execution_mode is Rung.SINGLE_PASS


async def test_a_prompt_longer_than_every_window_is_a_stated_overflow(tmp_path: Path):
    long = ONE + "word " * 80_000
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(ADD)], window=4096) as w:
        failure = await w.failure(long)

    assert failure.error.code is ErrorCode.CONTEXT_OVERFLOW
    assert "4096" in failure.error.detail


async def test_protected_paths_are_named_in_the_proposal(tmp_path: Path):
    async with world(tmp_path) as w:
        proposal = await w.propose("Create `.env`:\n\n```\nA=1\n```\n\nCreate `b.txt`:\n\n```\nb\n```\n")

    assert isinstance(proposal, Proposal)
    assert proposal.protected == (".env",)


async def test_only_what_is_open_is_planned_beside_inline_bytes(tmp_path: Path):
    text = 'Create `data.json`:\n\n```json\n{"a": 1}\n```\n\nCreate `calc.py` with `add(a, b)`.\n'
    async with world(tmp_path, pm=[plan("calc.py")], coder=[fenced(ADD)]) as w:
        await w.complete(text)

        assert w.file("data.json") == '{"a": 1}\n'
        assert w.file("calc.py") == ADD
        step = (w.pm.calls[0].schema or {})["properties"]["steps"]["items"]
        assert step["properties"]["target"]["enum"] == ["calc.py"]


async def test_mode_verbatim_never_asks_a_model(tmp_path: Path):
    async with world(tmp_path) as w:
        failure = await w.failure(ONE, mode=Mode.VERBATIM)

        assert w.pm.calls == []
    assert failure.error.code is ErrorCode.INSTRUCTION_NOT_EXECUTABLE
