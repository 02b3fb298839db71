"""Tags: what an opening tag begins, offset by offset."""

from __future__ import annotations

import pytest

from app.coder.tags import Tags, contents


def read(text: str) -> tuple[str | None, str, str, bool, str | None] | None:
    """Path, whole, contents, closed and what is replaced, of the file whose tag the text begins with."""
    found = Tags(text).file_at(0)
    if found is None:
        return None
    old = text[slice(*found.replaces)] if found.replaces else None
    return found.path, text[found.start : found.end], text[slice(*found.inner)], found.closed, old


@pytest.mark.parametrize(
    ("opening", "path"),
    [
        ('<file path="a.py">', "a.py"),
        ("<file path='a.py'>", "a.py"),
        ("<file path=a.py>", "a.py"),
        ('<file id="1" PATH="bin/run">', "bin/run"),
        ('<action type="file" filePath="src/a.js">', "src/a.js"),
        ('<x file_name="a.py">', "a.py"),
        ('<file name="a.py">', "a.py"),
        ('<file title="a.py">', "a.py"),
        ('<file identifier="a.py">', "a.py"),
        ('<file identifier="my-app" title="a.py">', "a.py"),
    ],
)
def test_an_attribute_names_the_file(opening, path):
    name = opening[1:].split()[0]

    whole = f"{opening}\nx\n</{name}>"
    assert read(f"{whole}\nmore") == (path, whole, "\nx\n", True, None)
    assert read(f"{opening}\nx\n") == (path, f"{opening}\nx\n", "\nx\n", False, None)


@pytest.mark.parametrize(
    "text",
    [
        "no tag",
        '<file path="a.py"/>x</file>',
        '<file name="run">x</file>',
        '<file title="run">x</file>',
        '<file identifier="bin/run">x</file>',
        '<file path="">x</file>',
        "<file>x</file>",
        "<file><name>run</name>x</file>",
        "<file><source>run</source>x</file>",
        "<file><path>a b c d e f</path>x</file>",
        "<code>x\n",
        "<code>\nx\n",
        '<invoke name="a.py">\nx\n</invoke>',
        "<function=a.py>\nx\n</function>",
        "<function=read>\n<parameter=path>a.py</parameter>\n</function>",
    ],
)
def test_what_begins_no_file(text):
    assert read(text) is None


@pytest.mark.parametrize("child", ["path", "file_path", "filepath", "file_name", "target_file", "PATH"])
def test_a_child_names_the_file_without_an_extension_too(child):
    whole = f"<file>\n<{child}>\nbin/run\n</{child}>\nx\n</file>"

    assert read(whole) == ("bin/run", whole, "\nx\n", True, None)


@pytest.mark.parametrize("child", ["name", "source"])
def test_a_child_that_may_say_something_else_names_a_file_with_an_extension(child):
    whole = f"<file><{child}>a.py</{child}>x</file>"

    assert read(whole) == ("a.py", whole, "x", True, None)


def test_short_children_stand_before_the_path_and_before_the_contents():
    head = "<id>1</id>" * 3 + "<path>a.py</path>" + "<mode>x</mode>" * 2
    whole = f"<file>{head}<content>\nx\n</content><size>1</size></file>"

    assert read(whole) == ("a.py", whole, "\nx\n", True, None)
    assert read("<file>" + "<id>1</id>" * 8 + "<path>a.py</path></file>") is None
    assert read(f"<file><id>{'1' * 401}</id><path>a.py</path></file>") is None
    assert read(f"<file><id>{'1' * 400}</id><path>a.py</path>x</file>") is not None
    assert read("<file><id>1<b></id><path>a.py</path></file>") is None


def test_contents_end_at_their_last_closing_tag():
    text = "<file><path>a.py</path><content>x</content>y</content></file><content></content>"

    assert read(text) == ("a.py", text[: text.index("</file>") + 7], "x</content>y", True, None)


@pytest.mark.parametrize(
    ("end", "closed"), [("</content></file>", True), ("</content>", False), ("</file>", False), ("", False)]
)
def test_contents_are_closed_where_both_tags_are(end, closed):
    found = read(f"<file><path>a.py</path><content>x{end}")

    assert found is not None
    assert found[2:4] == ("x", closed)


@pytest.mark.parametrize("element", ["body", "code", "text", "source", "BODY"])
def test_an_element_of_markup_is_no_child(element):
    inner = f"<{element}>x</{element}>"

    found = read(f'<file path="a.html">{inner}</file>')
    assert found is not None
    assert found[2] == inner
    found = read(f'<file path="a.py">{inner}</file>')
    assert found is not None
    assert found[2] == "x"


@pytest.mark.parametrize(
    ("opening", "inner"),
    [
        ("<code>\n", "x\n"),
        ("<pre>python\n", "x\n"),
        ('<PlandexBlock lang="go">\n', "x\n"),
        ("<source>  c++\n", "x\n"),
    ],
)
def test_a_container_alone_on_its_line_waits_for_a_name(opening, inner):
    name = opening[1:].split(">")[0].split()[0]
    whole = f"{opening}x\n</{name}>"

    assert read(whole) == (None, whole, inner, True, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [("old_str", "new_str"), ("oldText", "newText"), ("search", "replace"), ("old_string", "new_string")],
)
def test_an_old_and_a_new_text_are_an_edit(old, new):
    whole = f"<edit><path>a.py</path>\n<{old}>x</{old}>\n<{new}>y</{new}>\n</edit>"

    assert read(f"{whole}\n") == ("a.py", whole, "y", True, "x")


@pytest.mark.parametrize(
    "text",
    [
        "<edit><path>a.py</path><old>x</old></edit><new>y</new>",
        "<edit><path>a.py</path><old>x</edit></old><new>y</new>",
        "<edit><path>a.py</path><old>x",
    ],
)
def test_an_old_text_without_a_new_one_is_nothing(text):
    assert read(text) is None


def test_an_edit_is_closed_where_its_new_text_is():
    found = read("<edit><path>a.py</path><old>x</old><new>y")

    assert found is not None
    assert found[2:] == ("y", False, "x")


def test_parameters_after_the_contents_are_no_part_of_them():
    def call(*after: str) -> str:
        rest = "".join(f"\n<parameter={name}>1</parameter>" for name in after)
        head = "<function=w>\n<parameter=path>a.py</parameter>\n<parameter=content>x</parameter>"
        return f"{head}{rest}\n</function>"

    for names in ((), ("a",), ("a", "b", "c")):
        found = read(call(*names))
        assert found is not None
        assert found[2:4] == ("x", True)


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("\nx\n", "x\n"),
        ("x", "x\n"),
        ("\n\nx\n\n", "\nx\n\n"),
        ("\nx\n  ", "x\n"),
        ("\n \n", ""),
        ("", ""),
        ("<![CDATA[<p>\nx]]>", "<p>\nx\n"),
        ("\n  <![CDATA[x]]>\n", "x\n"),
    ],
)
def test_contents_lose_only_what_the_tags_brought(text, inner):
    assert contents(text) == inner
