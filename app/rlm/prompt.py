"""What the RLM rung asks of its model."""

from __future__ import annotations

from collections.abc import Sequence

_ASK = (
    "The REPL variable `context` holds an instruction for a software task, possibly a long one. Write every "
    "file it asks for, complete and working."
)
_HOW = (
    "Read all of `context` that bears on a file before you write it: search it and slice it, or have slices "
    "read by sub-calls. In the REPL, hand in each file with `save_file(path, text)`; a file saved again "
    "replaces the earlier one. Once all are saved, set `answer` as ready; its content may be empty. If you "
    "must answer without the REPL, give every file as one fenced block whose first line is "
    "`# filepath: <path>` in the comment form of its language."
)


def question(paths: Sequence[str]) -> str:
    """The short text beside the context variable; `paths` are the files still owed, if they are known."""
    wanted = "\n".join(f"- {path}" for path in paths)
    owed = f"\n\nThe files wanted, exactly these paths:\n{wanted}" if paths else ""
    return f"{_ASK}{owed}\n\n{_HOW}"
