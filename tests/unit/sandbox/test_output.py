"""Head and tail of what was printed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.output import Output


def printed(*chunks: bytes, kept: int = 10) -> Output:
    output = Output(kept)
    for chunk in chunks:
        output.add(chunk)
    return output


def test_short_output_is_kept_whole():
    assert printed(b"12345", b"67890").text() == "1234567890"


def test_long_output_keeps_its_head_and_its_tail_and_says_what_is_missing():
    assert printed(b"abcdefghijklmnopqrstuvwxyz").text() == "abcde\n[16 bytes left out]\nvwxyz"


def test_bytes_that_are_no_text_do_not_stop_it():
    assert printed(b"\xff\xfe").text() == "\ufffd\ufffd"


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(2, 20))
def test_it_holds_no_more_than_it_may_and_counts_everything(chunks: list[bytes], kept: int):
    output = printed(*chunks, kept=kept)
    whole = b"".join(chunks)
    half = kept // 2
    assert output.seen == len(whole)
    assert len(output._head) + len(output._tail) <= 3 * half + max((len(c) for c in chunks), default=0)
    if len(whole) <= 2 * half:
        assert output.text() == whole.decode(errors="replace")
    else:
        assert (
            output.text().encode(errors="replace")[:1]
            == whole[:half].decode(errors="replace").encode(errors="replace")[:1]
        )
