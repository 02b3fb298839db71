"""Values survive the way into text and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain import Action as Doing
from app.domain import Content, Deliverable, Finding, Kind, Plan, Rung, Span, Step
from app.store.codec import dump, dump_object, load, load_object
from app.task import (
    ErrorCode,
    Fallback,
    FileRecord,
    NewTask,
    PlannedBy,
    Progress,
    Settlement,
    Stage,
    StepRecord,
    TaskError,
    Usage,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts, texts, st.lists(texts, max_size=3))
def test_a_new_task_reads_back_as_it_was(instruction: str, title: str, notes: list[str]) -> None:
    new = NewTask(instruction=instruction, title=title, metadata={"notes": notes, "n": {"deep": None}})
    assert load(NewTask, dump(NewTask, new)) == new


@given(texts, st.integers(0, 10**9), st.booleans())
def test_progress_reads_back_as_it_was(text: str, number: int, flag: bool) -> None:  # noqa: FBT001 -- drawn
    deliverable = Deliverable(
        id="d1", kind=Kind.CREATE, path=text, content=Content.INLINE, source=Span(1, number), text=text
    )
    step = Step(step_number=1, action=Doing.CREATE_FILE, target=text, description=text, depends_on=(2, 3))
    progress = Progress(
        stage=Stage.CODING,
        execution_mode=Rung.DUAL_MODEL,
        plan=Plan(title=text, summary=text, steps=(step,)),
        planned_by=PlannedBy(model=text, backend="ollama"),
        fallbacks=(Fallback(source="a", to="b", code="c", detail=text),),
        settlements=(Settlement(deliverable=deliverable, sha256=None, size=number),),
        steps=(
            StepRecord(
                step_number=1,
                action=Doing.EDIT_FILE,
                target=text,
                status="completed",
                checks=(Finding(name="syntax", ok=flag, detail=text),),
            ),
        ),
        usage=Usage(model_calls=number),
        done=1,
        total=2,
    )
    assert load(Progress, dump(Progress, progress)) == progress


def test_tuples_of_values_read_back() -> None:
    files = (FileRecord(path="a", action="created", sha256="0", size=1, language=None),)
    kind = tuple[FileRecord, ...]
    assert load(kind, dump(kind, files)) == files


def test_text_of_another_shape_is_refused() -> None:
    with pytest.raises(ValidationError):
        load(TaskError, '{"code": "no such code", "detail": "x"}')
    assert load(TaskError, '{"code": "internal", "detail": "x"}').code is ErrorCode.INTERNAL


def test_objects_keep_their_characters() -> None:
    text = dump_object({"a": "é\N{SNOWMAN}", "b": [1, None]})
    assert "é" in text
    assert load_object(text) == json.loads(text)
