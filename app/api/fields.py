"""The kinds of value a caller may send: what they may hold, in the schema and in a sentence."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from pydantic_core import PydanticCustomError

MAX_INSTRUCTION_BYTES = 1024 * 1024
MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 64
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


def _fault(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("value", "{sentence}", {"sentence": sentence})


def _storable(text: str) -> str:
    """Text that UTF-8 and every database can hold."""
    if "\0" in text:
        raise _fault("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _fault("holds half of a surrogate pair, which is no UTF-8 text") from None
    return text


def _within_limit(text: str) -> str:
    if len(text.encode()) > MAX_INSTRUCTION_BYTES:
        raise _fault(f"holds more than {MAX_INSTRUCTION_BYTES} bytes of UTF-8")
    return text


def _one_line(text: str) -> str:
    if any(ord(c) < ord(" ") or c == "\x7f" for c in text):
        raise _fault("holds a control character")
    return _storable(text)


def _folder(name: str) -> str:
    if not _FOLDER.fullmatch(name):
        raise _fault("a relative folder of letters, digits, _, - and ., no part starting with . or -")
    return name


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and "@" not in parts.netloc
        )
    except ValueError:
        usable = False
    if not usable or any(c.isspace() or not c.isprintable() for c in url):
        raise _fault("an absolute http or https URL without a user name")
    return url


def _plain_data(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if _weigh(value, MAX_METADATA_DEPTH) > MAX_METADATA_BYTES:
        raise _fault(f"holds more than {MAX_METADATA_BYTES} bytes")
    return value


def _weigh(value: Any, depth: int) -> int:
    """Bytes a JSON value takes, roughly. Raises where it cannot be stored and given back as it is."""
    if depth < 0:
        raise _fault(f"nests deeper than {MAX_METADATA_DEPTH}")
    match value:
        case dict():
            return sum(_weigh(k, depth) + _weigh(v, depth - 1) + 2 for k, v in value.items()) + 2
        case list():
            return sum(_weigh(item, depth - 1) + 1 for item in value) + 2
        case str():
            return len(_storable(value).encode()) + 2
        case float() if not math.isfinite(value):
            raise _fault("holds a number that JSON cannot name")
        case int():
            return len(str(value))
        case _:
            return 8


def _whole(value: object) -> object:
    """JSON has one kind of number: 60.0 is the integer 60."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, AfterValidator(_storable)]
Line = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f]+$"}),
    AfterValidator(_one_line),
]
Folder = Annotated[
    str, Field(max_length=200, json_schema_extra={"pattern": f"^{_FOLDER.pattern}$"}), AfterValidator(_folder)
]
WebAddress = Annotated[
    str, Field(max_length=2048, json_schema_extra={"format": "uri"}), AfterValidator(_web_address)
]
Instruction = Annotated[
    str,
    Field(min_length=1, max_length=MAX_INSTRUCTION_BYTES, json_schema_extra={"pattern": r"^[^\x00]+$"}),
    AfterValidator(_storable),
    AfterValidator(_within_limit),
]
Whole = Annotated[int, BeforeValidator(_whole)]
Seconds = Annotated[int, Field(ge=1, le=86_400), BeforeValidator(_whole)]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(_plain_data)]
