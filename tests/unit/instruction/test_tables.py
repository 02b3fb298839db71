"""Tables of files: the column that holds the path, the column that says what is done with it."""

from __future__ import annotations

import pytest

from app.instruction.names import Role
from app.instruction.tables import Table, table_names


def roles(*rows: str, listing: Role | None = None) -> list[tuple[str, Role]]:
    table = Table(0)
    names = [name for n, row in enumerate(rows, 1) for name in table_names(table, row, n, listing)]
    return [(name.path, name.role) for name in names]


@pytest.mark.parametrize(
    ("head", "row", "role"),
    [
        ("| File | Action |", "| `a.py` | Create |", Role.CREATE),
        ("| File | Action |", "| `a.py` | **NEW** |", Role.CREATE),
        ("| Action | File |", "| CREATE | `a.py` — the model |", Role.CREATE),
        ("| Action | Path |", "| MODIFY | `a.py` |", Role.EDIT),
        ("| File | Change |", "| `a.py` | Add a field to `Config` |", Role.EDIT),
        ("| Task | Deliverable |", "| Create the launcher | `a.py` |", Role.CREATE),
        ("| Task | Deliverable |", "| Implement `run` | `a.py` |", Role.CREATE),
        ("| File | Action |", "| `a.py` | Delete |", Role.MENTION),
        ("| File | Action |", "| `a.py` | No change |", Role.MENTION),
        ("| File | Purpose |", "| `a.py` | counts words |", Role.MENTION),
    ],
)
def test_the_action_column_decides(head: str, row: str, role: Role) -> None:
    assert roles(head, "|---|---|", row) == [("a.py", role)]


def test_without_an_action_column_the_heading_above_decides() -> None:
    rows = ("| File | Purpose |", "|:--|--:|", "| `a.py` | counts |")

    assert roles(*rows, listing=Role.CREATE) == [("a.py", Role.CREATE)]


def test_the_head_and_the_rule_name_no_files() -> None:
    assert roles("| `a.py` | `b.py` |", "|---|---|") == []


def test_a_cell_that_is_no_path_names_none() -> None:
    assert roles("| Setting | Value |", "|---|---|", "| port | 80 |") == []
