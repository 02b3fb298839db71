"""What looks like a file's path.

A path in a reply is believed by its shape alone; whether it may be written is the writer's to say.
"""

# ruff: noqa: SIM905 -- tables of words read better as words

from __future__ import annotations

import re

from app.coder import languages

NAMES = frozenset(
    """
    AUTHORS BUILD Berksfile Brewfile CHANGELOG CODEOWNERS CONTRIBUTORS COPYING Caddyfile Containerfile
    Dockerfile Earthfile Fastfile GNUmakefile Gemfile Guardfile INSTALL Jenkinsfile Justfile LICENCE
    LICENSE MANIFEST Makefile NOTICE Pipfile Podfile Procfile README Rakefile SConscript SConstruct
    Snakefile Tiltfile VERSION Vagrantfile WORKSPACE crontab gradlew justfile makefile
    """.split()
)
_PRODUCTS = frozenset(
    """
    alpine.js angular.js asp.net backbone.js bootstrap.css chart.js d3.js discord.js electron.js
    ember.js express.js handlebars.js jquery.js leaflet.js moment.js nest.js next.js node.js nuxt.js
    p5.js react.js require.js socket.io svelte.js tailwind.css three.js vb.net vue.js
    """.split()
)
_COMMANDS = frozenset(
    """
    $ . ./ > Rscript ansible-playbook bash bun cargo cat cd chmod clang code conda cp curl deno docker
    docker-compose dotnet echo export flask from g++ gcc git go gunicorn helm if import java javac
    kubectl ls lua make mkdir mv mysql nano node npm npx open perl php pip pip3 pnpm poetry psql py
    pytest python python3 rm ruby run rustc set sh source sqlite3 streamlit sudo swift terraform touch
    ts-node tsc tsx uv uvicorn vim wget yarn zsh
    """.split()
)

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f<>|*?\"`{};=,!]|://|^//|/ |^[-+&%#]|\.\.\.|/$|^/?$|^~$")
_DRIVE = re.compile(r"[A-Za-z]:/[^:]+")
_LONGEST = 255
_MOST_WORDS = 4
_PAIRS = (
    ("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ("`", "`"), ('"', '"'), ("'", "'"), ("[", "]"),
    ("(", ")"), ("<", ">"), ("\u201c", "\u201d"), ("\u2018", "\u2019"), ("~~", "~~"),
)  # fmt: skip
_PAIRS_BY_LAST = {
    last: tuple(pair for pair in _PAIRS if pair[1][-1] == last)
    for last in {closer[-1] for _, closer in _PAIRS}
}


def extension(path: str) -> str:
    """The part after the last dot of the file's name, in lower case; empty where there is none."""
    return path.rpartition("/")[2].lstrip(".").rpartition(".")[2].lower() if "." in path else ""


def fits(tag: str, path: str) -> bool:
    """False where the fence's language speaks against the path; an unknown language never does."""
    return languages.fits(tag, extension(path))


def undecorated(text: str) -> str:
    """Text without the quotes, emphasis, brackets and closing punctuation around it."""
    while True:
        bare = _without_pair(text.strip().rstrip(":,;").rstrip())
        if bare == text:
            return bare
        text = bare


def _without_pair(text: str) -> str:
    """Text without the pair of marks around it, or without an emphasis or quote that is only closed."""
    pairs = _PAIRS_BY_LAST.get(text[-1:])
    if pairs is None:
        return text
    for opener, closer in pairs:
        if text.endswith(closer) and text.startswith(opener) and len(text) > len(opener) + len(closer):
            inner = text[len(opener) : -len(closer)]
            if opener not in inner and closer not in inner:
                return inner
    lone = next((mark for mark in ("**", "`") if text.endswith(mark) and text.count(mark) == 1), "")
    return text.removesuffix(lone)


def as_path(text: str, *, labelled: bool = False) -> str | None:
    """The path that a word or quoted phrase is, with forward slashes and no leading `./`; None if it is none.

    A labelled one ("filepath: …") need not have a known extension.
    """
    bare = undecorated(text)
    if bare.count("\\_") == bare.count("_"):  # as Markdown escapes every one of them
        bare = bare.replace("\\_", "_")
    bare = bare.replace("\\", "/")
    while bare.startswith("./"):
        bare = bare[2:].lstrip("/")
    if not bare or len(bare) > _LONGEST or _FORBIDDEN.search(bare) or not _spaced_well(bare):
        return None
    if ":" in bare and not _DRIVE.fullmatch(bare):
        return None
    if _is_file_name(bare) or (labelled and _may_be_file_name(bare)):
        return bare
    return None


def _spaced_well(path: str) -> bool:
    """A name may hold single spaces, but neither a command nor a sentence is a name."""
    words = path.split(" ")
    return len(words) == 1 or (all(words) and len(words) <= _MOST_WORDS and words[0] not in _COMMANDS)


def _is_file_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if name in NAMES or name.partition(".")[0] in {"Dockerfile", "Makefile"}:
        return True
    if name.startswith(".") and name.count(".") == 1:
        return len(name) > len(".x") and name[1:].replace("-", "").replace("_", "").isalnum()
    if not dot or not stem.strip(".") or path.lower() in _PRODUCTS:
        return False
    if suffix.lower() in languages.EXTENSIONS or name.startswith(".env."):
        return True
    return "/" in path and " " not in path and suffix.isalnum() and not suffix.isdigit()


def _may_be_file_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    if " " in path or not any(char.isalnum() for char in name) or path.endswith((".", ")")):
        return False
    return "/" in path or "." in name or name.isidentifier()
