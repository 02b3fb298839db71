"""Edits of files as they are on disk: line ends, marks and encodings stay."""

from __future__ import annotations

import codecs

import pytest

from app.coder.edits import (
    AppliedBytes,
    EditProblem,
    apply_edits,
    apply_to_bytes,
)
from tests.unit.coder.editing import applied, edit


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_a_missing_last_one_stay(end, last):
    before = end.join(["a", "b", "c"]) + (end if last else "")
    expected = ["x", "y", "b", "z"]

    assert applied(before, edit("a", "x\ny"), edit("c", "z")) == end.join(expected) + (end if last else "")


def test_mixed_line_ends_stay_where_they_are():
    assert applied("a\r\nb\nc\r\n", edit("b", "x\ny")) == "a\r\nx\ny\nc\r\n"
    assert applied("a\nb\r\nc\n", edit("b", "x\ny")) == "a\nx\r\ny\r\nc\n"
    assert applied("a\nb\r\nc", edit("c", "x\ny")) == "a\nb\r\nx\ny"


def test_an_edit_written_with_crlf_fits_a_file_with_lf():
    assert applied("a\nb\n", edit("a\r\nb", "x\r\ny")) == "x\ny\n"


def test_deleting_the_last_line_keeps_the_missing_line_end_missing():
    assert applied("a\nb", edit("b", "")) == "a"


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_mark_and_encoding_stay(bom, encoding):
    before = bom + "größe\r\nb\r\n".encode(encoding)

    outcome = apply_to_bytes(before, [edit("b", "ü")])

    assert outcome == AppliedBytes(data=bom + "größe\r\nü\r\n".encode(encoding), already=0)


def test_a_file_that_is_no_utf8_keeps_its_bytes():
    outcome = apply_to_bytes(b"gr\xf6\xdfe\nb\n", [edit("b", "\u00fc")])

    assert outcome == AppliedBytes(data=b"gr\xf6\xdfe\n\xfc\n", already=0)


def test_a_character_the_encoding_lacks_is_a_problem():
    outcome = apply_to_bytes(b"gr\xf6\xdfe\nb\n", [edit("b", "\u2206")])

    assert isinstance(outcome, EditProblem)
    assert outcome.code == "edit_not_encodable"
    assert "'\u2206'" in outcome.message


def test_a_problem_in_bytes_is_the_same_problem():
    assert apply_to_bytes(b"a\n", [edit("q", "x")]) == apply_edits("a\n", [edit("q", "x")])
