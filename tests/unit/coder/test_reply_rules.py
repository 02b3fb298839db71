"""The rules one by one: what is a path, what an info string holds, what is told, word by word."""

from __future__ import annotations

import pytest

from app.coder.heredocs import heredocs
from app.coder.naming import Name, in_info
from app.coder.pathlike import as_path, fits
from app.coder.pieces import unfenced
from app.coder.reply import parse
from app.domain import Use


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a.py", "a.py"),
        ("./a.py", "a.py"),
        (".//a.py", "a.py"),
        ("/a/b", None),
        ("/a/b.c9", "/a/b.c9"),
        ("a.b", None),
        ("x/a.b", "x/a.b"),
        ("x/a.5", None),
        ("3.11", None),
        ("Makefile", "Makefile"),
        ("Dockerfile.dev", "Dockerfile.dev"),
        (".env", ".env"),
        (".env.local", ".env.local"),
        (".x", None),
        ("...", None),
        ("Node.js", None),
        ("http://a/b.py", None),
        ("a/", None),
        ("a.py/", None),
        ("C:/a.py", "C:/a.py"),
        ("a:b.py", None),
        ("*.py", None),
        ("a b.py", "a b.py"),
        ("a  b.py", None),
        ("python a.py", None),
        ("a b c d.py", "a b c d.py"),
        ("a b c d e.py", None),
        ("-a.py", None),
        ("x" * 252 + ".py", "x" * 252 + ".py"),
        ("x" * 253 + ".py", None),
        ("**`a.py`**:", "a.py"),
        ("(a.py)", "a.py"),
        ("[a.py]", "a.py"),
        ("[a]/b.py", "[a]/b.py"),
        ("_a.py_", "_a.py_".strip("_")),
        ("__init__.py", "__init__.py"),
        (r"a\_b.py", "a_b.py"),
        (r"a\b_c.py", "a/b_c.py"),
        ("", None),
        (".py", ".py"),
        ("a.PY", "a.PY"),
        ("f(x).py", "f(x).py"),
        ("x = a.py", None),
        ("\u201ca.py\u201d", "a.py"),
        ("// a.py", None),
        ("//a.py", None),
        ("a.py**", "a.py"),
        ("a.py`", "a.py"),
        ("`a.py` and `b.py`", None),
        ("a.py ,", "a.py"),
        ("Makefile.win.in", "Makefile.win.in"),
        ("Dockerfile.dev.old", "Dockerfile.dev.old"),
        (".my-tool_rc", ".my-tool_rc"),
        (".a+b", None),
        ("x/a b.zzz", None),
        ("x.d/run", None),
    ],
)
def test_what_is_a_path(text, path):
    assert as_path(text) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("bin/run", "bin/run"),
        ("run", "run"),
        ("a.xyz", "a.xyz"),
        ("two words", None),
        ("a.", None),
        ("f()", None),
        ("-", None),
        ("/", None),
        ("bin/-", None),
        ("two words.xyz", None),
        ("two-words", None),
        ("a.b/c-d", "a.b/c-d"),
        ("f.x()", None),
    ],
)
def test_what_may_be_a_path_after_a_label(text, path):
    assert as_path(text, labelled=True) == path


@pytest.mark.parametrize(
    ("tag", "path", "answer"),
    [
        ("python", "a.py", True),
        ("py", "a.js", False),
        ("", "a.js", True),
        ("nonsense", "a.js", True),
        ("bash", "a.py", False),
        ("bash", "a.sh", True),
        ("sh", "Dockerfile", True),
        ("python", "a.xyz", True),
        ("python", "a.tmpl", True),
        ("Python", "A.PY", True),
        ("yaml", "a.yml", True),
        ("c++", "a.h", True),
        ("python", "a.min.js", False),
        ("bash", ".x/a.py", False),
        ("python", "x.js/run", True),
    ],
)
def test_whether_a_language_fits_a_path(tag, path, answer):
    assert fits(tag, path) is answer


@pytest.mark.parametrize(
    ("info", "tag", "path"),
    [
        ("", "", None),
        ("python", "python", None),
        ("python a.py", "python", "a.py"),
        ("python:a.py", "python", "a.py"),
        ("1:20:a.py", "", "a.py"),
        ("python|a.py", "python", "a.py"),
        ("python,a.py", "python", "a.py"),
        ("python;a.py", "python", "a.py"),
        ("src/a.py", "py", "src/a.py"),
        ("a.py", "py", "a.py"),
        ("Dockerfile", "Dockerfile", None),
        ('{.python filename="a.py"}', "python", "a.py"),
        ("js{1,2} title='b.js'", "js", "b.js"),
        ("title=a.py", "", "a.py"),
        ("python // a.py", "python", "a.py"),
        ("python # filepath: a.py", "python", "a.py"),
        ("python - a.py", "python", "a.py"),
        ("python file: a.py", "python", "a.py"),
        ("python linenums", "python", None),
        ("rust,ignore", "rust", None),
        ("python {1,3}", "python", None),
        ("python:nothing", "python", None),
        ('python title="My file"', "python", None),
    ],
)
def test_what_an_info_string_holds(info, tag, path):
    assert in_info(info) == (tag, Name(path, "info_string") if path else None)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("cat > a.py <<'EOF'\n$x\nEOF\n", [("a.py", "$x\n")]),
        ("cat > a.py << EOF\nx\nEOF\n", [("a.py", "x\n")]),
        ("cat <<EOF > a.py\nx\nEOF\n", [("a.py", "x\n")]),
        ('cat <<"E" >"my a.py"\nx\nE\n', [("my a.py", "x\n")]),
        ("sudo tee /etc/a.conf <<'E' > /dev/null\nx\nE\n", [("/etc/a.conf", "x\n")]),
        ("cat > a.py <<EOF\n$x\nEOF\n", []),
        ("cat >> a.py <<'EOF'\nx\nEOF\n", []),
        ("cat <<'EOF' | sh\nx\nEOF\n", []),
        ("tee -a a.py <<'EOF'\nx\nEOF\n", []),
        ("cat > a.py <<-'EOF'\n\tx\n\tEOF\n", []),
        ("cat > a.py <<'EOF'\nx\n", []),
        ("cat > a.py <<'A'\nx\nA\ncat > b.py <<'B'\ny\nB\n", [("a.py", "x\n"), ("b.py", "y\n")]),
    ],
)
def test_what_heredocs_write(text, files):
    assert heredocs(text) == files


def told(text: str) -> list[tuple[str, str, int | None]]:
    return [(problem.code, problem.message, problem.line) for problem in parse(text).problems]


BLOCK = "```python\n1\n```\n"


@pytest.mark.parametrize(
    ("text", "code", "message", "line"),
    [
        (f"x\n{BLOCK}", "unnamed_block", "nothing names the file this block holds", 2),
        ("a.py\n```\n1\n", "block_not_closed", "the reply ends before the block of `a.py` does", 2),
        (
            f"a.py\n{BLOCK}a.py\n```\n2\n```\n",
            "path_repeated",
            "two blocks hold `a.py` (the first at line 2); the later one is taken",
            6,
        ),
        (
            f"a.py\n{BLOCK}a.py\n```\n2\n",
            "path_repeated",
            "two blocks hold `a.py` (the first at line 2); the first one is taken",
            6,
        ),
        (
            "a.py\n```\n# filepath: b.py\n```\n",
            "names_disagree",
            "the block is called `a.py` above and `b.py` inside; taken as `b.py`",
            2,
        ),
        ("<think>\n", "thinking_not_closed", "the reply ends inside its thinking", 1),
        ("x\n\n<think>\n", "thinking_not_closed", "the reply ends inside its thinking", 1),
        (
            "```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n",
            "unnamed_block",
            "nothing says which file these edits change",
            1,
        ),
        (
            "a.py\n```\n\n<<<<<<< SEARCH\na\n",
            "edit_not_closed",
            "a SEARCH part has no `>>>>>>> REPLACE` line",
            4,
        ),
        (
            "a.py\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n",
            "edit_unclear",
            "a SEARCH/REPLACE block needs exactly one `=======` line",
            2,
        ),
        (
            "```diff\n--- a.py\n+++ /dev/null\n-x\n```\n",
            "deletion_in_reply",
            "the reply deletes `a.py`; nothing is deleted",
            2,
        ),
        (
            "```diff\n--- a.py\n+++ a.py\n@@ -0,0 +1 @@\n+x\n```\n",
            "edit_without_context",
            "a hunk of `a.py` only adds lines and shows none around them",
            4,
        ),
        (
            "*** Begin Patch\n*** Delete File: a.py\n*** End Patch\n",
            "deletion_in_reply",
            "the reply removes or moves `a.py`; nothing is",
            2,
        ),
    ],
)
def test_what_is_told(text, code, message, line):
    assert told(text) == [(code, message, line)]


@pytest.mark.parametrize(
    ("text", "use", "reason", "path"),
    [
        (f"a.py\n{BLOCK}", Use.CREATE, "named by name_line", "a.py"),
        (f"a.py\n{BLOCK}\n```\n```\n", Use.EXAMPLE, "empty", None),
        (f"a.py\n{BLOCK}\n```sh\nls\n```\n", Use.COMMAND, "commands for a person", None),
        (f"a.py\n{BLOCK}\nOutput:\n```\n1\n```\n", Use.EXAMPLE, "announced as an output or an example", None),
        (f"a.py\n{BLOCK}\n```\n└── x\n```\n", Use.EXAMPLE, "announced as an output or an example", None),
        (f"a.py\n{BLOCK}\n{BLOCK}", Use.UNRESOLVED, "nothing names it", None),
        (f"a.py\n{BLOCK}a.py\n{BLOCK}", Use.EXAMPLE, "another block holds this file", "a.py"),
        ("```sh\nls\n```\n", Use.UNRESOLVED, "the only block; nothing names it", None),
        (
            "a.py\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
            Use.EDIT,
            "1 edits as search_replace",
            "a.py",
        ),
    ],
)
def test_what_a_block_was_taken_for(text, use, reason, path):
    block = parse(text).blocks[-1]

    assert (block.use, block.reason, block.path) == (use, reason, path)


def test_the_first_of_two_blocks_says_that_it_was_outdone():
    assert parse(f"a.py\n{BLOCK}a.py\n```\n2\n```\n").blocks[0].reason == "a later block holds this file"


def test_files_without_a_fence_have_their_lines():
    pieces = unfenced("Words.\n\n# filepath: a.py\nx\n\ny\n\n\n// File: b.js\nz\n")

    assert [(p.line, p.end_line, p.text, p.name) for p in pieces] == [
        (3, 6, "x\n\ny\n", Name("a.py", "filepath_comment")),
        (9, 10, "z\n", Name("b.js", "filepath_comment")),
    ]
