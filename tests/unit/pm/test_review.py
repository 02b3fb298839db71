"""A plan is held to the ledger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Action, Content, Deliverable, Kind, Ledger, Span, Verdict
from app.pm.review import PlanInvalid, plan_from_ledger, reviewed
from app.pm.schema import PlanReply, StepReply


def ledger(*open_paths: str, inline: tuple[str, ...] = (), edits: tuple[str, ...] = ()) -> Ledger:
    made = [
        Deliverable(
            id=f"d{n}",
            kind=Kind.EDIT if path in edits else Kind.CREATE,
            path=path,
            content=Content.INLINE if path in inline else Content.GENERATE,
            source=Span(n, n),
            text="x\n" if path in inline else None,
        )
        for n, path in enumerate((*open_paths, *inline), start=1)
    ]
    return Ledger(title="t", deliverables=tuple(made), blocks=(), problems=(), verdict=Verdict.NEEDS_MODELS)


def step(number: int, target: str, *needs: int, action: Action = Action.CREATE_FILE) -> StepReply:
    return StepReply(step_number=number, action=action, target=target, depends_on=needs)


def review(reply: list[StepReply], owed: Ledger):
    return reviewed(PlanReply(steps=tuple(reply)), owed, lambda _: None)


def finding(reply: list[StepReply], owed: Ledger) -> str:
    with pytest.raises(PlanInvalid) as invalid:
        review(reply, owed)
    return str(invalid.value)


def test_a_plan_that_covers_the_ledger_is_taken_in_its_own_order():
    plan, dropped = review([step(1, "b.py"), step(2, "a.py", 1)], ledger("a.py", "b.py"))

    assert [(s.step_number, s.target, s.depends_on) for s in plan.steps] == [
        (1, "b.py", ()),
        (2, "a.py", (1,)),
    ]
    assert plan.files_to_create == ("b.py", "a.py")
    assert dropped == ()


def test_an_owed_file_without_a_step_is_named_in_the_finding():
    assert finding([step(1, "a.py")], ledger("a.py", "b.py")) == "no step for `b.py`"


def test_a_plan_without_steps_is_empty_not_complete():
    with pytest.raises(PlanInvalid) as invalid:
        review([], ledger())
    assert invalid.value.code == "plan_empty"


def test_a_repeated_target_is_folded_into_its_first_step_and_its_number_still_counts():
    plan, _ = review([step(1, "a.py"), step(2, "a.py"), step(3, "b.py", 2)], ledger("a.py", "b.py"))

    assert [(s.step_number, s.target, s.depends_on) for s in plan.steps] == [
        (1, "a.py", ()),
        (2, "b.py", (1,)),
    ]


def test_a_file_that_is_edited_twice_is_edited_in_order():
    twice = [step(1, "a.py", action=Action.EDIT_FILE), step(2, "a.py", action=Action.EDIT_FILE)]

    plan, _ = review(twice, ledger("a.py", edits=("a.py",)))

    assert [(s.step_number, s.target, s.depends_on) for s in plan.steps] == [
        (1, "a.py", ()),
        (2, "a.py", (1,)),
    ]
    assert plan.files_to_modify == ("a.py",)


def test_a_file_nobody_asked_for_is_dropped_where_the_instruction_names_its_files():
    plan, dropped = review([step(1, "a.py"), step(2, "extra.py", 1)], ledger("a.py"))

    assert [s.target for s in plan.steps] == ["a.py"]
    assert dropped == ("extra.py",)


def test_a_step_for_inline_contents_is_dropped_and_what_depends_on_it_stays():
    plan, dropped = review([step(1, "data.json"), step(2, "a.py", 1)], ledger("a.py", inline=("data.json",)))

    assert [(s.target, s.depends_on) for s in plan.steps] == [("a.py", ())]
    assert dropped == ("data.json",)


@pytest.mark.parametrize(
    "target", ["./src/a.py", ".//src//a.py", "src/./a.py", " `src/a.py` ", "'src/a.py'", '"./src/a.py"']
)
@pytest.mark.parametrize("owed", [ledger(), ledger("src/a.py")])
def test_a_target_is_spelled_as_the_ledger_spells_paths(target: str, owed: Ledger):
    plan, dropped = review([step(1, target)], owed)

    assert (plan.files_to_create, dropped) == (("src/a.py",), ())


def test_a_folder_as_target_keeps_the_slash_for_which_it_is_refused():
    asked: list[str] = []

    reviewed(PlanReply(steps=(step(1, "src//"),)), ledger(), asked.append)

    assert asked == ["src/"]


def test_a_command_is_no_path_to_be_spelled_anew():
    plan, _ = review([step(1, " ./run 'https://a//b'", action=Action.RUN_COMMAND)], ledger())

    assert plan.steps[0].target == "./run 'https://a//b'"


def test_a_refused_path_is_a_finding():
    with pytest.raises(PlanInvalid, match="leaves the workspace"):
        reviewed(PlanReply(steps=(step(1, "../x"),)), ledger(), lambda _: "leaves the workspace")


def test_a_dependency_that_is_not_there_is_a_finding():
    assert "depends on step 7" in finding([step(1, "a.py", 7)], ledger("a.py"))


def test_steps_in_a_circle_are_a_finding():
    assert "circle" in finding([step(1, "a.py", 2), step(2, "b.py", 1)], ledger("a.py", "b.py"))


def test_a_number_given_twice_is_a_finding():
    assert "stands twice" in finding([step(1, "a.py"), step(1, "b.py")], ledger("a.py", "b.py"))


def test_an_edit_in_the_ledger_is_an_edit_in_the_plan_whatever_the_model_called_it():
    plan, _ = review([step(1, "a.py")], ledger("a.py", edits=("a.py",)))

    assert plan.steps[0].action is Action.EDIT_FILE
    assert plan.files_to_modify == ("a.py",)


@given(st.lists(st.sampled_from(["a.py", "b/c.py", "d.md"]), min_size=1, max_size=3, unique=True))
def test_the_ledgers_own_plan_always_passes_the_review(paths: list[str]):
    owed = ledger(*paths)
    own = plan_from_ledger(owed)
    reply = [step(s.step_number, s.target, *s.depends_on, action=s.action) for s in own.steps]

    plan, dropped = review(reply, owed)

    assert [s.target for s in plan.steps] == paths
    assert dropped == ()


@given(
    st.lists(
        st.builds(
            StepReply,
            step_number=st.integers(1, 6),
            action=st.sampled_from(Action),
            target=st.sampled_from(["a.py", "b.py", "c.py", "./a.py"]),
            depends_on=st.lists(st.integers(1, 6), max_size=3).map(tuple),
        ),
        max_size=8,
    )
)
def test_an_accepted_plan_covers_everything_once_and_only_looks_back_to_steps_that_are_there(reply):
    owed = ledger("a.py", "b.py")
    try:
        plan, _ = review(reply, owed)
    except PlanInvalid:
        return

    files = [s.target for s in plan.steps if s.action is not Action.RUN_COMMAND]
    assert sorted(set(files)) == ["a.py", "b.py"]
    numbers = [s.step_number for s in plan.steps]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(set(s.depends_on) <= set(numbers) - {s.step_number} for s in plan.steps)
