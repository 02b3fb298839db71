"""The contents that a reply gives one path: by edits of what is there, or by a block that holds the file."""

from __future__ import annotations

from dataclasses import dataclass

from app.coder.edits import EditProblem, apply_to_bytes
from app.coder.languages import language, language_of
from app.coder.reply import Reply, ReplyFile

_EDIT_LOST = frozenset(("edit_not_closed", "edit_unclear", "edit_without_context"))


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's new bytes and the rule that found them."""

    data: bytes
    matched_by: str


@dataclass(frozen=True, slots=True)
class NotMade:
    """Why the edits that a reply gives a path cannot be made."""

    detail: str


def contents(
    reply: Reply, path: str, before: bytes | None, *, named_only: bool = False
) -> Contents | NotMade | None:
    """What the reply gives the path, whose file is now `before`; None where it gives it nothing.

    A block or an edit that names no file is taken, too, unless `named_only`. A new file may be an edit of
    nothing.
    """
    edits = [edit for edit in reply.edits if edit.path == path or not (edit.path or named_only)]
    file = chosen_file(reply, path, named_only=named_only)
    trouble = edit_trouble(reply)
    if trouble and (edits or file is None or file.path is None):
        return NotMade(trouble)
    begins = file is None and not any(edit.search.strip() for edit in edits)
    if edits and (before is not None or begins):
        outcome = apply_to_bytes(before or b"", edits)
        if isinstance(outcome, EditProblem):
            return NotMade(outcome.message)
        return Contents(outcome.data, "search_replace")
    return Contents(_in_the_style_of(before, file.content), file.matched_by) if file else None


def edit_trouble(reply: Reply) -> str | None:
    """What is wrong with the edits of a reply that could not be read; None where all of them could.

    The edits beside them must not be applied alone: nobody asked for half of a change.
    """
    said = [problem.message for problem in reply.problems if problem.code in _EDIT_LOST]
    return "; ".join(dict.fromkeys(said)) or None


def _in_the_style_of(before: bytes | None, text: str) -> bytes:
    """A new version of a file, with the line ends of the old one."""
    crlf = before is not None and before.count(b"\r\n") * 2 > before.count(b"\n")
    return text.replace("\n", "\r\n").encode() if crlf else text.encode()


def chosen_file(reply: Reply, path: str, *, named_only: bool = False) -> ReplyFile | None:
    """The block that names the path; else, of those that name none, the first in the path's language."""
    named = [file for file in reply.files if file.path == path]
    if named or named_only:
        return named[-1] if named else None
    unnamed = [file for file in reply.files if file.path is None]
    wanted = language_of(path)
    fitting = [file for file in unnamed if wanted and language(file.lang) == wanted]
    return next(iter(fitting or [file for file in unnamed if not _is_command(file, path)]), None)


def _is_command(file: ReplyFile, path: str) -> bool:
    return language(file.lang) == "bash" and language_of(path) != "bash"
