"""Prompts are laid out for the server's prefix cache."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coder.languages import language_of
from app.coder.prompt import (
    SYSTEM,
    Rejected,
    Shown,
    fence_for,
    marker_of,
    shared_context,
    single_pass_prompt,
    step_prompt,
)
from app.domain import Action, Step

paths = st.from_regex(r"[a-z]{1,12}(/[a-z]{1,12}){0,2}\.(py|md|json|sh|ts)", fullmatch=True)
instructions = st.text(st.characters(codec="utf-8"), min_size=600, max_size=3000)


def prompt(
    shared: str,
    number: int,
    path: str,
    written: tuple[Shown, ...] = (),
    *,
    form: str = "plain",
    rejected: tuple[Rejected, ...] = (),
) -> str:
    step = Step(step_number=number, action=Action.CREATE_FILE, target=path, description="")
    return SYSTEM + step_prompt(shared, written, step, form=form, wants_edits=False, rejected=rejected)


def shared_part(one: str, other: str) -> float:
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return 1.0 if same is None else same / min(len(one), len(other))


@given(
    instructions, st.lists(paths, min_size=2, max_size=6, unique=True), st.sampled_from(["plain", "marker"])
)
def test_any_two_step_prompts_of_a_task_share_four_fifths_of_the_shorter(instruction, targets, form):
    shared = shared_context(instruction, [], targets)
    prompts = [prompt(shared, n, path, form=form) for n, path in enumerate(targets, start=1)]

    assert min(shared_part(a, b) for a in prompts for b in prompts) >= 0.8


@given(instructions, st.lists(paths, min_size=3, max_size=5, unique=True), st.text(max_size=2000))
def test_a_chain_of_steps_shares_what_the_steps_before_have_written(instruction, targets, contents):
    shared = shared_context(instruction, [], targets)
    written = [Shown(path=path, text=contents) for path in targets]
    prompts = [prompt(shared, n, path, tuple(written[: n - 1])) for n, path in enumerate(targets, start=1)]

    assert min(shared_part(a, b) for a in prompts for b in prompts) >= 0.8


@given(instructions, paths, st.text(max_size=200), st.text(max_size=200))
def test_a_repair_begins_with_the_very_prompt_it_repairs(instruction, path, reply, finding):
    shared = shared_context(instruction, [], [path])
    rejected = (Rejected(reply=reply, finding=finding),)

    assert prompt(shared, 1, path, rejected=rejected).startswith(prompt(shared, 1, path))
    assert finding in prompt(shared, 1, path, rejected=rejected)


@given(st.text())
def test_no_line_of_a_shown_file_can_end_its_fence(text):
    fence = fence_for(text)
    assert all(not line.strip().startswith(fence) for line in text.splitlines())


@pytest.mark.parametrize(
    ("path", "language", "marker"),
    [
        ("a/b.py", "python", "# filepath: a/b.py"),
        ("x.ts", "typescript", "// filepath: x.ts"),
        ("x.css", "css", "/* filepath: x.css */"),
        ("README.md", "markdown", "<!-- filepath: README.md -->"),
        ("q.sql", "sql", "-- filepath: q.sql"),
        ("Dockerfile", "dockerfile", "# filepath: Dockerfile"),
        ("LICENSE", None, "# filepath: LICENSE"),
    ],
)
def test_the_marker_is_a_comment_of_the_files_language(path, language, marker):
    assert language_of(path) == language
    assert marker_of(path) == marker


def test_the_marker_is_asked_for_only_in_the_marker_form():
    assert "filepath" not in prompt("x", 1, "a.py")
    assert "# filepath: a.py" in prompt("x", 1, "a.py", form="marker")


def test_a_file_that_may_hold_fences_is_asked_for_in_a_longer_one():
    assert "````markdown" in prompt("x", 1, "README.md")
    assert "````" not in prompt("x", 1, "a.py")


def test_a_single_pass_always_asks_for_markers_and_names_what_is_missing():
    asked = single_pass_prompt("Do it.", [], ("a.py", "b.py"))
    assert "# filepath:" in asked
    assert "- `b.py`" in asked
