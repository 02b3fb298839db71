"""A cut reply and what was said after the cut make the text that one reply would have been."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.coder.joining import Cut, joined

YAML = "Here:\n\n```yaml\nname: demo\nservices:\n  - web\n  - d"
YAML_AGAIN = "```yaml\nname: demo\nservices:\n  - web\n  - db\n```\n"
README = "````markdown\n# Tool\n\n```bash\npip install tool\n```\n````\n"
LONG = "```python\n" + "x = 1\n" * 50 + "```\nThe file"


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("a = 1\nb = ", "2\nc = 3\n", "a = 1\nb = 2\nc = 3\n"),
        ("def f():\n    retu", "    return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    return 1\n", "    return 1\n\n\nx = f()\n", "def f():\n    return 1\n\n\nx = f()\n"),
        ("```python\nalpha = 1\n", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
        ("```python\nalpha = 1\nbet", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
        ("```python\nalpha = 1\nbet", "```python\nc = 3\n```\n", "```python\nalpha = 1\nbet\nc = 3\n```\n"),
        ("{\n  {\n  }\n", "}\n", "{\n  {\n  }\n}\n"),
        ("  }\n}\n", "}\n}\n", "  }\n}\n}\n}\n"),
        ("def f():\n    re", "    return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    retu", "return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    retu", "\n    return 1\n", "def f():\n    return 1\n"),
        ("f(x", ")\n", "f(x)\n"),
        ("", "x\n", "x\n"),
        ("x\n", "", "x\n"),
        ("def f():\n    ", "    return 1\n", "def f():\n    return 1\n"),
        ("def f():\n    ", "return 1\n", "def f():\n    return 1\n"),
        ("```python\nalpha = 1\nbet", "```python\nalpha = 1\nbeta = 2\n", "```python\nalpha = 1\nbeta = 2\n"),
    ],
)
def test_the_parts_join_without_saying_a_line_twice(before: str, after: str, whole: str):
    assert joined(before, after) == whole


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("list:\n  - web", "  - db\n", "list:\n  - web\n  - db\n"),
        ("- web", "- db\n", "- web\n- db\n"),
        ("def f():", "    return 1\n", "def f():\n    return 1\n"),
        ("list:\n  - web", "\n  - db\n", "list:\n  - web\n  - db\n"),
        ("name: demo\nweb:\n  ", "web:\n  image: nginx\n", "name: demo\nweb:\n  image: nginx\n"),
        ("```python\nx = 1", "```\n", "```python\nx = 1\n```\n"),
        ("```python\nif x:\n    ", "```\n", "```python\nif x:\n```\n"),
        ("one\r", "two\n", "one\r\ntwo\n"),
        ("one\r", "\ntwo\n", "one\r\ntwo\n"),
        ("alpha = 1\nbet", "alpha = 1\ngamma = 3\n", "alpha = 1\ngamma = 3\n"),
    ],
)
def test_after_a_cut_at_a_lines_end_the_next_line_begins_on_its_own(before: str, after: str, whole: str):
    assert joined(before, after) == whole


@pytest.mark.parametrize("handed", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        (README[:22], README, README),
        (YAML, YAML_AGAIN, f"Here:\n\n{YAML_AGAIN}"),
        (YAML, f"Sure, once more:\n\n{YAML_AGAIN}", f"Here:\n\n{YAML_AGAIN}"),
        ("```\nmilk and\nbutt", "All:\n```\nmilk and\nbutter\n```\n", "```\nmilk and\nbutter\n```\n"),
        (YAML, f"Sure:\n\n{YAML_AGAIN[:25]}", YAML),
        (LONG, LONG[:290], LONG),
        (
            "```python\nx = 1\n```\nThe file sets x",
            "```python\nx = ",
            "```python\nx = 1\n```\nThe file sets x",
        ),
        (LONG, LONG[:290] + "y = 2\n```\n", LONG[:290] + "y = 2\n```\n"),
    ],
)
def test_a_part_that_begins_anew_takes_the_place_of_the_first_unless_it_says_less(
    before, after, whole, handed
):
    assert joined(before, after, handed=handed) == whole


@pytest.mark.parametrize("handed", [False, True])
def test_a_block_inside_a_file_of_prose_is_none_that_was_opened_anew(handed):
    at = README.index("```bash")

    assert joined(README[:at], README[at:], handed=handed) == README


@pytest.mark.parametrize("line_end", ["", "\n"])
def test_the_next_files_block_begins_on_a_line_of_its_own(line_end):
    first, second = "```python\n# filepath: a.py\nx = 1\n```", "```python\n# filepath: b.py\n"

    assert joined(first + line_end, second) == f"{first}\n{second}"


def test_a_block_after_words_that_were_cut_begins_on_a_line_of_its_own():
    assert joined("Okay, so I", "```python\nx = 1\n```\n") == "Okay, so I\n```python\nx = 1\n```\n"


def test_a_later_block_that_begins_as_the_open_one_does_is_another_file():
    before, after = "```python\nimport os\n\nx = ", "1\n```\n\n```python\nimport os\n\ny = 2\n```\n"

    assert joined(before, after) == before + after


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("a,b\n0,0,0,0\n", "0,0,0,0\n", "a,b\n0,0,0,0\n0,0,0,0\n"),
        ("if a:\n    ", "    b()\n", "if a:\n        b()\n"),
        ("if a:\n    ", "\n    b()\n", "if a:\n    b()\n"),
        ("def f():\n    retu", "rn 1\n", "def f():\n    return 1\n"),
        ("def f():\n    retu", "    return 1\n", "def f():\n    return 1\n"),
        ("```python\nalpha = 1\nbet", "```python\nalpha = 1\nbeta = 2\n", "```python\nalpha = 1\nbeta = 2\n"),
        ("```python\nalpha = 1\n", "```python\nbeta = 2\n```\n", "```python\nalpha = 1\nbeta = 2\n```\n"),
        ("```\n0000", "000011110000\n", "```\n0000000011110000\n"),
        ("x\n``", "``\n", "x\n````\n"),
        ("``", "``markdown\n", "````markdown\n"),
        ("x\n<<<", "<<<< SEARCH\n", "x\n<<<<<<< SEARCH\n"),
        ("x\n===", "====\n", "x\n=======\n"),
        ("x\n>>>", ">>>> REPLACE\n", "x\n>>>>>>> REPLACE\n"),
        ("0000", "00001111\n", "000000001111\n"),
    ],
)
def test_a_reply_whose_start_the_server_was_handed_may_say_a_thing_twice(before: str, after: str, whole: str):
    assert joined(before, after, handed=True) == whole


@given(st.lists(st.sampled_from(["alpha = 1", "beta = 2", "    gamma()", "", "}"]), max_size=12), st.data())
def test_a_continuation_that_repeats_the_cut_line_gives_the_text_as_one_reply_would(lines, data):
    text = "".join(f"{n} {line}\n" for n, line in enumerate(lines, start=1000))
    cut = data.draw(st.integers(0, len(text)))
    start = text.rfind("\n", 0, cut) + 1

    assert joined(text[:cut], text[start:]) == text


@given(st.lists(st.sampled_from(["alpha = 1", "beta = 2", "    gamma()", "", "}"]), max_size=12), st.data())
def test_a_continuation_that_goes_on_inside_the_cut_line_gives_the_text_as_one_reply_would(lines, data):
    text = "".join(f"{n} {line}\n" for n, line in enumerate(lines, start=3100))
    cut = data.draw(st.integers(0, len(text)))
    assume(not text[cut:].startswith("  "))

    assert joined(text[:cut], text[cut:]) == text


@given(
    st.lists(
        st.sampled_from(
            ["0000", "", "    0", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```bash", "```"]
        ),
        max_size=12,
    ),
    st.data(),
)
def test_a_server_that_goes_on_exactly_where_it_was_cut_gives_the_text_as_one_reply_would(lines, data):
    text = "".join(f"{line}\n" for line in ["````markdown", *lines, "````"])
    cut = data.draw(st.integers(0, len(text)))

    assert joined(text[:cut], text[cut:], handed=True) == text


@pytest.mark.parametrize(
    ("text", "lines", "line"),
    [
        ("a\nb", "a\n", "b"),
        ("a\n", "a\n", ""),
        ("a", "", "a"),
        ("```py\na\n```", "```py\na\n```\n", ""),
        ("````md\na\n```", "````md\na\n", "```"),
        ("a\n```", "a\n", "```"),
        ("a\r", "a\r\n", ""),
    ],
)
def test_a_last_line_that_is_whole_but_for_its_end_counts_among_the_whole_ones(text, lines, line):
    assert Cut.of(text) == Cut(lines, line)
