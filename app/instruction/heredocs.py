"""Here-documents: the files that a shell block writes with `cat > p <<'EOF'` or `tee p <<EOF`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.instruction.paths import as_path, as_weak_path

_HEREDOC = re.compile(r"<<(-?)\s*(['\"\\]?)([A-Za-z_]\w*)['\"]?")
_REDIRECT = re.compile(r"(>>?)\s*(['\"]?)([^\s'\"<>|&;]+)\2")
_TEE = re.compile(r"\btee\s+(-a\s+|--append\s+)?(['\"]?)([^\s'\"<>|&;]+)\2")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a shell block writes with a here-document; `appends` where it adds to one."""

    first: int
    last: int
    path: str
    text: str
    appends: bool
    expands: bool


def written_files(lines: Sequence[str]) -> tuple[Written, ...]:
    """The files a shell block writes with `cat > p <<'EOF'` or `tee p <<EOF`, as they reach the disk."""
    written: list[Written] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        match = _HEREDOC.search(line) if "<<" in line and "<<<" not in line else None
        if match is None:
            number += 1
            continue
        strips, word = bool(match.group(1)), match.group(3)
        end = next(
            (n for n in range(number + 1, len(lines)) if lines[n].strip("\t" if strips else "") == word), None
        )
        if end is None:
            break
        target = _target(line)
        if target:
            body = (
                [text.lstrip("\t") for text in lines[number + 1 : end]] if strips else lines[number + 1 : end]
            )
            text = "".join(f"{text}\n" for text in body)
            expands = not match.group(2) and any(c in text for c in "$`\\")
            written.append(Written(number, end, target[0], text, target[1], expands))
        number = end + 1
    return tuple(written)


def _target(line: str) -> tuple[str, bool] | None:
    """The file the command on `line` writes its input to, and whether it appends."""
    command = line.strip()
    tee = _TEE.search(command)
    if tee:
        name, appends = tee.group(3), bool(tee.group(1))
    else:
        redirect = _REDIRECT.search(_HEREDOC.sub("", command))
        if redirect is None or not re.match(r"(?:sudo\s+)?(?:cat|tee)\b", command):
            return None
        name, appends = redirect.group(3), redirect.group(1) == ">>"
    path = as_path(name, quoted=True) or as_weak_path(name)
    return (path, appends) if path and path != "/dev/null" and "$" not in path else None
