"""Edits: find the one place each edit means and apply them in order, in memory.

An edit speaks in whole lines. Its place is sought exactly first, then under one uniform indentation, then
without regard to trailing spaces; what stands nowhere or in several places is a problem that quotes the
nearest lines. Line ends, byte order mark, encoding and a missing final newline stay as they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from app.coder.locate import Place, exact_places, nearest, places
from app.domain import Edit

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The text after all edits. `already` counts those that the file held before."""

    text: str
    already: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedBytes:
    """The bytes after all edits."""

    data: bytes
    already: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EditProblem:
    """Why edit number `index` (from 0) has no place, with the lines of the file nearest to what it sought."""

    code: str
    message: str
    index: int
    start_line: int | None = None
    end_line: int | None = None


EditOutcome = Applied | EditProblem


def lines_of(text: str) -> list[str]:
    """An edit's text as lines: none for the empty text, and blank lines alone are as many as their
    newlines.
    """
    text = text.replace("\r\n", "\n")
    return text.split("\n") if text.strip("\n") else [""] * len(text)


def text_of(lines: Sequence[str]) -> str:
    """Lines as an edit's text, without a final newline; the inverse of `lines_of`."""
    return "\n".join(lines) if any(lines) else "\n" * len(lines)


def apply_edits(before: str, edits: Sequence[Edit]) -> EditOutcome:
    """All edits applied in order, or the first that has no place; never some of them.

    An edit that the text holds already changes nothing: it does where undoing it and doing it again gives
    the same text. Edits that would change their own result once more are ambiguous.
    """
    outcome = _applied(before, edits)
    if isinstance(outcome, EditProblem) or outcome.text == before:
        return outcome
    again = _applied(outcome.text, edits)
    if isinstance(again, Applied) and again.text != outcome.text:
        message = "the SEARCH text would stand in the new file again. Take in more of the lines around it."
        return EditProblem(code="edit_ambiguous", message=message, index=len(edits) - 1)
    return outcome


def _applied(before: str, edits: Sequence[Edit]) -> EditOutcome:
    if edits and _held(before, edits):
        return Applied(text=before, already=len(edits))
    text, already = before, 0
    for index, edit in enumerate(edits):
        if _held(text, (edit,)):
            already += 1
            continue
        outcome = _apply(text, edit, index)
        if isinstance(outcome, EditProblem):
            return outcome
        text = outcome
    return Applied(text=text, already=already)


def apply_to_bytes(before: bytes, edits: Sequence[Edit]) -> AppliedBytes | EditProblem:
    """As `apply_edits`, on a file's bytes: UTF-8 or UTF-16 by its mark, else UTF-8, else Latin-1."""
    bom, encoding = next(((bom, name) for bom, name in _BOMS if before.startswith(bom)), (b"", "utf-8"))
    try:
        text = before[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        bom, encoding = b"", "latin-1"
        text = before.decode(encoding)
    outcome = apply_edits(text, edits)
    if isinstance(outcome, EditProblem):
        return outcome
    try:
        return AppliedBytes(data=bom + outcome.text.encode(encoding), already=outcome.already)
    except UnicodeEncodeError as error:
        odd = error.object[error.start]
        message = (
            f"the file is not UTF-8 but {encoding}, which has no character {odd!r} that an edit brings in"
        )
        return EditProblem(code="edit_not_encodable", message=message, index=len(edits) - 1)


@dataclass(frozen=True, slots=True)
class _Lines:
    """A text as lines without their ends, the ends beside them; the last end is empty where it has none."""

    texts: list[str]
    ends: list[str]

    @classmethod
    def of(cls, text: str) -> _Lines:
        parts = text.split("\n")
        last = parts.pop()
        ends = ["\r\n" if part.endswith("\r") else "\n" for part in parts]
        texts = [part.removesuffix("\r") for part in parts]
        return cls([*texts, last], [*ends, ""]) if last else cls(texts, ends)

    def replaced(self, place: Place, lines: Sequence[str]) -> str:
        """The whole text with the place's lines replaced; new lines end like the one they stand for."""
        texts, ends, stop = self.texts, self.ends, place.start + place.length
        usual = next((end for end in (*ends[place.start : stop], *ends) if end), "\n")
        new_ends = [ends[place.start + i] if i < place.length else usual for i in range(len(lines))]
        all_ends = [*ends[: place.start], *(end or usual for end in new_ends), *ends[stop:]]
        if all_ends and ends and not ends[-1]:
            all_ends[-1] = ""
        all_texts = [*texts[: place.start], *lines, *texts[stop:]]
        return "".join(text + end for text, end in zip(all_texts, all_ends, strict=True))


def _apply(text: str, edit: Edit, index: int) -> str | EditProblem:
    search, replace = lines_of(edit.search), lines_of(edit.replace)
    if not edit.search.strip():
        return _begun(text, replace, index)
    file = _Lines.of(text)
    found = exact_places(file.texts, search)
    if not found and _may_be_loose(file.texts, replace):
        found = places(file.texts, search)
    if len(found) == 1:
        return file.replaced(found[0], found[0].indented(replace))
    return _several(found, file.texts, edit, index) if found else _none(file.texts, search, edit, index)


def _may_be_loose(lines: Sequence[str], replace: Sequence[str]) -> bool:
    """False where a loose place may be the next best of an edit that was done before: where the new text
    stands somewhere, and where there is none.
    """
    return any(line.strip() for line in replace) and not places(lines, replace)


def _begun(text: str, replace: Sequence[str], index: int) -> str | EditProblem:
    """An edit that seeks nothing begins a new file, and no other."""
    if text.strip():
        message = "the SEARCH part is blank, which is only right for a new file; this one has contents"
        return EditProblem(code="edit_search_empty", message=message, index=index)
    return "".join(line + "\n" for line in replace)


def _held(text: str, edits: Sequence[Edit]) -> bool:
    """True where the text is what these edits make of another: undone, then done again, it is the same."""
    if len(edits) == 1 and not edits[0].search.strip():
        return bool(text) and text == _begun("", lines_of(edits[0].replace), 0)
    again = _undone(text, edits)
    for edit in edits:
        outcome = None if again is None else _apply(again, edit, 0)
        again = outcome if isinstance(outcome, str) else None
    return again == text


def _undone(text: str, edits: Sequence[Edit]) -> str | None:
    """The text that these edits may have been applied to; None where one of them cannot be undone."""
    for edit in reversed(edits):
        if not edit.replace.strip() or not edit.search.strip():
            return None
        file = _Lines.of(text)
        found = places(file.texts, lines_of(edit.replace))
        if len(found) != 1:
            return None
        text = file.replaced(found[0], found[0].indented(lines_of(edit.search)))
    return text


def _several(found: Sequence[Place], lines: Sequence[str], edit: Edit, index: int) -> EditProblem:
    first = found[0]
    numbers = ", ".join(str(place.start + 1) for place in found)
    message = (
        f"edit {index + 1} of `{edit.path}` is ambiguous: its SEARCH text stands at lines {numbers}. "
        f"Add neighbouring lines until it stands at one place only. The first one:\n"
        f"{_quoted(lines, first.start - 3, first.start + first.length + 3)}"
    )
    return EditProblem(
        code="edit_ambiguous",
        message=message,
        index=index,
        start_line=first.start + 1,
        end_line=first.start + first.length,
    )


def _none(lines: Sequence[str], search: Sequence[str], edit: Edit, index: int) -> EditProblem:
    near = nearest(lines, search)
    message = f"edit {index + 1} of `{edit.path}` has no place: its SEARCH text stands nowhere in the file."
    if near is None:
        return EditProblem(code="edit_not_found", message=message, index=index)
    message += (
        f" Copy the lines exactly as they stand. The nearest lines:\n"
        f"{_quoted(lines, near.start - 2, near.start + near.length + 2)}"
    )
    return EditProblem(
        code="edit_not_found",
        message=message,
        index=index,
        start_line=near.start + 1,
        end_line=near.start + near.length,
    )


def _quoted(lines: Sequence[str], start: int, stop: int) -> str:
    start, stop = max(0, start), min(len(lines), stop, max(0, start) + 40)
    width = len(str(stop))
    return "\n".join(f"{i + 1:>{width}} | {lines[i][:200]}" for i in range(start, stop))
