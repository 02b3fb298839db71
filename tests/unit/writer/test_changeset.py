"""Change sets as values: clashes, quotas, inversion."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Content, FileChange
from app.writer.changeset import digest, invert, placed
from app.writer.policy import PathRefused, Policy, Quotas

sides = st.none() | st.binary(max_size=4)


def change(path: str, after: bytes | None = b"x", before: bytes | None = None) -> FileChange:
    return FileChange(path=path, before=before, after=after, content=Content.INLINE)


@pytest.mark.parametrize(
    "paths",
    [
        ("a.txt", "a.txt"),
        ("a.txt", "./a.txt"),
        ("a.txt", "A.TXT"),
        ("straße.txt", "STRASSE.txt"),
        ("Sub/a.txt", "sub/a.txt"),
        ("a", "a/b"),
        ("A", "a/b/c"),
        ("a/b/c", "a/b", "z"),
        ("a.txt", "/ws/task/a.txt"),
    ],
)
def test_paths_that_cannot_stand_side_by_side_everywhere_are_refused(paths: tuple[str, ...]) -> None:
    policy = Policy(Path("/ws"), (Path("/tmp"),)).within("task")

    with pytest.raises(PathRefused) as caught:
        placed([change(path) for path in paths], policy)
    assert caught.value.code == "path_clash"


def test_paths_that_only_look_alike_stand_side_by_side() -> None:
    paths = ["a", "a.txt", "a-b/c", "ab/c", "b/a", "a.d/x", "/tmp/a", "/tmp/a.txt"]

    pairs = placed([change(path) for path in paths], Policy(Path("/ws"), (Path("/tmp"),)).within("task"))

    assert [target.name for target, _ in pairs] == paths


@pytest.mark.parametrize(
    ("quotas", "code"),
    [
        (Quotas(files=1), "quota_files"),
        (Quotas(file_bytes=2), "quota_file_bytes"),
        (Quotas(task_bytes=5), "quota_task_bytes"),
    ],
)
def test_more_than_a_task_may_write_is_refused(quotas: Quotas, code: str) -> None:
    changes = [change("a", b"123"), change("b", b"456")]

    with pytest.raises(PathRefused) as caught:
        placed(changes, Policy(Path("/ws"), quotas=quotas))
    assert caught.value.code == code


def test_exactly_what_a_task_may_write_is_not_refused() -> None:
    quotas = Quotas(files=2, file_bytes=3, task_bytes=6)

    assert len(placed([change("a", b"123"), change("b", b"456")], Policy(Path("/ws"), quotas=quotas))) == 2


@given(st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.tuples(sides, sides)))
def test_inverting_twice_is_the_same_change_set(sets: dict[str, tuple[bytes | None, bytes | None]]) -> None:
    changes = tuple(change(path, after, before) for path, (before, after) in sets.items())

    assert invert(invert(changes)) == changes


def test_a_digest_tells_change_sets_apart_by_path_and_both_sides() -> None:
    one = [change("a"), change("a", b"y"), change("a", None), change("a", None, b"x"), change("a", b"", None)]
    digests = {digest([each]) for each in (*one, change("b"))} | {digest([])}

    assert len(digests) == 7
