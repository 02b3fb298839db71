"""The coder's prompts, laid out for prefix caching.

Constant system text; then what all steps of a task share (instruction, files to change); then what earlier
steps wrote; then this step; a repair's finding last. Nothing that changes between steps stands before
something that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.coder.languages import language_of
from app.domain import Action, Step

SYSTEM = "You are a senior software engineer. You write complete, working files and nothing else."

_MARKERS = {
    "css": ("/* ", " */"), "scss": ("/* ", " */"), "html": ("<!-- ", " -->"), "xml": ("<!-- ", " -->"),
    "markdown": ("<!-- ", " -->"), "vue": ("<!-- ", " -->"), "sql": ("-- ", ""), "lua": ("-- ", ""),
    **dict.fromkeys(("c", "cpp", "csharp", "go", "java", "javascript", "jsx", "json"), ("// ", "")),
    **dict.fromkeys(("kotlin", "php", "rust", "swift", "typescript", "tsx"), ("// ", "")),
}  # fmt: skip
_MAY_HOLD_FENCES = {"markdown", "rst", "text"}


def marker_of(path: str) -> str:
    """The article's `# filepath:` line in the comment form of the path's language."""
    before, after = _MARKERS.get(language_of(path) or "", ("# ", ""))
    return f"{before}filepath: {path}{after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file as the coder is shown it: whole, or the named lines of it."""

    path: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An earlier reply to the same step and why it was not accepted."""

    reply: str
    finding: str


def with_files(instruction: str, files: Sequence[Shown]) -> str:
    """The instruction and the files it is about, as they are on disk."""
    return "".join([_stated(instruction), *(_shown("Now on disk", file) for file in files)])


def shared_context(instruction: str, files: Sequence[Shown], paths: Sequence[str]) -> str:
    """What every step of a task begins with: byte for byte the same for all of them."""
    parts = [with_files(instruction, files)]
    if len(paths) > 1:
        parts.append("\nThe files of this task: " + ", ".join(f"`{path}`" for path in paths) + "\n")
    parts.append(
        "\nThe files are written one at a time. Reply with a block that contains only the file asked for, "
        "no explanations.\n"
    )
    return "".join(parts)


def step_prompt(
    shared: str,
    written: Sequence[Shown],
    step: Step,
    *,
    form: str,
    wants_edits: bool,
    rejected: Sequence[Rejected],
) -> str:
    """The whole user prompt of one step."""
    parts = [shared]
    parts.extend(_shown("Written already", file) for file in written)
    parts.append("\n")
    parts.append(_wanted(step, form=form, wants_edits=wants_edits))
    for earlier in rejected:
        parts.append(
            f"\n\nYour reply was:\n\n{earlier.reply.strip()}\n\nIt was not accepted: {earlier.finding}\n"
        )
        parts.append("Reply again, complete and corrected, in the same form.")
    return "".join(parts)


def single_pass_prompt(instruction: str, files: Sequence[Shown], paths: Sequence[str]) -> str:
    """One prompt for every file at once; here only the marker tells which block is which file."""
    parts = [with_files(instruction, files)]
    if paths:
        parts.append("\nThe files to write:\n")
        parts.extend(f"- `{path}`\n" for path in paths)
    parts.append(
        "\nWrite the complete content of every file. Reply with one fenced code block for each file. The "
        "first line inside each block names the file in a comment, like this:\n\n"
        "```python\n# filepath: path/to/file.py\n...\n```\n\nNo explanations."
    )
    return "".join(parts)


def continuation_prompt(prompt: str, lines: str, cut_line: str) -> str:
    """Asks for the rest of a reply that was cut, on a server that cannot be handed the beginning: the whole
    lines of it, and the start of the one that was cut.
    """
    said = f"{prompt}\n\nYour reply so far was cut off:\n\n{lines}"
    if cut_line.strip():
        return (
            f"{said}{cut_line}\n\nThe last line was cut. Begin with it, written out whole, and go on from "
            f"there, without opening a new block:\n{cut_line}"
        )
    last_line = next((line for line in reversed(lines.splitlines()) if line.strip()), "")
    return (
        f"{said}\nContinue exactly after this last line, without repeating it and without opening a new "
        f"block:\n{last_line}"
    )


def may_hold_fences(path: str) -> bool:
    """True for a file of prose: its block is asked for with four backticks."""
    return language_of(path) in _MAY_HOLD_FENCES


def fence_for(text: str) -> str:
    """A fence longer than any run of backticks at a line's start in the text."""
    longest = max((_ticks(line.lstrip()) for line in text.splitlines()), default=0)
    return "`" * max(3, longest + 1)


def _ticks(line: str) -> int:
    return len(line) - len(line.lstrip("`"))


def _stated(instruction: str) -> str:
    return instruction if instruction.endswith("\n") else instruction + "\n"


def _shown(title: str, file: Shown) -> str:
    fence = fence_for(file.text)
    end = "" if not file.text or file.text.endswith("\n") else "\n"
    note = f" ({file.note})" if file.note else ""
    return (
        f"\n{title}, `{file.path}`{note}:\n{fence}{language_of(file.path) or ''}\n{file.text}{end}{fence}\n"
    )


def _wanted(step: Step, *, form: str, wants_edits: bool) -> str:
    path, lang = step.target, language_of(step.target) or ""
    if wants_edits:
        return (
            f"Change the file `{path}` as the instruction asks. Reply with one or more blocks of this form, "
            "the SEARCH part copied exactly from the file:\n\n"
            f"{path}\n<<<<<<< SEARCH\nlines as they are\n=======\nlines as they shall be\n>>>>>>> REPLACE"
        )
    fence = "````" if may_hold_fences(path) else "```"
    new = "new complete content" if step.action is Action.EDIT_FILE else "complete content"
    marker = f" The first line inside the block is `{marker_of(path)}`." if form == "marker" else ""
    return f"Write the {new} of the file `{path}` in one fenced {fence}{lang} code block.{marker}"
