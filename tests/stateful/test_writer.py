"""Change sets against a dictionary: applied, refused, cut short, reverted, the disk agrees with the model."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from app.domain import Content, FileChange
from app.writer.apply import Conflict, PathRefused, WriteFailed, apply, recover, revert
from app.writer.files import Files
from app.writer.policy import Policy
from tests.crash.struck_files import Died, StruckFiles

pytestmark = pytest.mark.timeout(600)
PATHS = ("a.txt", "b.txt", "d/a.txt", "d/e/f.txt", "d/e/g.txt", "h/i.txt", "a.txt/below", "d/e", "A.txt")
Model = dict[str, bytes]
contents = st.one_of(st.none(), st.binary(max_size=6), st.just(b"#!/bin/sh\n"))
wishes = st.dictionaries(st.sampled_from(PATHS), contents, min_size=1, max_size=5)


def above(path: str) -> list[str]:
    return [path[:cut] for cut, mark in enumerate(path) if mark == "/"]


def clashes(wish: Iterable[str]) -> bool:
    """True where two paths differ only in case, or one is a folder of another."""
    folded = [path.casefold() for path in wish]
    return len(set(folded)) < len(folded) or any(
        folder in folded for path in folded for folder in above(path)
    )


class Writer(RuleBasedStateMachine):
    """The tree as it should be, and the change sets that made it so."""

    done: Bundle[tuple[str, tuple[FileChange, ...]]] = Bundle("done")

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="writer-"))
        self.model: Model = {}
        self.runs = 0

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def changes(self, wish: dict[str, bytes | None]) -> tuple[FileChange, ...]:
        return tuple(
            FileChange(path=path, before=self.model.get(path), after=after, content=Content.INLINE)
            for path, after in wish.items()
        )

    def after(self, wish: dict[str, bytes | None]) -> Model:
        merged: dict[str, bytes | None] = {**self.model, **wish}
        return {path: data for path, data in merged.items() if data is not None}

    def apply(self, changes: tuple[FileChange, ...], name: str, files: Files | None = None) -> None:
        policy = Policy(self.base / "ws").within("t")
        apply(
            changes,
            policy=policy,
            journal=self.base / "journal",
            name=name,
            fence=lambda: None,
            files=files or StruckFiles(),
        )

    def has_no_place(self, wish: Iterable[str]) -> bool:
        """True where paths clash among themselves, with a folder, or with a file in a folder's place."""
        tree = self.base / "ws" / "t"
        taken = any(self.is_folder(path) for path in wish)
        barred = any((tree / folder).is_file() for path in wish for folder in above(path))
        return taken or barred or clashes(wish)

    def is_folder(self, path: str) -> bool:
        return (self.base / "ws" / "t" / path).is_dir()

    def name(self) -> str:
        self.runs += 1
        return f"run-{self.runs}"

    @rule(target=done, wish=wishes)
    def applies(self, wish: dict[str, bytes | None]):
        changes, name = self.changes(wish), self.name()
        try:
            self.apply(changes, name)
        except PathRefused:
            assert self.has_no_place(wish)
            return multiple()
        assert not self.has_no_place(wish)
        self.model = self.after(wish)
        self.apply(changes, name)
        return name, changes

    @rule(wish=wishes, stray=st.binary(min_size=7, max_size=9))
    def is_refused_where_the_tree_moved(self, wish: dict[str, bytes | None], stray: bytes) -> None:
        changes = tuple(
            FileChange(path=c.path, before=stray, after=stray * 2, content=c.content)
            for c in self.changes(wish)
        )
        try:
            self.apply(changes, self.name())
        except Conflict as conflict:
            moved = conflict.paths
        except PathRefused:
            return
        assert set(moved) == set(wish)

    @rule(wish=wishes, at=st.integers(1, 120), late=st.booleans())
    def is_broken_off(self, wish: dict[str, bytes | None], at: int, *, late: bool) -> None:
        files = StruckFiles(at=at, number=errno.EIO, late=late)
        try:
            self.apply(self.changes(wish), self.name(), files)
        except (WriteFailed, PathRefused):
            return
        assert recover(self.base / "journal", files=StruckFiles()) == ()
        self.model = self.after(wish)

    @rule(target=done, wish=wishes, at=st.integers(1, 120), late=st.booleans())
    def dies_and_is_asked_again(self, wish: dict[str, bytes | None], at: int, *, late: bool):
        changes, name = self.changes(wish), self.name()
        try:
            self.apply(changes, name, StruckFiles(at=at, late=late))
        except PathRefused:
            return multiple()
        except Died:
            assert recover(self.base / "journal", files=StruckFiles()) == ()
            try:
                self.apply(changes, name)
            except PathRefused:
                return multiple()
        recover(self.base / "journal", files=StruckFiles())
        self.model = self.after(wish)
        return name, changes

    @rule(run=consumes(done))
    def reverts(self, run: tuple[str, tuple[FileChange, ...]]) -> None:
        of, changes = run
        policy = Policy(self.base / "ws").within("t")
        moved = {
            c.path
            for c in changes
            if self.model.get(c.path) not in (c.after, c.before) or self.is_folder(c.path)
        }
        try:
            revert(
                changes,
                of=of,
                policy=policy,
                journal=self.base / "journal",
                name=self.name(),
                fence=lambda: None,
                files=StruckFiles(),
            )
        except Conflict as conflict:
            named = set(conflict.paths)
        except PathRefused:
            return
        else:
            named = set()
            self.model = self.after({c.path: c.before for c in changes})
        assert named == moved

    @rule(path=st.sampled_from(("a.txt", "d/a.txt")), data=st.binary(max_size=3))
    def someone_else_writes(self, path: str, data: bytes) -> None:
        file = self.base / "ws" / "t" / path
        if not file.is_dir() and file.parent.is_dir():
            file.write_bytes(data)
            self.model[path] = data

    @invariant()
    def the_disk_is_as_the_model(self) -> None:
        tree = self.base / "ws" / "t"
        found = {str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*") if p.is_file()}
        assert found == self.model


TestWriter = Writer.TestCase
TestWriter.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
