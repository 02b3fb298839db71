"""The coder: what a reply comes to for the one file that was asked for."""

from __future__ import annotations

import pytest

from app.coder.coder import Assignment, Draft, draft
from app.coder.contents import edit_trouble
from app.coder.reply import parse
from app.domain import Action, Step
from app.llm.call import Completion
from tests.unit.coder.scripted import Scripted, cut, said

PATH = "calc.py"
BEFORE = b"LIMIT = 1\nDEBUG = 1\n"
EDIT = "calc.py\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> REPLACE\n"
HUNK = "```diff\n--- a/calc.py\n+++ b/calc.py\n@@ -1 +1 @@\n-LIMIT = 1\n+LIMIT = 2\n@@\n+EXTRA = 3\n```\n"


async def drafted(
    text: str, *, path: str = PATH, before: bytes | None = None, more: Completion | None = None
) -> Draft:
    """What a whole reply comes to; a cut one, where there is `more`."""
    step = Step(step_number=1, action=Action.CREATE_FILE, target=path, description="")
    assignment = Assignment(task_id="t", key="step-1", step=step, shared="", before=before)
    return await draft(Scripted([cut(text), more] if more else [said(text)]), assignment)


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


async def test_a_new_file_may_come_as_an_edit_that_replaces_nothing():
    made = await drafted("calc.py\n<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE\n")

    assert (made.data, made.matched_by) == (b"x = 1\n", "search_replace")


async def test_an_edit_of_a_file_that_is_not_there_is_no_file():
    made = await drafted(EDIT)

    assert (made.data, made.code) == (None, "no_file_in_reply")


CUT_README = "```markdown\n# Tool\n\nInstall:\n\n```\npip install tool\n```\n\nCall it lik"
SNIPPET = (
    "Used so:\n\n```python\nfrom calc import add\n```\n\nThe file:\n\n```python\ndef add(a, b):\n    ret"
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PATH, "```python\ndef add(a, b):\n    ret"),
        (PATH, SNIPPET),
        (PATH, "```python\nx = 1\n```\n\n<<<<<<< SEARCH\nx"),
        ("README.md", CUT_README),
        ("README.md", f"README.md\n{CUT_README}"),
        ("README.md", "```markdown\n# Tool\n\nInstall:\n\n```\npip"),
    ],
)
async def test_a_file_that_may_be_the_one_that_was_cut_is_not_taken_for_whole(path, text):
    made = await drafted(text, path=path, more=cut(" "))

    assert (made.data, made.code) == (None, "output_truncated")


@pytest.mark.parametrize(
    ("path", "text", "data"),
    [
        (PATH, "```python\nx = 1\n```\nThis sets", b"x = 1\n"),
        (PATH, "```python\n# filepath: calc.py\nx = 1\n```\n\n```python\nimport ca", b"x = 1\n"),
        (
            "README.md",
            "<think>\nA\n</think>\n````markdown\n# T\n\n```\nls\n```\n````\nThis",
            b"# T\n\n```\nls\n```\n",
        ),
    ],
)
async def test_a_cut_reply_whose_file_is_whole_is_not_continued(path, text, data):
    made = await drafted(text, path=path, more=said("And never said this."))

    assert (made.reply, made.data) == (text, data)
