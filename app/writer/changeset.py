"""A task's change set as a value: where each change goes, what clashes, what is too much, how to undo it."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from app.domain import FileChange, sha256
from app.writer.errors import PathRefused
from app.writer.policy import Policy, Quotas, TargetPath


def placed(changes: Sequence[FileChange], policy: Policy) -> tuple[tuple[TargetPath, FileChange], ...]:
    """Each change with its place, in the order given. Raises PathRefused on paths, clashes and quotas."""
    within_quotas(changes, policy.quotas)
    pairs = tuple((policy.parse(change.path), change) for change in changes)
    _refuse_clashes([target for target, _ in pairs])
    return pairs


def within_quotas(changes: Sequence[FileChange], quotas: Quotas) -> None:
    """Raises PathRefused where the change set is larger than a task may write."""
    if len(changes) > quotas.files:
        raise PathRefused(
            "quota_files", f"{len(changes)} files are more than the {quotas.files} a task may write."
        )
    for change in changes:
        if len(change.after or b"") > quotas.file_bytes:
            detail = f"`{change.path}` has {len(change.after or b'')} bytes; {quotas.file_bytes} are allowed."
            raise PathRefused("quota_file_bytes", detail, change.path)
    total = sum(len(change.after or b"") for change in changes)
    if total > quotas.task_bytes:
        raise PathRefused(
            "quota_task_bytes", f"{total} bytes are more than the {quotas.task_bytes} a task may write."
        )


def invert(changes: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """The change set that puts every file back; applying both in turn is the identity."""
    return tuple(replace(change, before=change.after, after=change.before) for change in reversed(changes))


def digest(changes: Sequence[FileChange]) -> str:
    """Names a change set by its paths and contents."""
    rows = [
        [c.path, *(None if side is None else sha256(side) for side in (c.before, c.after))] for c in changes
    ]
    return sha256(json.dumps(rows))


def _refuse_clashes(targets: Sequence[TargetPath]) -> None:
    """No two names for one file, whatever their letter case; no file where another needs a folder."""
    by_key = sorted((_key(target), target.name) for target in targets)
    for (one, name), (other, second) in itertools.pairwise(by_key):
        if one == other:
            detail = f"`{name}` and `{second}` are one file where letter case does not count."
            raise PathRefused("path_clash", detail, second)
    files = dict(by_key)
    for key, name in by_key:
        for depth in range(1, len(key)):
            if key[:depth] in files:
                detail = f"`{files[key[:depth]]}` would have to be both a file and a folder, for `{name}`."
                raise PathRefused("path_clash", detail, name)


def _key(target: TargetPath) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", name.casefold()) for name in target.location)
