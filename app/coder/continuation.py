"""The continuation of a cut reply: ask for the rest, join it without the lines that were said twice."""

from __future__ import annotations

from dataclasses import replace

from app.coder.prompt import continuation_prompt
from app.llm.call import Ask, Completion, ModelCall

MOST = 3
_LONGEST_OVERLAP = 2000
_SHORTEST_OVERLAP = 4
_SHORTEST_CUT = 2
_SAME_START = 200


async def ask_whole(ask: Ask, call: ModelCall) -> tuple[str, Completion]:
    """The reply's whole text and its last completion, after at most `MOST` continuations.

    The completion's `finish` is "length" when even the last continuation was cut.
    """
    completion = await ask(call)
    text = completion.text
    for turn in range(1, MOST + 1):
        if completion.whole or not completion.text.strip():
            break
        completion = await ask(_continuing(call, text, turn))
        text = joined(text, completion.text, handed=completion.prefilled)
    return text, completion


def _continuing(call: ModelCall, text: str, turn: int) -> ModelCall:
    last_line = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    return replace(
        call,
        key=f"{call.key}.more-{turn}",
        prefill=text,
        prompt_without_prefill=continuation_prompt(call.prompt, text, last_line),
    )


def joined(before: str, after: str, *, handed: bool = False) -> str:
    """The two parts as one text, without a reopened fence and without what the second part repeats.

    Where the server was `handed` the first part, a line said twice is meant; only a line that was cut is not.
    """
    if _begins_anew(before, after):
        return after
    after = _without_reopened_fence(before, after)
    if handed and before.endswith("\n"):
        return before + after
    if before.endswith((" ", "\t")) and not before.rsplit("\n", 1)[-1].strip():
        return before + after.removeprefix(_indentation(before, handed=handed))
    overlap = _overlap(before[-_LONGEST_OVERLAP:], after[:_LONGEST_OVERLAP])
    return before + after[overlap:]


def _indentation(before: str, *, handed: bool) -> str:
    """What is said again after a cut in a line's indentation: that, and the line's end where a chat template
    trimmed what the server was handed.
    """
    return before[len(before.rstrip() if handed else before.rstrip(" \t")) :]


def _begins_anew(before: str, after: str) -> bool:
    """True where the second part is the reply once more from its start."""
    start = before[:_SAME_START]
    return len(start.strip()) >= _SHORTEST_CUT and after.startswith(start)


def _without_reopened_fence(before: str, after: str) -> str:
    first, newline, rest = after.lstrip("\n").partition("\n")
    opened = [line for line in before.splitlines() if line.lstrip().startswith("```")]
    if newline and len(opened) % 2 and first.startswith("```") and first.strip("`").strip():
        return rest if before.endswith("\n") else _line_restarted(before, rest)
    return after


def _line_restarted(before: str, rest: str) -> str:
    """After a cut inside a line, a new block either repeats that line from its start or goes on below it."""
    cut_line = before.rsplit("\n", 1)[-1]
    return rest.removeprefix(cut_line) if rest.startswith(cut_line) else "\n" + rest


def _overlap(before: str, after: str) -> int:
    """Length of what `after` repeats of the end of `before`: from a line's start on, and no mere bracket.

    Every common border is found by the prefix function, in linear time.
    """
    pattern = after + "\0" + before
    border = [0] * len(pattern)
    for i in range(1, len(pattern)):
        k = border[i - 1]
        while k and pattern[i] != pattern[k]:
            k = border[k - 1]
        border[i] = k + (pattern[i] == pattern[k])
    k = border[-1]
    while k and not _is_repetition(before, k):
        k = border[k - 1]
    return k


def _is_repetition(before: str, length: int) -> bool:
    """A line that was cut is often begun anew; whole lines said twice must be more than a closing bracket."""
    said = before[-length:]
    at_line_start = not before[:-length].rsplit("\n", 1)[-1].strip()
    shortest = _SHORTEST_OVERLAP if said.endswith("\n") else _SHORTEST_CUT
    return at_line_start and sum(not char.isspace() for char in said) >= shortest
