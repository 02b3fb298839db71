"""The check's JSON, field by field as the contract has it."""

from __future__ import annotations

from app.domain import sha256
from app.instruction.check import as_json, check

INSTRUCTION = """# Two things

Create `a.py`:

```python
A = 1
```

Modify `b.py`:

<<<<<<< SEARCH
x
=======
y
>>>>>>> REPLACE
"""


def test_the_json_of_a_check_is_what_the_contract_says() -> None:
    assert as_json(check(INSTRUCTION)) == {
        "title": "Two things",
        "verdict": "complete",
        "deliverables": [
            {
                "id": "d1",
                "kind": "create",
                "path": "a.py",
                "content": "inline",
                "source": {"start_line": 5, "end_line": 7},
                "sha256": sha256("A = 1\n"),
                "bytes": 6,
                "description": "Create `a.py`:",
            },
            {
                "id": "d2",
                "kind": "edit",
                "path": "b.py",
                "content": "inline",
                "source": {"start_line": 11, "end_line": 15},
                "format": "search_replace",
                "search_sha256": sha256("x"),
                "replace_sha256": sha256("y"),
            },
        ],
        "blocks": [
            {
                "start_line": 5,
                "end_line": 7,
                "lang": "python",
                "disposition": "create",
                "path": "a.py",
                "deliverable": "d1",
                "reason": "the sentence asks to create it",
            }
        ],
        "problems": [],
        "estimate": {"prompt_tokens": 32, "model_calls": 0},
    }


def test_a_block_with_several_deliverables_names_them_all() -> None:
    block = "Edit `a.py`:\n\n```\n" + "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n" * 2 + "```\n"
    entry = as_json(check(block))["blocks"][0]

    assert entry["deliverable"] == "d1"
    assert entry["deliverables"] == ["d1", "d2"]


def test_open_files_cost_a_plan_and_a_call_each() -> None:
    assert check("Create `a.py` and `b.py`.").model_calls == 3


def test_a_problem_tells_its_line_and_how_to_mend_it() -> None:
    problem = as_json(check("# T\n\nCreate `../a.py`:\n\n```python\nA = 1\n```\n"))["problems"][0]

    assert (problem["code"], problem["severity"], problem["line"]) == ("forbidden_path", "error", 5)
    assert problem["suggestion"]
