"""The coder: what a reply comes to for the one file that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.coder.coder import Assignment, Draft, draft, edit_trouble
from app.coder.reply import parse
from app.domain import Action, Step
from app.llm.call import Completion, ModelCall

PATH = "calc.py"
BEFORE = b"LIMIT = 1\nDEBUG = 1\n"
EDIT = "calc.py\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> REPLACE\n"
HUNK = "```diff\n--- a/calc.py\n+++ b/calc.py\n@@ -1 +1 @@\n-LIMIT = 1\n+LIMIT = 2\n@@\n+EXTRA = 3\n```\n"


@dataclass
class Scripted:
    """A model that says one reply after the other."""

    replies: list[tuple[str, str]]
    calls: list[ModelCall] = field(default_factory=list)

    async def __call__(self, call: ModelCall) -> Completion:
        self.calls.append(call)
        text, finish = self.replies[len(self.calls) - 1]
        return Completion(text=text, finish=finish, model="m", backend="vllm", server="s")


async def drafted(text: str, *, path: str = PATH, before: bytes | None = None) -> Draft:
    step = Step(step_number=1, action=Action.CREATE_FILE, target=path, description="")
    assignment = Assignment(task_id="t", key="step-1", step=step, shared="", before=before)
    return await draft(Scripted([(text, "stop")]), assignment)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EDIT + "\n<<<<<<< SEARCH\nDEBUG = 1\n>>>>>>> REPLACE\n", "needs exactly one `=======` line"),
        (EDIT + "\n<<<<<<< SEARCH\nDEBUG = 1\n=======\nDEBUG = 2\n", "has no `>>>>>>> REPLACE` line"),
        (HUNK, "only adds lines and shows none around them"),
        ("calc.py\n<<<<<<< SEARCH\nLIMIT = 1\n>>>>>>> REPLACE\n", "needs exactly one `=======` line"),
    ],
)
async def test_edits_are_not_applied_without_those_beside_them_that_cannot_be_read(text, message):
    made = await drafted(text, before=BEFORE)

    assert (made.data, made.code) == (None, "edit_not_applied")
    assert message in made.detail


async def test_an_edit_that_cannot_be_read_does_not_keep_a_whole_file_back():
    made = await drafted(f"calc.py\n```python\nx = 1\n```\n\n{EDIT[8:30]}", before=BEFORE)

    assert made.data == b"x = 1\n"


def test_the_trouble_of_a_reply_names_each_kind_of_edit_that_cannot_be_read_once():
    half = "<<<<<<< SEARCH\nDEBUG = 1\n>>>>>>> REPLACE\n"
    unclear, open_ended = "a SEARCH/REPLACE block needs exactly one", "a SEARCH part has no"

    assert edit_trouble(parse(EDIT)) is None
    said = edit_trouble(parse(EDIT + half + half + EDIT[8:30])) or ""
    assert (said.count(unclear), said.count(open_ended)) == (1, 1)
