"""What looks like a file's path, and whether a fence's language fits it.

A path in a reply is believed by its shape alone; whether it may be written is the writer's to say.
"""

from __future__ import annotations

import re

_BY_LANGUAGE = {
    "asm": "asm s", "astro": "astro", "bash": "sh bash zsh ksh bats", "bat": "bat cmd",
    "c": "c h", "clojure": "clj cljs cljc edn", "cmake": "cmake", "cpp": "cpp cc cxx hpp hh hxx h ino ipp",
    "csharp": "cs csx", "css": "css", "csv": "csv tsv", "cuda": "cu cuh", "dart": "dart", "diff": "diff patch",
    "dockerfile": "dockerfile", "dotenv": "env", "elixir": "ex exs", "elm": "elm", "erlang": "erl hrl",
    "fortran": "f f90 f95", "fsharp": "fs fsx", "go": "go", "gomod": "mod sum work", "gradle": "gradle kts",
    "graphql": "graphql gql", "groovy": "groovy gradle", "haskell": "hs", "hcl": "hcl tf tfvars",
    "html": "html htm xhtml jinja jinja2 j2 njk hbs ejs mustache", "ini": "ini cfg conf properties service timer",
    "java": "java", "javascript": "js mjs cjs jsx", "json": "json jsonc json5 webmanifest geojson ipynb jsonl",
    "jsx": "jsx js tsx", "julia": "jl", "kotlin": "kt kts", "less": "less", "lua": "lua", "makefile": "mk mak",
    "markdown": "md markdown mdx", "matlab": "m", "nginx": "conf nginx", "nim": "nim", "nix": "nix",
    "objectivec": "m mm h", "ocaml": "ml mli", "pascal": "pas", "perl": "pl pm t", "php": "php phtml",
    "powershell": "ps1 psm1 psd1", "prisma": "prisma", "protobuf": "proto", "python": "py pyi pyw pyx",
    "r": "r rmd", "rst": "rst", "ruby": "rb rake gemspec ru", "rust": "rs", "sass": "sass", "scala": "scala sc sbt",
    "scss": "scss", "solidity": "sol", "sql": "sql", "svelte": "svelte", "svg": "svg", "swift": "swift",
    "tcl": "tcl", "tex": "tex bib cls sty", "text": "txt text log", "toml": "toml lock", "tsx": "tsx ts",
    "typescript": "ts mts cts tsx", "verilog": "v sv vh", "vhdl": "vhd vhdl", "vim": "vim", "vue": "vue",
    "wasm": "wat", "xml": "xml xsd xsl xslt svg plist csproj props resx xaml storyboard", "yaml": "yaml yml",
    "zig": "zig", "": "lock example sample template tpl tmpl in out dist map gitignore snap http rest adoc org pot po "
    "crt pem key pub ics vcf mod desktop socket path mount rules hook el lisp scm rkt d gd tscn tres glsl vert frag "
    "wgsl hlsl shader liquid erb slim haml pug blade twig feature robot bicep nomad rego cue jsonnet dhall tla m4 ac am",
}  # fmt: skip
_OTHER_NAMES = {
    "c++": "cpp", "cs": "csharp", "docker": "dockerfile", "env": "dotenv", "gql": "graphql", "htm": "html",
    "jinja": "html", "jinja2": "html", "js": "javascript", "make": "makefile", "md": "markdown", "ps1": "powershell",
    "py": "python", "python3": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "shell": "bash", "terraform": "hcl",
    "tf": "hcl", "ts": "typescript", "yml": "yaml", "zsh": "bash", "golang": "go", "kt": "kotlin", "pl": "perl",
    "c#": "csharp", "conf": "ini", "cfg": "ini", "systemd": "ini", "properties": "ini", "proto": "protobuf",
    "latex": "tex", "mdx": "markdown", "node": "javascript", "mjs": "javascript", "postgresql": "sql", "psql": "sql",
    "mysql": "sql", "sqlite": "sql", "vb": "bat", "ex": "elixir", "hs": "haskell", "jsonc": "json", "json5": "json",
    "objc": "objectivec", "objective-c": "objectivec", "py3": "python", "bat": "bat", "cmd": "bat", "plaintext": "text",
    "txt": "text", "python2": "python", "f90": "fortran", "ini": "ini", "vuejs": "vue", "react": "jsx",
}  # fmt: skip
_LANGUAGES = {language: frozenset(names.split()) for language, names in _BY_LANGUAGE.items()}
EXTENSIONS = frozenset[str]().union(*_LANGUAGES.values())

NAMES = frozenset(
    "Dockerfile Containerfile Makefile GNUmakefile makefile Procfile Gemfile Rakefile Vagrantfile Jenkinsfile Pipfile "
    "Caddyfile Justfile justfile Brewfile Podfile Fastfile Guardfile Berksfile Tiltfile Earthfile Snakefile LICENSE "
    "LICENCE COPYING NOTICE AUTHORS CONTRIBUTORS CODEOWNERS CHANGELOG README INSTALL VERSION MANIFEST WORKSPACE BUILD "
    "SConstruct SConscript gradlew crontab".split()
)
_PRODUCTS = frozenset(
    "node.js vue.js next.js nuxt.js react.js express.js three.js d3.js chart.js angular.js backbone.js ember.js "
    "moment.js discord.js socket.io asp.net vb.net alpine.js p5.js electron.js nest.js svelte.js leaflet.js jquery.js "
    "require.js handlebars.js bootstrap.css tailwind.css".split()
)
_COMMANDS = frozenset(
    "python python3 py pip pip3 npm npx yarn pnpm node deno bun bash sh zsh cd mkdir touch cat cp mv rm ls echo run "
    "git make docker docker-compose go cargo rustc gcc g++ clang java javac ruby perl php pytest uv uvicorn flask "
    "gunicorn streamlit sudo chmod curl wget source . ./ import from open vim nano code kubectl helm terraform "
    "ansible-playbook psql sqlite3 mysql tsc tsx ts-node poetry conda dotnet swift Rscript lua export set $ > if".split()
)
SHELLS = frozenset(
    "bash sh shell zsh fish console terminal shellsession shell-session cmd bat batch powershell pwsh ps1 command".split()
)
OUTPUTS = frozenset("output text txt plaintext plain log console terminal stdout none tree".split())
_SHELL_EXTENSIONS = frozenset("sh bash zsh ksh fish bat cmd ps1 psm1 bats env".split())

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f<>|*?\"`{};=,!]|://|^[-+&%#]|\.\.\.|/$|^/?$|^~$")
_LONGEST = 255
_OPENERS = {"**": "**", "__": "__", "*": "*", "_": "_", "`": "`", '"': '"', "'": "'", "[": "]", "(": ")", "<": ">",
            "\u201c": "\u201d", "\u2018": "\u2019", "~~": "~~"}  # fmt: skip


def language(tag: str) -> str:
    """The usual name of a fence's language: "py" is "python"; unknown tags stay as they are, in lower case."""
    tag = tag.lower()
    return _OTHER_NAMES.get(tag, tag)


def extension(path: str) -> str:
    """The part after the last dot of the file's name, in lower case; empty where there is none."""
    return path.rpartition("/")[2].lstrip(".").rpartition(".")[2].lower() if "." in path else ""


def fits(tag: str, path: str) -> bool:
    """False where the fence's language speaks against the path; an unknown language never does."""
    known = _LANGUAGES.get(language(tag))
    suffix = extension(path)
    if tag.lower() in SHELLS:
        return suffix in _SHELL_EXTENSIONS or suffix not in EXTENSIONS
    if known is None or not tag or suffix not in EXTENSIONS:
        return True
    return suffix in known or suffix in _LANGUAGES[""]


def undecorated(text: str) -> str:
    """Text without the quotes, emphasis, brackets and closing punctuation around it."""
    while True:
        bare = text.strip().rstrip(":,;").rstrip()
        for opener, closer in _OPENERS.items():
            if len(bare) > len(opener) + len(closer) and bare.startswith(opener) and bare.endswith(closer):
                inner = bare[len(opener) : -len(closer)]
                if opener not in inner and closer not in inner:
                    bare = inner
                    break
            elif bare.endswith(closer) and bare.count(closer) == 1 and opener in {"**", "`"}:
                bare = bare.removesuffix(closer)
                break
        if bare == text:
            return bare
        text = bare


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
    if ":" in bare[2:] or (":" in bare and not bare[0].isalpha()):
        return None
    if _is_file_name(bare) or (labelled and _may_be_file_name(bare)):
        return bare
    return None


def _spaced_well(path: str) -> bool:
    """A name may hold single spaces, but neither a command nor a sentence is a name."""
    words = path.split(" ")
    return len(words) == 1 or (all(words) and len(words) <= 4 and words[0] not in _COMMANDS)  # noqa: PLR2004 -- longer ones are sentences


def _is_file_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if name in NAMES or name.partition(".")[0] in {"Dockerfile", "Makefile"}:
        return True
    if name.startswith(".") and name.count(".") == 1:
        return len(name) > 2 and name[1:].replace("-", "").replace("_", "").isalnum()  # noqa: PLR2004 -- "." and one letter is an ellipsis
    if not dot or not stem.strip(".") or path.lower() in _PRODUCTS:
        return False
    if suffix.lower() in EXTENSIONS or name.startswith(".env."):
        return True
    return "/" in path and " " not in path and suffix.isalnum() and not suffix.isdigit()


def _may_be_file_name(path: str) -> bool:
    name = path.rpartition("/")[2]
    if " " in path or not any(char.isalnum() for char in name) or path.endswith((".", ")")):
        return False
    return "/" in path or "." in name or name.isidentifier()
