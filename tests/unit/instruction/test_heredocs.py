"""Here-documents: which files a shell block writes, and their bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.instruction.heredocs import written_files


def written(text: str) -> list[tuple[str, str, bool, bool]]:
    return [(f.path, f.text, f.appends, f.expands) for f in written_files(text.split("\n"))]


@pytest.mark.parametrize(
    ("command", "path", "appends"),
    [
        ("cat > a.txt <<'EOF'", "a.txt", False),
        ("cat <<'EOF' > a.txt", "a.txt", False),
        ("cat >> a.txt <<'EOF'", "a.txt", True),
        ("sudo tee /etc/a.conf > /dev/null <<'EOF'", "/etc/a.conf", False),
        ("tee -a a.txt <<'EOF'", "a.txt", True),
        ('cat > "b/a.txt" <<"EOF"', "b/a.txt", False),
        ("cat > a.txt << \\EOF", "a.txt", False),
    ],
)
def test_the_command_names_the_file(command: str, path: str, appends: bool) -> None:  # noqa: FBT001 -- a case
    assert written(f"{command}\none\n\ntwo\nEOF") == [(path, "one\n\ntwo\n", appends, False)]


def test_an_unquoted_word_expands_only_what_a_shell_would_expand() -> None:
    assert written("cat > a.txt <<EOF\nplain\nEOF") == [("a.txt", "plain\n", False, False)]
    assert written("cat > a.txt <<EOF\n$HOME\nEOF") == [("a.txt", "$HOME\n", False, True)]


def test_a_dash_takes_leading_tabs_off() -> None:
    assert written("cat > a.txt <<-'EOF'\n\t\tone\n\tEOF") == [("a.txt", "one\n", False, False)]


@pytest.mark.parametrize(
    "text",
    [
        "cat > a.txt <<'EOF'\nno end",
        "psql <<'EOF'\nselect 1;\nEOF",
        "cat > $F <<'EOF'\nx\nEOF",
        "cat <<< word",
        "echo x > a.txt",
    ],
)
def test_what_writes_no_known_file_is_left_alone(text: str) -> None:
    assert written(text) == []


def test_several_files_in_one_block_are_those_a_shell_writes(tmp_path: Path) -> None:
    script = "cat > a.txt <<'EOF'\n$x `y` \\z\nEOF\necho between\ncat > b.txt <<'END'\nEOF\nEND\n"
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, capture_output=True)

    for path, text, _, _ in written(script):
        assert (tmp_path / path).read_text() == text
