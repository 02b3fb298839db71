"""Paths: what in a line of prose reads as a file's path, which are refused, which fit a fence's language."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 400

_LANGUAGES = {
    "py": "python python3 py pyi",
    "pyi": "python",
    "ipynb": "json",
    "js": "javascript js jsx",
    "mjs": "javascript js",
    "cjs": "javascript js",
    "jsx": "jsx javascript tsx js",
    "ts": "typescript ts tsx",
    "tsx": "tsx typescript jsx ts",
    "vue": "vue html",
    "svelte": "svelte html",
    "html": "html jinja2 jinja django htm xml",
    "htm": "html",
    "css": "css scss",
    "scss": "scss css sass",
    "less": "less css",
    "sass": "sass scss",
    "json": "json jsonc json5 javascript",
    "jsonl": "json jsonl",
    "json5": "json5 json",
    "jsonc": "jsonc json",
    "yaml": "yaml yml",
    "yml": "yaml yml",
    "toml": "toml ini",
    "ini": "ini cfg conf toml properties",
    "cfg": "ini cfg conf toml",
    "conf": "conf nginx ini apache apacheconf caddy caddyfile config bash sh properties yaml",
    "config": "xml ini json",
    "env": "env bash sh shell dotenv ini properties",
    "properties": "properties ini",
    "service": "ini systemd service conf unit",
    "timer": "ini systemd conf",
    "socket": "ini systemd conf",
    "target": "ini systemd conf",
    "path": "ini systemd",
    "mount": "ini systemd",
    "sql": "sql postgresql psql pgsql mysql plpgsql sqlite",
    "sh": "bash sh shell zsh",
    "bash": "bash sh shell",
    "zsh": "zsh sh bash",
    "fish": "fish",
    "ps1": "powershell ps1 pwsh",
    "bat": "bat batch cmd dos",
    "md": "markdown md text",
    "mdx": "mdx markdown jsx",
    "rst": "rst text",
    "txt": "text txt plaintext plain",
    "csv": "csv text",
    "tsv": "tsv text",
    "log": "text log",
    "xml": "xml html",
    "svg": "svg xml html",
    "rs": "rust rs",
    "go": "go golang",
    "java": "java",
    "kt": "kotlin",
    "swift": "swift",
    "rb": "ruby rb",
    "php": "php html",
    "pl": "perl",
    "lua": "lua",
    "r": "r",
    "jl": "julia",
    "c": "c cpp",
    "h": "c cpp c++ h",
    "cpp": "cpp c++ cc",
    "cc": "cpp c++",
    "hpp": "cpp c++",
    "cs": "csharp cs c#",
    "scala": "scala",
    "clj": "clojure",
    "ex": "elixir",
    "exs": "elixir",
    "erl": "erlang",
    "hs": "haskell",
    "ml": "ocaml",
    "dart": "dart",
    "zig": "zig",
    "nim": "nim",
    "mojo": "mojo python",
    "tla": "tla tla+ text",
    "proto": "protobuf proto",
    "graphql": "graphql gql",
    "gql": "graphql gql",
    "tf": "hcl terraform tf",
    "hcl": "hcl terraform",
    "nix": "nix",
    "j2": "jinja2 jinja j2 html yaml ini",
    "jinja": "jinja2 jinja html",
    "jinja2": "jinja2 jinja html",
    "tpl": "html smarty text",
    "tmpl": "html go text",
    "mk": "makefile make",
    "cmake": "cmake",
    "gradle": "groovy gradle",
    "groovy": "groovy",
    "cron": "cron crontab bash text",
    "lock": "toml json text yaml",
    "patch": "diff patch",
    "diff": "diff patch",
    "rules": "text bash ini yaml",
    "caddyfile": "caddy caddyfile",
    "bats": "bash bats",
    "vim": "vim",
    "el": "elisp lisp",
    "ejs": "html ejs",
    "desktop": "ini desktop",
    "plist": "xml",
    "prisma": "prisma",
    "sol": "solidity",
    "asm": "asm",
    "cu": "cuda cpp",
    "gitignore": "gitignore text",
    "dockerignore": "text",
    "editorconfig": "ini",
    "example": "bash env ini text",
    "sample": "bash env ini text",
    "template": "text",
    "key": "text",
    "pem": "text",
    "cnf": "ini sql",
    "in": "text",
    "dockerfile": "dockerfile docker",
    "http": "http",
    "feature": "gherkin",
    "tex": "latex tex",
    "bib": "bibtex",
    "awk": "awk",
    "sed": "sed",
    "map": "json",
    "webmanifest": "json",
    "spec": "python text",
    "pyx": "cython python",
    "modelfile": "text modelfile",
    "db": "",
    "sqlite": "",
    "png": "",
    "jpg": "",
    "pdf": "",
    "zip": "",
    "gz": "",
    "pkl": "",
    "parquet": "",
    "gguf": "",
    "so": "",
    "ico": "",
    "pth": "",
    "pt": "",
    "bin": "",
    "woff2": "",
    "bak": "",
}
_BARE_NAMES = {
    "dockerfile": "dockerfile docker",
    "containerfile": "dockerfile docker",
    "makefile": "makefile make",
    "gnumakefile": "makefile make",
    "caddyfile": "caddy caddyfile",
    "procfile": "procfile text yaml",
    "gemfile": "ruby",
    "rakefile": "ruby",
    "vagrantfile": "ruby",
    "jenkinsfile": "groovy",
    "license": "text",
    "modelfile": "text modelfile dockerfile",
    "justfile": "just makefile",
    "readme": "markdown text",
    "notice": "text",
    "changelog": "markdown text",
    "authors": "text",
    "codeowners": "text",
    "crontab": "cron crontab bash",
    "version": "text",
    "copying": "text",
    "pipfile": "toml",
    "brewfile": "ruby",
    "tiltfile": "python",
    ".gitignore": "gitignore text",
    ".gitattributes": "text",
    ".dockerignore": "text",
    ".env": "env bash sh ini dotenv",
    ".editorconfig": "ini",
    ".prettierrc": "json yaml",
    ".eslintrc": "json javascript",
    ".babelrc": "json",
    ".bashrc": "bash sh",
    ".profile": "bash sh",
    ".zshrc": "zsh bash",
    ".npmrc": "ini",
    ".nvmrc": "text",
    ".python-version": "text",
    ".tool-versions": "text",
    ".flake8": "ini",
    ".pylintrc": "ini",
    ".coveragerc": "ini",
    ".gitkeep": "text",
    ".htaccess": "apache apacheconf conf",
    ".vimrc": "vim",
    ".pgpass": "text",
    ".netrc": "text",
    "__init__": "",
}
_BINARY = frozenset(
    {
        "db",
        "sqlite",
        "png",
        "jpg",
        "pdf",
        "zip",
        "gz",
        "pkl",
        "parquet",
        "gguf",
        "so",
        "ico",
        "pth",
        "pt",
        "bin",
        "woff2",
    }
)
SHELLS = frozenset(
    [
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "terminal",
        "shell-session",
        "shellsession",
        "fish",
        "powershell",
        "cmd",
        "bat",
    ]
)
_UNTAGGED = frozenset({"", "text", "txt", "plaintext", "plain", "code", "none"})

_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9_+-]{0,11}|7z)$")
_LINE_REFERENCE = re.compile(r"(?:::[\w.:\[\]-]+|:\d+(?:\s*[-–]\s*\d+)?(?::\d+)?|#L?\d+(?:-L?\d+)?)$")
_COMMANDS = frozenset(
    [
        "python",
        "python3",
        "py",
        "pip",
        "pip3",
        "bash",
        "sh",
        "zsh",
        "cd",
        "ls",
        "cat",
        "cp",
        "mv",
        "rm",
        "mkdir",
        "touch",
        "chmod",
        "chown",
        "git",
        "npm",
        "npx",
        "node",
        "yarn",
        "pnpm",
        "docker",
        "psql",
        "curl",
        "wget",
        "sudo",
        "systemctl",
        "journalctl",
        "pytest",
        "make",
        "go",
        "cargo",
        "rustc",
        "gcc",
        "source",
        "export",
        "echo",
        "tail",
        "head",
        "grep",
        "sed",
        "awk",
        "vi",
        "vim",
        "nano",
        "ssh",
        "scp",
        "rsync",
        "uvicorn",
        "gunicorn",
        "flask",
        "uv",
        "poetry",
        "ruff",
        "mypy",
        "import",
        "from",
    ]
)
_NOT_FILES = frozenset(
    [
        "node.js",
        "next.js",
        "vue.js",
        "react.js",
        "express.js",
        "d3.js",
        "three.js",
        "nuxt.js",
        "chart.js",
        "alpine.js",
        "socket.io",
        "nest.js",
        "ember.js",
        "backbone.js",
        "discord.js",
        "asp.net",
        "i.e",
        "e.g",
        "etc",
        "vs.net",
        "ollama.ai",
        "backbone.js",
        "moment.js",
    ]
)
_PLACEHOLDER = re.compile(
    r"<[^<>/]+>|(?:^|/)path/to/|(?:^|[/_.-])your[_-]|\{\{.*?\}\}|(?:^|/)(?:XXX+|\.\.\.)(?:/|\.|$)|…",
    re.IGNORECASE,
)


def as_path(token: str, *, quoted: bool) -> str | None:
    """The path a token names, normalised, or None where it names no file.

    `quoted` says that it stood between backticks; a bare word must look more like a path.
    """
    token = _LINE_REFERENCE.sub("", token.strip())
    if (
        not 0 < len(token) <= LONGEST
        or "://" in token
        or any(c in token for c in "*?|;=\"'$`"[: 8 if quoted else 9])
    ):
        return None
    if (
        token.endswith(("/", "(", ")", ","))
        or token.startswith(("-", "@", "http:", "(", "#"))
        or "{" in token.replace("{{", "")
    ):
        return None
    if " " in token and not (quoted and _may_hold_spaces(token)):
        return None
    name = token.rpartition("/")[2].lower()
    extension = _EXTENSION.search(token)
    known = bool(extension and extension.group(1).lower() in _LANGUAGES)
    if name in _NOT_FILES or (not quoted and ":" in token):
        return None
    if name in _BARE_NAMES and (
        name.startswith(".") or "/" in token or (quoted and token[0].isupper()) or name.endswith("file")
    ):
        return normalised(token)
    if name.startswith(".env.") or (known and len(name) > len(extension.group(0) if extension else "")):
        return normalised(token)
    if known and name.startswith(".") and "/" in token:
        return normalised(token)
    if extension and "/" in token and quoted and not name.startswith("."):
        return normalised(token)
    return None


def as_weak_path(token: str) -> str | None:
    """A path without an extension, such as `/usr/local/bin/tool`; it needs a label that calls it a file."""
    token = token.strip()
    plain = re.fullmatch(r"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)+[\w.@+-]+|/[\w.@+-]+", token)
    return normalised(token) if plain and len(token) <= LONGEST else None


def normalised(path: str) -> str:
    """Without `./` in front, doubled slashes or single dots; `..` stays, to be refused by name."""
    path = path.strip()
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def refusal(path: str) -> tuple[str, str] | None:
    """The code and the reason why no plan could write this path, or None. Lexical: nothing is looked up."""
    if any(ord(c) < 32 or ord(c) == 127 for c in path):  # noqa: PLR2004 -- ASCII control characters
        return "forbidden_path", "holds a control character"
    parts = path.split("/")
    if ".." in parts:
        return "forbidden_path", "climbs out of its folder with `..`"
    if ".git" in parts:
        return "forbidden_path", "lies in a `.git` folder"
    if _PLACEHOLDER.search(path):
        return "placeholder_path", "is a placeholder, not a path"
    return None


def extension(path: str) -> str:
    match = _EXTENSION.search(path)
    return match.group(1).lower() if match else ""


def is_binary(path: str) -> bool:
    return extension(path) in _BINARY


@lru_cache(maxsize=4096)
def fits(path: str, lang: str) -> bool | None:
    """True where the fence's language is the path's, False where it is another's, None where neither tells."""
    if lang in _UNTAGGED:
        return None
    name = path.rpartition("/")[2].lower()
    languages = (
        _BARE_NAMES.get(name) or _LANGUAGES.get(extension(path)) or ("env bash" if ".env" in name else "")
    )
    if not languages:
        return None
    return lang in languages.split() or lang == extension(path)


def is_shell(lang: str) -> bool:
    return lang in SHELLS


def is_untagged(lang: str) -> bool:
    return lang in _UNTAGGED


def _may_hold_spaces(token: str) -> bool:
    first = token.split(maxsplit=1)[0]
    known = extension(token) in _LANGUAGES
    return known and first not in _COMMANDS and " -" not in token and not first.startswith(("./", "$"))
