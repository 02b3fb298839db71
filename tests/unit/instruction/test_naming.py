"""Lines of prose and the files they name."""

from __future__ import annotations

import pytest

from app.instruction.names import Role
from app.instruction.naming import names_in

NAMED = [
    ("Create `a.py`", "a.py", Role.CREATE),
    ("**Create:** `a.py`", "a.py", Role.CREATE),
    ("**CREATE FILE: /x/a.py**", "/x/a.py", Role.CREATE),
    ("### Step 3: Create `./x/a.py`", "x/a.py", Role.CREATE),
    ("New file: `a.py`", "a.py", Role.CREATE),
    ("**File:** `a.py` (new)", "a.py", Role.CREATE),
    ("Please write a new module called `a.py` that counts.", "a.py", Role.CREATE),
    ("Create a script called hello.sh", "hello.sh", Role.CREATE),
    ("Write tests for `a.py` in `tests/test_a.py`", "tests/test_a.py", Role.CREATE),
    ("Save this as `a.py`.", "a.py", Role.CREATE),
    ("You need to create the file `Dockerfile`.", "Dockerfile", Role.CREATE),
    ("Put the helpers in a new file `a.py`.", "a.py", Role.CREATE),
    ("Modify `a.py`", "a.py", Role.EDIT),
    ("In `a.py`, replace the loop:", "a.py", Role.EDIT),
    ("Add the import to `a.py`:", "a.py", Role.EDIT),
    ("- **Modify:** `a.py`", "a.py", Role.EDIT),
    ("After line 40 in `a.py`, add:", "a.py", Role.EDIT),
    ("and in the imports of `a.py`:", "a.py", Role.EDIT),
    ("File: `a.py`", "a.py", Role.FILE),
    ("### File 2 of 4: `a.py`", "a.py", Role.FILE),
    ("**`a.py`**", "a.py", Role.FILE),
    ("- `a.py`: counts words", "a.py", Role.LISTED),
    ("See `a.py` for the style.", "a.py", Role.MENTION),
    ("Do not create `a.py`.", "a.py", Role.MENTION),
    ("Write tests for `a.py`", "a.py", Role.MENTION),
    ("Create a script that reads `a.json`", "a.json", Role.MENTION),
    ("- `a.py` (reference only)", "a.py", Role.MENTION),
    ("Make `a.sh` executable", "a.sh", Role.MENTION),
    ("In `a.py` we have many loops.", "a.py", Role.MENTION),
]
SILENT = [
    "Run `python a.py`",
    "Create the directory `data/in/`",
    "Create an endpoint `/api/v1/users`",
    "Node.js 20 and version 1.2.3 are needed, see https://example.org/a.py",
    "Call `os.path.join()` and `self.run()`",
]


@pytest.mark.parametrize(("line", "path", "role"), NAMED)
def test_a_line_gives_its_file_the_role_its_author_meant(line: str, path: str, role: Role) -> None:
    assert [name.role for name in names_in([line], 1) if name.path == path] == [role]


@pytest.mark.parametrize("line", SILENT)
def test_what_is_no_file_is_no_name(line: str) -> None:
    assert names_in([line], 1) == ()


def test_files_of_one_phrase_share_its_role() -> None:
    names = names_in(["Create `a.py`, `b.py` and `c.py` from `d.py`."], 1)

    assert [(name.path, name.role) for name in names] == [
        ("a.py", Role.CREATE),
        ("b.py", Role.CREATE),
        ("c.py", Role.CREATE),
        ("d.py", Role.MENTION),
    ]
