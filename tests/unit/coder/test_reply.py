"""The parser as a whole: any chunking, any fence, any contents; what a reply may not do to it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.coder.reply import Reply, ReplyParser, as_json, parse
from app.domain import Use, sha256
from tests.unit.coder.test_reply_corpus import CORPUS, forms

NAMES = st.sampled_from(
    [
        "a.py",
        "src/b.js",
        "/tmp/c.txt",
        "pkg/__init__.py",
        "Dockerfile",
        "docs/my file.md",
        ".gitignore",
        "d.yaml",
        "x/y.tsx",
    ]
)
LINES = st.sampled_from(
    ["", "x = 1", "    indented", "```", "```python", "~~~", "````",
     "# filepath: other.py", "<file path='z.py'>",
     "<think>", "</think>", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "--- a/x", "+++ b/x",
     "**bold.py**", "é ∆",
     "*** Begin Patch", "@@ -1 +1 @@", "cat > q.py <<EOF", "EOF", "\t", "trailing  ", "File: w.py"]
)  # fmt: skip
CONTENTS = st.lists(LINES, max_size=12).map(lambda lines: "".join(line + "\n" for line in lines))
SAFE = {"", "x = 1", "    indented", "é ∆", "\t", "trailing  ", "**bold.py**", "File: w.py", "EOF"}


def longest(text: str, mark: str) -> int:
    return max(
        (len(line) - len(line.lstrip(mark)) for line in (part.strip() for part in text.split("\n"))),
        default=0,
    )


def by_line_above(path: str, contents: str, fence: str, lang: str) -> str:
    return f"Here it is.\n\n`{path}`\n\n{fence}{lang}\n{contents}{fence}\n\n"


def by_info(path: str, contents: str, fence: str, lang: str) -> str:
    return f'{fence}{lang or "text"} title="{path}"\n{contents}{fence}\n\n'


def by_label(path: str, contents: str, fence: str, lang: str) -> str:
    return f"**File:** `{path}`\n{fence}{lang}\n{contents}{fence}\n\n"


def by_marker(path: str, contents: str, fence: str, lang: str) -> str:
    return f"{fence}{lang}\n# filepath: {path}\n{contents}{fence}\n"


LANGUAGES = st.sampled_from(["", "python", "javascript", "yaml", "markdown", "dockerfile", "go", "unheard"])
FORMS = st.sampled_from([by_line_above, by_info, by_label, by_marker])


def is_quiet(contents: str) -> bool:
    """True where the first lines hold nothing that any parser would take for a marker or for edits."""
    return all(line in SAFE for line in [line for line in contents.split("\n") if line.strip()][:3])


@given(
    files=st.dictionaries(NAMES, CONTENTS.filter(is_quiet), min_size=1, max_size=4),
    render=FORMS,
    lang=LANGUAGES,
    mark=st.sampled_from("`~"),
    extra=st.integers(0, 3),
)
@settings(max_examples=300, deadline=None)
def test_what_is_rendered_with_a_fence_longer_than_any_inside_comes_back(files, render, lang, mark, extra):
    text = "".join(
        render(path, contents, mark * (max(4, longest(contents, mark) + 1) + extra), lang)
        for path, contents in files.items()
    )

    reply = parse(text)

    assert {f.path: f.content for f in reply.files} == files
    assert all(f.complete for f in reply.files)


@given(
    files=st.dictionaries(NAMES, st.lists(st.sampled_from(sorted(SAFE)), max_size=8), min_size=1, max_size=4),
    render=FORMS,
    lang=LANGUAGES,
)
@settings(max_examples=200, deadline=None)
def test_what_is_rendered_with_a_usual_fence_comes_back(files, render, lang):
    contents = {path: "".join(line + "\n" for line in lines) for path, lines in files.items()}

    reply = parse("".join(render(path, text, "```", lang) for path, text in contents.items()))

    assert {f.path: f.content for f in reply.files} == contents


INNER = st.sampled_from(["```bash\nls\n```\n", "```python\nx = 1\n\ny = 2\n```\n", "```json\n{}\n```\n"])
PROSE = st.sampled_from(["# Title\n\n", "Some words.\n\n", "- item\n\n", "\n"])


@given(
    parts=st.lists(st.one_of(INNER.map(lambda block: block + "\n"), PROSE), max_size=8),
    tail=st.sampled_from(["", "b.py\n```python\n1\n```\n"]),
)
def test_a_readme_with_blocks_of_three_backticks_comes_back_whole(parts, tail):
    contents = "".join(parts) + "The end.\n"

    reply = parse(f"README.md\n```markdown\n{contents}```\n\n{tail}")

    assert reply.files[0].content == contents
    assert [f.path for f in reply.files] == ["README.md", "b.py"][: 1 + bool(tail)]


REPLIES = st.one_of(
    st.sampled_from([form.reply for form in forms()]), st.lists(LINES, max_size=25).map("\n".join)
)


@given(text=REPLIES, data=st.data())
@settings(max_examples=300, deadline=None)
def test_chunking_never_changes_the_answer(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    parser = ReplyParser()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        parser.feed(text[start:end])

    assert parser.close() == parse(text)


@pytest.mark.parametrize("corpus", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.stem)
def test_one_character_at_a_time_gives_the_same_answer(corpus):
    text = corpus.read_text(encoding="utf-8")
    parser = ReplyParser()
    for char in text:
        parser.feed(char)

    assert parser.close() == parse(text)


@given(text=st.one_of(st.text(max_size=200), st.lists(LINES, max_size=30).map("\n".join)))
@example("```\x00")
@example("\ufeff```\n")
@example("<file path=")
@settings(max_examples=500, deadline=None)
def test_no_reply_breaks_the_parser(text):
    reply = parse(text)

    assert isinstance(reply, Reply)
    assert all(block.start_line <= block.end_line for block in reply.blocks)
    assert all(f.content == "" or f.content.endswith("\n") for f in reply.files)


@given(
    files=st.dictionaries(NAMES, CONTENTS.filter(is_quiet), min_size=1, max_size=3),
    render=FORMS,
    data=st.data(),
)
@settings(max_examples=200, deadline=None)
def test_a_cut_reply_gives_only_files_that_were_whole_before_the_cut(files, render, data):
    fence = "`" * max(4, *(longest(contents, "`") + 1 for contents in files.values()))
    text = "".join(render(path, contents, fence, "") for path, contents in files.items())

    reply = parse(text[: data.draw(st.integers(0, len(text)))])

    assert all(files[f.path] == f.content for f in reply.files if f.complete and f.path)


def test_every_block_has_one_entry_with_its_lines_and_its_reason():
    reply = parse("a.py\n```python\n1\n```\n\nRun:\n```bash\nls\n```\n\n```python\n2\n```\n\n```\n```\n")

    assert [(b.start_line, b.end_line, b.use) for b in reply.blocks] == [
        (2, 4, Use.CREATE), (7, 9, Use.COMMAND), (11, 13, Use.UNRESOLVED), (15, 16, Use.EXAMPLE),
    ]  # fmt: skip
    assert [b.path for b in reply.blocks] == ["a.py", None, None, None]
    assert all(b.reason for b in reply.blocks)
    assert [b.lang for b in reply.blocks] == ["python", "bash", "python", ""]


def test_files_say_where_they_stand_and_how_they_were_named():
    reply = parse("x\n\n```python\n# filepath: a.py\n1\n```\n### `b.py`\n```\n2\n```\n")

    assert [(f.line, f.matched_by, f.lang) for f in reply.files] == [
        (3, "filepath_comment", "python"),
        (8, "heading", ""),
    ]


@pytest.mark.parametrize(
    ("above", "rule"),
    [
        ("File: `a.py`", "file_label"), ("**CREATE FILE: a.py**", "create_file"), ("a.py", "name_line"),
        ("## a.py", "heading"), ("Create `a.py` with this:", "sentence"),
        ("**Update file: a.py**", "create_file"),
    ],
)  # fmt: skip
def test_each_rule_has_its_name(above, rule):
    assert parse(f"{above}\n```python\n1\n```\n").files[0].matched_by == rule


def test_the_json_form_is_the_contracts():
    reply = parse(
        "a.py\n```python\n1\n```\n\n"
        "b.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n\n"
        "```python\n2\n```\n"
    )

    assert as_json(reply) == {
        "files": [
            {
                "path": "a.py",
                "content": "1\n",
                "sha256": sha256("1\n"),
                "matched_by": "name_line",
                "complete": True,
            }
        ],
        "edits": [{"path": "b.py", "search": "x", "replace": "y"}],
        "problems": [
            {"code": "unnamed_block", "message": "nothing names the file this block holds", "line": 13}
        ],
    }


def test_a_reply_of_endless_blocks_is_read_up_to_a_limit_and_says_so():
    reply = parse("a.py\n```\nx\n```\n" * 3_000)

    assert [f.path for f in reply.files] == ["a.py"]
    assert "too_many_blocks" in [problem.code for problem in reply.problems]


@pytest.mark.parametrize(
    "unit",
    [
        "```\n",
        "```a\n",
        "<think>",
        "<a\n",
        "<file path='a'>\n",
        "<code>\n",
        "<edit><path>a.py</path><old>\n",
        "</think>",
        "=== a.py ===\n",
        "*** Add File: a.py\n",
        "<<<<<<< SEARCH\n",
        "`",
        " ",
        "**",
        "[",
        "\n",
    ],
)
def test_hostile_replies_take_linear_time(unit):
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    seconds(10_000)
    small = min(seconds(100_000) for _ in range(3))
    assert seconds(800_000) < 24 * max(small, 0.004)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("Done.\n", "nothing_found", "the reply holds no fenced block, no tagged file and no edit"),
        ("<think>\nlet me see", "thinking_not_closed", "the reply ends inside its thinking"),
        (
            "~~~\nx\n~~~\n" * 1_001,
            "too_many_blocks",
            "the reply holds more blocks than a reply does; the rest is unread",
        ),
    ],
)
def test_what_is_wrong_with_a_reply_as_a_whole_is_told_at_its_first_line(text, code, message):
    told = [(p.code, p.message, p.line) for p in parse(text).problems if p.code == code]

    assert told == [(code, message, 1)]
