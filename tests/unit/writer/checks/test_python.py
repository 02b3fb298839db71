"""Python's parser, asked by many threads as the gate's checks are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.writer.checks.stubs import stubs
from app.writer.checks.subject import Subject
from app.writer.checks.syntax import syntax
from app.writer.checks.undefined import undefined

CODE = "".join(
    f"def f{n}(a, b=[1, (2, {{3: [4]}})]):\n    return [x for x in (a, b) if x and not (b, [a])]\n"
    for n in range(20)
)


class Garbage:
    """Leaves a cycle whose end runs Python code, in the midst of whatever runs then."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(50))


def look(_: int) -> set[str | None]:
    for _ in range(20):
        Garbage()
    subject = Subject(path="a.py", after=CODE, before=None)
    return {check(subject).code for check in (syntax, stubs, undefined)}


def test_checks_that_parse_at_the_same_time_do_not_disturb_each_other() -> None:
    with ThreadPoolExecutor(4) as threads:
        for codes in threads.map(look, range(200)):
            assert codes == {None}
