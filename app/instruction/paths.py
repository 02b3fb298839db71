"""Paths: what in a line of prose reads as a file's path, and which paths no plan could write."""

from __future__ import annotations

import re

from app.instruction.languages import BY_EXTENSION, BY_NAME, extension, suffix

LONGEST = 400

_LINE_REFERENCE = re.compile(r"(?:::[\w.:\[\]-]+|:\d+(?:\s*[-,:]\s*\d+)*|#L?\d+(?:-L?\d+)?)$")
_COMMANDS = frozenset(
    {
    "awk", "bash", "cargo", "cat", "cd", "chmod", "chown", "cp", "curl", "docker", "echo", "export",
    "flask", "from", "gcc", "git", "go", "grep", "gunicorn", "head", "import", "journalctl", "ls",
    "make", "mkdir", "mv", "mypy", "nano", "node", "npm", "npx", "pip", "pip3", "pnpm", "poetry",
    "psql", "py", "pytest", "python", "python3", "rm", "rsync", "ruff", "rustc", "scp", "sed", "sh",
    "source", "ssh", "sudo", "systemctl", "tail", "touch", "uv", "uvicorn", "vi", "vim", "wget", "yarn",
    "zsh",
    }
)  # fmt: skip
_NOT_FILES = frozenset(
    {
    "alpine.js", "asp.net", "backbone.js", "chart.js", "d3.js", "discord.js", "e.g", "ember.js", "etc",
    "express.js", "i.e", "moment.js", "nest.js", "next.js", "node.js", "nuxt.js", "ollama.ai",
    "react.js", "socket.io", "three.js", "vs.net", "vue.js",
    }
)  # fmt: skip
_ROOT_NAMES = frozenset(
    {
    "changelog.md", "cargo.toml", "docker-compose.yml", "dockerfile", "license", "makefile", "package.json",
    "pyproject.toml", "readme.md", "requirements.txt", "setup.py", "tsconfig.json",
    }
)  # fmt: skip
_TEST = re.compile(r"(?:^|/)(?:tests?|__tests__|specs?|e2e)/|(?:^|/)test_|[_.-](?:test|spec)s?\.\w+$")
_PLACEHOLDER = re.compile(
    r"<[^<>/]+>|(?:^|/)path/to/|(?:^|[/_.-])your[_-]|\{\{.*?\}\}|(?:^|/)(?:XXX+|\.\.\.)(?:/|\.|$)|…",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"\.[a-z][\w-]+(?:\.[a-z]+)?")
_DOTFILE = re.compile(r"\.(?:[a-z]+-[a-z-]+|[a-z]+(?:rc|ignore|config|attributes|keep|modules|lint))")
_PLAIN = re.compile(r"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)+[\w.@+-]+|/[\w.@+-]+")


def as_path(token: str, *, quoted: bool) -> str | None:
    """The path a token names, normalised, or None where it names no file.

    `quoted` says that it stood between backticks; a bare word must look more like a path.
    """
    token = _LINE_REFERENCE.sub("", token.strip())
    if not _may_be_path(token, quoted=quoted):
        return None
    name = token.rpartition("/")[2].lower()
    ending = suffix(token)
    if name in BY_NAME:
        telling = (
            name.startswith(".") or "/" in token or name.endswith("file") or (quoted and token[0].isupper())
        )
        return normalised(token) if telling else None
    if quoted and _DOTFILE.fullmatch(name):
        return normalised(token)
    if extension(token) in BY_EXTENSION and (len(name) > len(ending) or "/" in token):
        return normalised(token)
    odd = ending and quoted and "/" in token and not name.startswith(".")
    return normalised(token) if odd or name.startswith(".env.") else None


def _may_be_path(token: str, *, quoted: bool) -> bool:
    """False for what holds signs that no file's name holds in an instruction."""
    if not 0 < len(token) <= LONGEST or "://" in token or any(sign in token for sign in "*?|;=\"'$"):
        return False
    if token.endswith(("/", "(", ")", ",")) or token.startswith(("-", "@", "(", "#")):
        return False
    if "{" in token.replace("{{", "") or (not quoted and (":" in token or "`" in token)):
        return False
    if " " in token and not (quoted and _may_hold_spaces(token)):
        return False
    return token.rpartition("/")[2].lower() not in _NOT_FILES


def _may_hold_spaces(token: str) -> bool:
    first = token.split(maxsplit=1)[0]
    known = extension(token) in BY_EXTENSION
    return known and first not in _COMMANDS and " -" not in token and not first.startswith(("./", "$"))


def as_weak_path(token: str) -> str | None:
    """A path without an extension, such as `/usr/local/bin/tool`; it needs a label that calls it a file."""
    token = token.strip()
    return (
        normalised(token)
        if (_PLAIN.fullmatch(token) or _HIDDEN.fullmatch(token)) and len(token) <= LONGEST
        else None
    )


def normalised(path: str) -> str:
    """Without `./` in front, doubled slashes or single dots; `..` stays, to be refused by name."""
    path = path.strip()
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def is_test(path: str) -> bool:
    """True for a file that its name or its folder calls a test."""
    return _TEST.search(path) is not None


def stands_at_the_root(path: str) -> bool:
    """True for names that a project has at its root as well as in folders: never short for a longer path."""
    return path.lower() in _ROOT_NAMES or path.startswith(".")


def refusal(path: str) -> tuple[str, str] | None:
    """The code and the reason why no plan could write this path, or None. Lexical: nothing is looked up."""
    if any(ord(c) < ord(" ") or ord(c) == DELETE for c in path):
        return "forbidden_path", "holds a control character"
    parts = path.split("/")
    if ".." in parts:
        return "forbidden_path", "climbs out of its folder with `..`"
    if ".git" in parts:
        return "forbidden_path", "lies in a `.git` folder"
    if _PLACEHOLDER.search(path):
        return "placeholder_path", "is a placeholder, not a path"
    return None


DELETE = 127
"""The one ASCII control character above the letters."""
