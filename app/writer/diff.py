"""The unified diff of a change set, as `git apply` and `patch` take it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

from app.domain import FileChange

_CONTEXT = 3
_MATCHES = 4_000_000  # pairs of equal lines, about a second; beyond it the middle is replaced as one block

Opcode = tuple[str, int, int, int, int]


def unified(changes: Sequence[FileChange]) -> str:
    """All changes in the order given; what is no UTF-8 text is stated, what stays the same left out."""
    return "".join("".join(_file(change)) for change in changes if change.before != change.after)


def _file(change: FileChange) -> Iterator[str]:
    name = change.path.removeprefix("/")
    old, new = _quoted(f"a/{name}"), _quoted(f"b/{name}")
    yield f"diff --git {old} {new}\n"
    yield from _modes(change)
    before, after = _text(change.before), _text(change.after)
    if before is None or after is None:
        yield f"Binary files {_side(old, change.before)} and {_side(new, change.after)} differ\n"
    elif before or after:
        yield f"--- {_side(old, change.before)}{_ending(name, change.before)}"
        yield f"+++ {_side(new, change.after)}{_ending(name, change.after)}"
        yield from _hunks(_lines(before), _lines(after))


def _modes(change: FileChange) -> Iterator[str]:
    if change.before is None:
        yield f"new file mode {'100755' if (change.after or b'').startswith(b'#!') else '100644'}\n"
    elif change.after is None:
        yield "deleted file mode 100644\n"


def _side(name: str, data: bytes | None) -> str:
    return "/dev/null" if data is None else name


def _ending(name: str, data: bytes | None) -> str:
    """A tab after names with spaces, so that no tool takes the rest for a date."""
    return "\t\n" if data is not None and " " in name else "\n"


def _quoted(name: str) -> str:
    """In C's quotes where a character would break the line."""
    if not any(character < " " or character in '"\\\x7f' for character in name):
        return name
    odd: dict[str, str | int | None] = {
        character: f"\\{ord(character):03o}" for character in name if character < " " or character == "\x7f"
    }
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').translate(str.maketrans(odd)) + '"'


def _text(data: bytes | None) -> str | None:
    """The text, None where the bytes are none."""
    if data is None:
        return ""
    try:
        return None if b"\x00" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    for group in _groups(_opcodes(before, after)):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                yield from map(_marked, " " * (high - low), before[low:high])
            else:
                yield from map(_marked, "-" * (high - low), before[low:high])
                yield from map(_marked, "+" * (new_high - new_low), after[new_low:new_high])


def _marked(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _range(low: int, high: int) -> str:
    return f"{low + 1 if high > low else low},{high - low}"


def _opcodes(before: list[str], after: list[str]) -> list[Opcode]:
    """What to do to the lines, in difflib's words; common ends are cut off first."""
    shorter = min(len(before), len(after))
    head = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    tail = next((i for i in range(shorter - head) if before[-1 - i] != after[-1 - i]), shorter - head)
    end, new_end = len(before) - tail, len(after) - tail
    middle: list[Opcode] = [("replace", head, end, head, new_end)] if end > head or new_end > head else []
    old, new = before[head:end], after[head:new_end]
    if _matches(old, new) <= _MATCHES:
        found = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        middle = [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in found]
    ends: list[Opcode] = [("equal", 0, head, 0, head), ("equal", end, len(before), new_end, len(after))]
    return [ends[0], *middle, ends[1]]


def _matches(before: list[str], after: list[str]) -> int:
    """How many pairs of equal lines difflib would look at."""
    counts = Counter(after)
    return sum(number * counts[line] for line, number in Counter(before).items())


def _groups(opcodes: list[Opcode]) -> Iterator[list[Opcode]]:
    """Changes with their context, those nearer than twice the context together; both ends are equal lines."""
    group: list[Opcode] = []
    for tag, a, b, c, d in opcodes[:-1]:
        if tag != "equal" or (group and b - a <= 2 * _CONTEXT):
            group.append((tag, a, b, c, d))
            continue
        if group:
            yield [*group, _head((tag, a, b, c, d))]
        group = [_tail((tag, a, b, c, d))]
    if len(group) > 1:
        yield [*group, _head(opcodes[-1])]


def _head(equal: Opcode) -> Opcode:
    tag, a, b, c, _ = equal
    kept = min(_CONTEXT, b - a)
    return tag, a, a + kept, c, c + kept


def _tail(equal: Opcode) -> Opcode:
    tag, a, b, _, d = equal
    kept = min(_CONTEXT, b - a)
    return tag, b - kept, b, d - kept, d
