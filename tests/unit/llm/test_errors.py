"""The tree of errors is what its drawing says."""

from __future__ import annotations

import re

import pytest

from app.llm import errors
from app.llm.errors import LlmError

ROW = re.compile(
    r"(?P<name>[A-Z]\w+) +(?P<retry>\d|-) +(?P<other>yes|-) +(?P<rung>yes|-) +(?P<breaker>yes|3rd|-) "
)
ROWS = [match.groupdict() for match in ROW.finditer(errors.__doc__ or "")]


def every(kind: type[LlmError]) -> set[type[LlmError]]:
    return {kind, *(found for child in kind.__subclasses__() for found in every(child))}


def test_every_error_is_drawn() -> None:
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in every(LlmError))
    assert {row["name"] for row in ROWS} == {
        kind.__name__ for kind in every(LlmError) if "code" in vars(kind)
    } - {"LlmError"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_an_error_allows_what_its_row_says(row: dict[str, str]) -> None:
    kind = getattr(errors, row["name"])
    said = (row["retry"].replace("-", "0"), row["other"], row["rung"], row["breaker"].replace("3rd", "-"))
    flags = ("yes" if flag else "-" for flag in (kind.other_server, kind.next_rung, kind.breaker))
    assert (str(kind.retries), *flags) == said


def test_codes_are_each_errors_own() -> None:
    codes = [vars(kind)["code"] for kind in every(LlmError) if "code" in vars(kind)]
    assert len(codes) == len(set(codes))
