from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.conditional import ByteRange, byte_range, bytes_response, matches, strong_etag, weak_etag
from app.api.problems import ApiProblem
from app.domain import sha256

ETAG = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=20)


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('W/"7"', True),
        ('"7"', True),
        ('"1", W/"7"', True),
        (' "1" ,  "7" ', True),
        ('W/"77"', False),
        ("7", False),
        ('"1" "7"', False),
        ('"1, "7"', False),
    ],
)
def test_if_none_match_is_compared_weakly(header: str | None, *, holds: bool) -> None:
    assert matches(header, weak_etag(7)) is holds


@given(st.lists(ETAG, min_size=1, max_size=5), st.integers(0, 4))
def test_a_listed_etag_always_matches(tags: list[str], place: int) -> None:
    listed = ", ".join(f'W/"{tag}"' for tag in tags)

    assert matches(listed, f'"{tags[place % len(tags)]}"')


@given(st.text(max_size=200))
def test_no_header_breaks_the_comparison(header: str) -> None:
    matches(header, weak_etag(1))


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 500))
def test_a_range_lies_within_the_content(first: int, length: int, size: int) -> None:
    header = f"bytes={first}-{first + length}"
    if first >= size:
        with pytest.raises(ApiProblem):
            byte_range(header, size)
    else:
        assert byte_range(header, size) == ByteRange(first, min(first + length + 1, size))


@given(st.integers(1, 1000), st.integers(1, 500))
def test_a_suffix_range_is_the_end_of_the_content(last: int, size: int) -> None:
    assert byte_range(f"bytes=-{last}", size) == ByteRange(max(0, size - last), size)


@given(
    st.text(max_size=60) | st.from_regex(r"bytes=[0-9]{0,30}-[0-9]{0,30}(,[0-9]*-[0-9]*)?", fullmatch=True)
)
def test_any_other_range_is_ignored_or_refused(header: str) -> None:
    with suppress(ApiProblem):
        found = byte_range(header, 10)
        assert found is None or 0 <= found.start < found.stop <= 10


@given(st.binary(max_size=300), st.integers(0, 299))
def test_two_parts_make_the_whole(data: bytes, cut: int) -> None:
    cut = min(cut, len(data))
    parts = b""
    for header in (f"bytes=0-{cut - 1}" if cut else "", f"bytes={cut}-" if cut < len(data) else ""):
        if header:
            answer = bytes_response({"range": header}, data, media_type="text/plain", name="x")
            assert answer.status_code == 206
            parts += bytes(answer.body)

    assert parts == data


@given(st.text(min_size=1, max_size=80))
def test_any_name_makes_a_header(name: str) -> None:
    answer = bytes_response({}, b"x", media_type="text/plain", name=name)
    disposition = answer.headers["content-disposition"]

    assert disposition.startswith('attachment; filename="')
    assert disposition.isascii()
    assert not set("\r\n\0") & set(disposition)


def test_the_etag_is_the_hash_of_the_bytes() -> None:
    answer = bytes_response({}, b"abc", media_type="text/plain", name="x")

    assert answer.headers["etag"] == strong_etag(sha256(b"abc"))
