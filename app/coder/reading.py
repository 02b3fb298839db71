"""Reading: each piece of a reply becomes a file, an edit, or something a person should know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.coder import hunks
from app.coder.answer import Reply, ReplyBlock, ReplyFile
from app.coder.comments import Marker, marker
from app.coder.edits import text_of
from app.coder.heredocs import heredocs
from app.coder.languages import OUTPUTS, SHELLS
from app.coder.naming import Name
from app.coder.objects import objects
from app.coder.pathlike import extension
from app.coder.pieces import Piece, Pieces, shifted
from app.domain import Edit, Problem, Use

_HEAD = 13
_UNNAMED = "unnamed"
_TAGS = re.compile(r"\s*(?:<[^<>\n]{1,300}>)?\s*")


@dataclass(slots=True)
class Reading:
    """A reply being read: pieces go in, one after another, files and edits come out."""

    paths: Sequence[str]
    blocks: list[ReplyBlock] = field(default_factory=list)
    _files: dict[str, tuple[ReplyFile, bool, int]] = field(default_factory=dict)
    _unnamed: list[ReplyFile] = field(default_factory=list)
    _set_aside: list[tuple[ReplyFile, int]] = field(default_factory=list)
    _edits: list[Edit] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)
    _edited: str = ""

    def complain(self, code: str, message: str, line: int) -> None:
        self._problems.append(Problem(code=code, message=message, line=line))

    def take(self, piece: Piece) -> None:
        if piece.search is not None and piece.name:
            self._take_replacement(piece, piece.name, piece.search)
            return
        if piece.form not in {"fence", "tag"}:
            self._take_edits(piece, piece.form, piece.name, piece.text.split("\n"))
            return
        head = piece.text.split("\n", _HEAD)[:_HEAD]
        mark = marker(head, piece.tag)
        form = hunks.form_of(head, piece.tag.lower())
        if form and not _is_patch_file(piece.name):
            name = Name(mark.path, mark.rule) if mark else piece.name
            self._take_edits(piece, form, name, piece.text.split("\n"))
            return
        inner = _wrapped(piece) if piece.form == "fence" else []
        if any(part.name and self._expected(part.name.path) for part in inner):
            for part in inner:
                self.take(shifted(part, piece.line))
            return
        self._take_file(piece, mark)

    def _take_edits(self, piece: Piece, form: str, name: Name | None, lines: Sequence[str]) -> None:
        path = self._resolved(name.path) if name else self._edited
        found = hunks.read(form, lines, path, piece.line + (piece.form == "fence"))
        edits = [replace(edit, path=self._resolved(edit.path)) for edit in found.edits]
        self._edited = edits[-1].path if edits else path
        self._edits.extend(edits)
        self._problems.extend(found.problems)
        named = {edit.path for edit in edits}
        only = next(iter(named)) if len(named) == 1 else None
        self._block(piece, Use.EDIT, f"{len(edits)} edits as {form}", only)
        if "" in named:
            self.complain("unnamed_block", "nothing says which file these edits change", piece.line)
        for path, contents in found.files:
            self._name_file(piece, contents, Name(path, form), Use.CREATE)

    def _take_replacement(self, piece: Piece, name: Name, search: str) -> None:
        path = self._resolved(name.path)
        if not piece.closed:
            self.complain("edit_not_closed", "the reply ends inside an edit", piece.line)
        else:
            old, new = (text_of(text.split("\n")[:-1]) for text in (search, piece.text))
            self._edits.append(Edit(path=path, search=old, replace=new))
        self._block(piece, Use.EDIT, "an edit between tags", path)

    def _take_file(self, piece: Piece, mark: Marker | None) -> None:
        name, mark = self._agreed(piece, mark)
        text = _without_lines(piece.text, mark.line, mark.length) if mark else piece.text
        if name:
            self._name_file(piece, text, name, Use.CREATE)
            return
        self._take_unnamed(piece, text)

    def _agreed(self, piece: Piece, mark: Marker | None) -> tuple[Name | None, Marker | None]:
        """The name by the marker inside or the words around; a bare comment does not outdo a name that
        stands above.
        """
        around = piece.name
        if mark is None:
            return around or piece.name_below, None
        if around is None or not around.strong or _same_end(around.path, mark.path):
            longer = around.path if around and around.path.endswith("/" + mark.path) else mark.path
            return Name(longer, mark.rule), mark
        winner = mark.path if mark.rule == "filepath_comment" else around.path
        message = f"the block is called `{around.path}` above and `{mark.path}` inside; taken as `{winner}`"
        self.complain("names_disagree", message, piece.line)
        return (Name(mark.path, mark.rule), mark) if winner == mark.path else (around, None)

    def _take_unnamed(self, piece: Piece, text: str) -> None:
        file = _file(piece, None, text, _UNNAMED)
        lang = piece.tag.lower()
        if self._take_inner(piece, text, lang):
            return
        if not text.strip():
            self._block(piece, Use.EXAMPLE, "empty")
        elif lang in SHELLS:
            self._set_aside.append((file, len(self.blocks)))
            self._block(piece, Use.COMMAND, "commands for a person")
        elif piece.shown_only or lang in OUTPUTS - {"text", "plain", "plaintext"} or _is_tree(text):
            self._set_aside.append((file, len(self.blocks)))
            self._block(piece, Use.EXAMPLE, "announced as an output or an example")
        else:
            self._unnamed.append(file)
            self._block(piece, Use.UNRESOLVED, "nothing names it")

    def _take_inner(self, piece: Piece, text: str, lang: str) -> bool:
        """Takes the files that a block writes by commands or gives as JSON; False where it does neither."""
        written = heredocs(text) if piece.closed and (not lang or lang in SHELLS) else []
        given = (
            [] if lang not in {"", "json"} else [file for file in objects(text) if self._expected(file[0])]
        )
        for path, contents in written or given:
            self._name_file(piece, contents, Name(path, "heredoc" if written else "json"), Use.CREATE)
        return bool(written or given)

    def _expected(self, path: str) -> bool:
        """False for a file that the task does not know, where it knows any."""
        return not self.paths or self._resolved(path) in self.paths

    def _name_file(self, piece: Piece, text: str, name: Name, use: Use) -> None:
        path = self._resolved(name.path)
        file = _file(piece, path, text, name.rule)
        earlier = self._files.get(path)
        if earlier and not self._outdoes(file, name, earlier):
            self._block(piece, Use.EXAMPLE, "another block holds this file", path)
            return
        if earlier:
            self.blocks[earlier[2]] = replace(
                self.blocks[earlier[2]], use=Use.EXAMPLE, reason="a later block holds this file"
            )
        self._files[path] = (file, name.strong, len(self.blocks))
        self._block(piece, use, f"named by {name.rule}", path)
        if not piece.closed:
            self.complain("block_not_closed", f"the reply ends before the block of `{path}` does", piece.line)

    def _outdoes(self, file: ReplyFile, name: Name, earlier: tuple[ReplyFile, bool, int]) -> bool:
        """Of two blocks for one path the later one counts, if it is whole and no mere mention."""
        held, strong, _ = earlier
        if held.content == file.content and held.complete:
            return False
        wins = file.complete and (name.strong or not strong or not held.complete)
        stands = "later" if wins else "first"
        message = f"two blocks hold `{file.path}` (the first at line {held.line}); the {stands} one is taken"
        self.complain("path_repeated", message, file.line)
        return wins

    def _resolved(self, path: str) -> str:
        if not path or path in self.paths:
            return path
        ends = [known for known in self.paths if known.endswith("/" + path)]
        return ends[0] if len(ends) == 1 else path

    def _block(self, piece: Piece, use: Use, reason: str, path: str | None = None) -> None:
        self.blocks.append(
            ReplyBlock(
                start_line=piece.line,
                end_line=piece.end_line,
                lang=piece.tag,
                use=use,
                reason=reason,
                path=path,
            )
        )

    def reply(self) -> Reply:
        unnamed = self._unnamed
        if not (unnamed or self._files or self._edits) and len(self._set_aside) == 1:
            file, index = self._set_aside[0]
            unnamed = [file]
            self.blocks[index] = replace(
                self.blocks[index], use=Use.UNRESOLVED, reason="the only block; nothing names it"
            )
        for file in unnamed:
            self.complain("unnamed_block", "nothing names the file this block holds", file.line)
        return Reply(
            files=(*(held[0] for held in self._files.values()), *unnamed),
            edits=tuple(self._edits),
            blocks=tuple(self.blocks),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line or 0)),
        )


def _file(piece: Piece, path: str | None, text: str, rule: str) -> ReplyFile:
    return ReplyFile(
        path=path, content=text, matched_by=rule, line=piece.line, complete=piece.closed, lang=piece.tag
    )


def _wrapped(piece: Piece) -> list[Piece]:
    """The tagged files of a fence that holds nothing else; empty for a file of its own."""
    text = piece.text.strip()
    if piece.name or not text.startswith("<") or not text.endswith(">"):
        return []
    inner = [part for part in Pieces(piece.text) if part.form == "tag"]
    head = piece.text.split("\n", inner[0].line - 1)[: inner[0].line - 1] if inner else []
    return inner if all(_TAGS.fullmatch(line) for line in head) else []


def _same_end(one: str, other: str) -> bool:
    return one == other or one.endswith("/" + other) or other.endswith("/" + one)


def _is_patch_file(name: Name | None) -> bool:
    return name is not None and name.strong and extension(name.path) in {"patch", "diff"}


def _is_tree(text: str) -> bool:
    return any(mark in text for mark in ("\u251c\u2500", "\u2514\u2500", "|-- ", "+-- "))


def _without_lines(text: str, number: int, count: int) -> str:
    lines = text.split("\n", number + count)
    return "\n".join([*lines[:number], *lines[number + count :]])
