"""Completed means: every file that is owed is on disk with the hash of its receipt."""

from __future__ import annotations

from itertools import product

import pytest

from app.domain import Content, Deliverable, Disposition, Kind, Receipt, Span, sha256
from app.pipeline.completion import complete, settle, settle_failed
from app.task import ErrorCode, Progress, Settlement, TaskError

DISPOSITIONS = (None, *Disposition)
THERE = {Disposition.WRITTEN, Disposition.UNCHANGED}


def owed(number: int, kind: Kind = Kind.CREATE, path: str | None = None) -> Deliverable:
    where = None if kind is Kind.COMMAND else path or f"{number}.txt"
    return Deliverable(
        id=f"d{number}", kind=kind, path=where, content=Content.GENERATE, source=Span(number, number)
    )


def receipt(path: str, disposition: Disposition = Disposition.WRITTEN) -> Receipt:
    return Receipt(path=path, action="created", sha256=sha256(path), size=1, disposition=disposition)


def settled(*pairs: tuple[Kind, Disposition | None, bool]) -> Progress:
    return Progress(
        settlements=tuple(
            Settlement(
                deliverable=owed(n, kind), disposition=disposition, sha256="0" * 64 if hashed else None
            )
            for n, (kind, disposition, hashed) in enumerate(pairs, start=1)
        )
    )


@pytest.mark.parametrize("dispositions", list(product(DISPOSITIONS, repeat=3)))
def test_complete_is_true_for_written_and_unchanged_files_and_for_nothing_else(dispositions):
    progress = settled(*((Kind.CREATE, disposition, True) for disposition in dispositions))

    assert complete(progress) is (set(dispositions) <= THERE)


@pytest.mark.parametrize(("file", "command"), list(product(DISPOSITIONS, repeat=2)))
def test_a_commands_disposition_never_decides(file, command):
    progress = settled((Kind.EDIT, file, True), (Kind.COMMAND, command, False))

    assert complete(progress) is (file in THERE)


@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_a_file_without_a_hash_was_never_seen_on_disk(disposition):
    assert not complete(settled((Kind.CREATE, disposition, False)))


def test_a_task_that_owes_no_file_is_never_complete():
    assert not complete(Progress())
    assert not complete(settled((Kind.COMMAND, Disposition.NOT_RUN, False)))


def test_receipts_settle_every_deliverable_of_their_path():
    progress = Progress(
        settlements=(
            Settlement(deliverable=owed(1, path="a")),
            Settlement(deliverable=owed(2, Kind.EDIT, path="a")),
            Settlement(deliverable=owed(3, path="b")),
            Settlement(deliverable=owed(4, Kind.COMMAND)),
        )
    )

    after = settle(progress, [receipt("a"), receipt("b", Disposition.UNCHANGED)])

    written, unchanged, not_run = Disposition.WRITTEN, Disposition.UNCHANGED, Disposition.NOT_RUN
    assert [s.disposition for s in after.settlements] == [written, written, unchanged, not_run]
    assert [s.sha256 for s in after.settlements] == [sha256("a"), sha256("a"), sha256("b"), None]
    assert after.done == 3
    assert complete(after)


def test_a_file_without_a_receipt_has_failed():
    progress = Progress(settlements=(Settlement(deliverable=owed(1)), Settlement(deliverable=owed(2))))

    after = settle(progress, [receipt("1.txt")])

    assert after.settlements[1].disposition is Disposition.FAILED
    assert after.done == 1
    assert not complete(after)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_failed_task_has_no_deliverable_on_disk(code):
    progress = Progress(
        settlements=(
            Settlement(deliverable=owed(1), disposition=Disposition.WRITTEN, sha256="0" * 64),
            Settlement(deliverable=owed(2, Kind.COMMAND)),
        ),
        done=1,
    )

    after = settle_failed(progress, TaskError(code=code, detail="x"))

    refused = code in (ErrorCode.PATH_REFUSED, ErrorCode.REJECTED)
    assert after.settlements[0].disposition is (Disposition.REFUSED if refused else Disposition.FAILED)
    assert after.settlements[1].disposition is Disposition.NOT_RUN
    assert after.done == 0
    assert not complete(after)
