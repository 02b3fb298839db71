"""The parser: what files and edits a model's reply holds, and what became of each of its blocks.

A reply is read once, from its first line to its last, in linear time. Only its end decides which fence
closes a README and which of two blocks for one path stands, so chunks are kept until `close`.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.coder.answer import Reply, ReplyBlock, ReplyFile
from app.coder.drafts import normal, without_opening_draft
from app.coder.pieces import Pieces, unfenced
from app.coder.reading import Reading
from app.domain import JsonObject, sha256

__all__ = ["Reply", "ReplyBlock", "ReplyFile", "ReplyParser", "as_json", "parse"]


class ReplyParser:
    """Parses a reply that arrives in chunks; however it is cut, the answer is that of `parse`."""

    def __init__(self, *, paths: Sequence[str] = ()) -> None:
        self._paths = tuple(paths)
        self._chunks: list[str] = []

    def feed(self, chunk: str) -> None:
        self._chunks.append(chunk)

    def close(self) -> Reply:
        """What the reply holds, now that it is whole."""
        return parse("".join(self._chunks), paths=self._paths)


def parse(text: str, *, paths: Sequence[str] = ()) -> Reply:
    """What the reply holds; never raises.

    `paths` are those the task knows: a name that is the end of exactly one of them means that one.
    """
    answer, closed = without_opening_draft(normal(text))
    pieces = Pieces(answer)
    reading = Reading(paths)
    for piece in pieces:
        reading.take(piece)
    if not reading.blocks:
        for piece in unfenced(answer):
            reading.take(piece)
    if not (reading.blocks or pieces.open_draft) and answer.strip():
        reading.complain("nothing_found", "the reply holds no fenced block, no tagged file and no edit", 1)
    if pieces.open_draft or not closed:
        reading.complain("thinking_not_closed", "the reply ends inside its thinking", 1)
    if pieces.overfull:
        reading.complain(
            "too_many_blocks", "the reply holds more blocks than a reply does; the rest is unread", 1
        )
    return reading.reply()


def as_json(reply: Reply) -> JsonObject:
    """The reply as `jr parse --json` prints it. A file that nothing names is a problem there, not a file."""
    return {
        "files": [
            {
                "path": file.path,
                "content": file.content,
                "sha256": sha256(file.content),
                "matched_by": file.matched_by,
                "complete": file.complete,
            }
            for file in reply.files
            if file.path is not None
        ],
        "edits": [
            {"path": edit.path, "search": edit.search, "replace": edit.replace} for edit in reply.edits
        ],
        "problems": [
            {"code": problem.code, "message": problem.message, "line": problem.line}
            for problem in reply.problems
        ],
    }
