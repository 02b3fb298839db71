"""Fences as authors write them: nested, in lists, in quotes, never closed."""

from __future__ import annotations

from app.instruction.markdown import scan


def test_a_nested_document_is_taken_whole_and_the_repair_is_recorded() -> None:
    [fence] = scan("```markdown\n# R\n```bash\nx\n```\nmore\n```\n").fences

    assert fence.body == ("# R", "```bash", "x", "```", "more")
    assert fence.repaired


def test_inner_fences_that_do_not_pair_leave_commonmarks_reading() -> None:
    first, second = scan("```\n```python\nx\n```\ny\n```bash\nz\n```\n").fences

    assert (first.body, first.repaired) == (("```python", "x"), False)
    assert second.body == ("z",)


def test_a_fence_inside_a_python_string_does_not_end_the_block() -> None:
    [fence] = scan("```python\nx = '''\n```\nplain\n```\n'''\n```\n").fences

    assert fence.body[-1] == "'''"


def test_a_block_in_a_list_item_loses_the_items_indentation_and_no_more() -> None:
    [fence] = scan("1. Create `x`:\n\n   ```python\n   def f():\n       pass\n   ```\n").fences

    assert fence.text == "def f():\n    pass\n"


def test_code_that_its_author_forgot_to_indent_stays_in_its_block() -> None:
    [fence] = scan("- Create `x`:\n  ```python\ndef f():\n    pass\n  ```\n").fences

    assert fence.text == "def f():\n    pass\n"


def test_a_block_in_a_quote_ends_with_the_quote() -> None:
    [fence] = scan("> ```\n> a\nb\n").fences

    assert (fence.body, fence.closed) == (("a",), False)


def test_a_comment_hides_fences_and_one_that_never_ends_hides_nothing() -> None:
    assert scan("<!--\n```\nx\n```\n-->\n").fences == []
    assert len(scan("<!--\n```\nx\n```\n").fences) == 1


def test_an_edit_outside_fences_may_hold_fences() -> None:
    document = scan("<<<<<<< SEARCH\n```\na\n```\n=======\nb\n>>>>>>> REPLACE\n")

    assert document.fences == []
    assert [fence.body for fence in document.regions[0].fences] == [("a",)]
