"""Members of stored JSON, read inside the database: a list of tasks loads no whole plan or instruction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Label, cast, func


def member(connection: Connection, column: ColumnElement[Any], name: str) -> Label[Any]:
    """The member `name` of the JSON object in a text column; on PostgreSQL every value comes as text."""
    found: ColumnElement[Any] = cast(column, JSON)[name].as_string()
    if connection.dialect.name == "sqlite":
        found = func.json_extract(column, f"$.{name}")
    return found.label(name)
