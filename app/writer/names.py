"""How a path may be spelled: rules about the text alone, before any disk is asked.

A name passes when it means the same file to every tool that will meet it: Git, an archive, a checkout on
Windows, a terminal, a person reading a diff. Dotfiles, inner spaces, brackets and letters of any script pass.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

MAX_SEGMENT_BYTES = 255
MAX_PATH_BYTES = 1024
MAX_DEPTH = 64

_LOOKALIKES = frozenset("\u2044\u2215\u29f5\u29f8\u29f9\u2571\u2572")  # slashes that NFKC leaves alone
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
)  # letters and marks that show nothing
_SELECTOR = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NOT_PORTABLE = frozenset('<>"|?*:')
_LEADING = re.compile(r"^(?:\./)+(?!/)")
_ENCODED = re.compile(r"%(?:25)*(?:2e|2f|5c|00|c0%ae|c0%af|u002[ef]|u2215)", re.IGNORECASE)
_SHORTHAND = re.compile(r"~.*|\$\{?[A-Z][A-Z0-9_]*\}?|%[^%]+%|\$\(.*\)")
_GIT = re.compile(r"\.git|git~\d+")
_DEVICES = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{n}{d}" for n in ("com", "lpt") for d in "0123456789¹²³"),
    )
)


class Fault(NamedTuple):
    """The rule a spelling breaks."""

    code: str
    detail: str


def normal(path: str) -> str:
    """The path without leading `./`."""
    return _LEADING.sub("", path)


def segments(path: str) -> tuple[str, ...]:
    """The path's names from the top; a leading slash is no name."""
    return tuple(path.removeprefix("/").split("/"))


def fault(path: str) -> Fault | None:
    """The first rule this path's spelling breaks, None where it breaks none. Never raises."""
    whole = _sizes(path) or _characters(path)
    if whole:
        return whole
    if _SHORTHAND.fullmatch(segments(path)[0]) and not path.startswith("/"):
        return Fault("path_shorthand", "The path starts with a shorthand that only a shell would expand.")
    return next((found for found in map(_segment, segments(path)) if found), None)


def is_git(segment: str) -> bool:
    """True for every spelling that some file system or tool takes for Git's own folder."""
    folded = unicodedata.normalize("NFKC", segment).casefold()
    visible = "".join(
        c for c in folded if unicodedata.category(c) not in ("Cf", "Mn") and c not in _INVISIBLE
    )
    return _GIT.fullmatch(visible.split(":")[0].rstrip(". ")) is not None


def _characters(path: str) -> Fault | None:
    for character in path:
        category = unicodedata.category(character)
        for code, breaks, words in _CHARACTERS:
            if breaks(character, category):
                return Fault(code, f"The path holds U+{ord(character):04X}, {words}.")
    for before, character in itertools.pairwise(f" {path}"):
        if _SELECTOR.match(character) and not _is_sign(before):
            return Fault("path_invisible_character", f"The path holds U+{ord(character):04X} after no sign.")
    if unicodedata.normalize("NFC", path) != path:
        return Fault("path_not_nfc", "The path is not in Unicode's composed form (NFC).")
    return None


def _is_sign(character: str) -> bool:
    """True for what a variation selector may turn into an emoji; after anything else it shows nothing."""
    return not character.isascii() and unicodedata.category(character).startswith("S")


def _sizes(path: str) -> Fault | None:
    if not path or path == "/":
        return Fault("path_empty", "The path names no file.")
    if len(path) > MAX_PATH_BYTES or len(path.encode(errors="surrogatepass")) > MAX_PATH_BYTES:
        return Fault("path_too_long", f"The path is longer than {MAX_PATH_BYTES} bytes.")
    if len(segments(path)) > MAX_DEPTH:
        return Fault("path_too_deep", f"The path is more than {MAX_DEPTH} folders deep.")
    return None


def _segment(name: str) -> Fault | None:
    return next((Fault(code, words) for code, breaks, words in _SEGMENTS if breaks(name)), None)


def _misleads(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name)
    no_word = not any(character.isalnum() for character in plain)
    return (plain != name and ("/" in plain or "\\" in plain)) or (no_word and ".." in plain)


def _is_device(name: str) -> bool:
    return unicodedata.normalize("NFKC", name).casefold().split(".")[0].rstrip(" ") in _DEVICES


_CHARACTERS: tuple[tuple[str, Callable[[str, str], bool], str], ...] = (
    ("path_control_character", lambda _, category: category == "Cc", "a control character"),
    (
        "path_invisible_character",
        lambda character, category: category in ("Cf", "Zl", "Zp", "Cs") or character in _INVISIBLE,
        "which cannot be seen",
    ),
    (
        "path_odd_space",
        lambda character, category: category == "Zs" and character != " ",
        "an odd kind of space",
    ),
    ("path_backslash", lambda character, _: character == "\\", "a backslash; folders are parted by a slash"),
    (
        "path_not_portable",
        lambda character, _: character in _NOT_PORTABLE,
        "which not every system can store",
    ),
    ("path_lookalike", lambda character, _: character in _LOOKALIKES, "which looks like a slash"),
)

_SEGMENTS: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("path_traversal", lambda name: name == "..", "The path climbs out with `..`."),
    ("path_empty_segment", lambda name: not name, "The path has an empty name in it, or ends with a slash."),
    ("path_dot_segment", lambda name: name == ".", "The path has a `.` in it that names nothing."),
    ("path_git", is_git, "Git's own folder is never written."),
    (
        "path_encoded",
        lambda name: _ENCODED.search(name) is not None,
        "The path holds a percent-encoded dot, slash or NUL.",
    ),
    ("path_lookalike", _misleads, "A name in the path looks like dots or a slash and is none."),
    (
        "path_edge",
        lambda name: name != name.strip(" ") or name.endswith("."),
        "A name in the path begins or ends with a space, or ends with a dot.",
    ),
    ("path_device_name", _is_device, "A name in the path is a device's on Windows."),
    (
        "path_too_long",
        lambda name: len(name.encode()) > MAX_SEGMENT_BYTES,
        f"A name in the path is longer than {MAX_SEGMENT_BYTES} bytes.",
    ),
)
