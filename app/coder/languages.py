"""Languages: a fence's language, the extensions its files have, and which tags mean a shell or an output."""

# ruff: noqa: SIM905 -- tables of words read better as words

from __future__ import annotations

from pathlib import PurePosixPath

_BY_LANGUAGE = {
    "asm": "asm s",
    "astro": "astro",
    "bash": "sh bash zsh ksh bats",
    "bat": "bat cmd",
    "c": "c h cpp cc hpp",
    "clojure": "clj cljs cljc edn",
    "cmake": "cmake",
    "cpp": "cpp cc cxx hpp hh hxx h ino ipp c cu",
    "csharp": "cs csx",
    "css": "css scss less sass",
    "csv": "csv tsv",
    "cuda": "cu cuh",
    "dart": "dart",
    "diff": "diff patch",
    "dockerfile": "dockerfile",
    "dotenv": "env",
    "elixir": "ex exs",
    "elm": "elm",
    "erlang": "erl hrl",
    "fortran": "f f90 f95",
    "fsharp": "fs fsx",
    "go": "go",
    "gomod": "mod sum work",
    "gradle": "gradle kts",
    "graphql": "graphql gql",
    "groovy": "groovy gradle",
    "haskell": "hs",
    "hcl": "hcl tf tfvars",
    "html": "html htm xhtml jinja jinja2 j2 njk hbs ejs mustache vue svelte php phtml",
    "ini": "ini conf cfg properties service timer env",
    "java": "java",
    "javascript": "js mjs cjs jsx ts tsx vue",
    "json": "json jsonc json5 webmanifest geojson ipynb jsonl",
    "jsx": "jsx js tsx ts",
    "julia": "jl",
    "kotlin": "kt kts",
    "less": "less",
    "lua": "lua",
    "makefile": "mk mak",
    "markdown": "md markdown mdx",
    "matlab": "m",
    "nginx": "nginx conf",
    "nim": "nim",
    "nix": "nix",
    "objectivec": "m mm h",
    "ocaml": "ml mli",
    "pascal": "pas",
    "perl": "pl pm t",
    "php": "php phtml",
    "powershell": "ps1 psm1 psd1",
    "prisma": "prisma",
    "protobuf": "proto",
    "python": "py pyi pyw pyx",
    "r": "r rmd",
    "rst": "rst",
    "ruby": "rb rake gemspec ru",
    "rust": "rs",
    "sass": "sass",
    "scala": "scala sc sbt",
    "scss": "scss",
    "solidity": "sol",
    "sql": "sql",
    "svelte": "svelte",
    "svg": "svg",
    "swift": "swift",
    "tcl": "tcl",
    "tex": "tex bib cls sty",
    "text": "txt text log csv env ini cfg conf properties lock",
    "toml": "toml lock",
    "tsx": "tsx ts jsx js",
    "typescript": "ts mts cts tsx js jsx vue",
    "verilog": "v sv vh",
    "vbnet": "vb bas vbs",
    "vhdl": "vhd vhdl",
    "vim": "vim",
    "vue": "vue",
    "wasm": "wat",
    "xml": "xml xsd xsl xslt svg plist csproj props resx xaml storyboard html htm xhtml",
    "yaml": "yaml yml",
    "zig": "zig",
    "": """
        lock example sample template tpl tmpl in out dist map gitignore snap http rest adoc
        org pot po crt pem key pub ics vcf mod desktop socket path mount rules hook el lisp
        scm rkt d gd tscn tres glsl vert frag wgsl hlsl shader liquid erb slim haml pug blade
        twig feature robot bicep nomad rego cue jsonnet dhall tla m4 ac am
    """,
}
_OTHER_TAGS = {
    "bash": "sh shell zsh",
    "bat": "cmd",
    "cpp": "c++",
    "csharp": "cs c#",
    "dockerfile": "docker",
    "dotenv": "env",
    "elixir": "ex",
    "fortran": "f90",
    "go": "golang",
    "graphql": "gql",
    "haskell": "hs",
    "hcl": "terraform tf",
    "html": "htm jinja jinja2",
    "ini": "conf cfg systemd properties",
    "javascript": "js node mjs",
    "json": "jsonc json5",
    "jsx": "react",
    "kotlin": "kt",
    "makefile": "make",
    "markdown": "md mdx",
    "objectivec": "objc objective-c",
    "perl": "pl",
    "powershell": "ps1",
    "protobuf": "proto",
    "python": "py python3 py3 python2",
    "ruby": "rb",
    "rust": "rs",
    "sql": "postgresql psql mysql sqlite",
    "tex": "latex",
    "text": "plaintext txt",
    "typescript": "ts",
    "vbnet": "vb visualbasic",
    "vue": "vuejs",
    "yaml": "yml",
}
_EXTENSIONS = {language: frozenset(names.split()) for language, names in _BY_LANGUAGE.items()}
_USUAL = {tag: language for language, tags in _OTHER_TAGS.items() for tag in tags.split()}
_OF_ANY = _EXTENSIONS[""]

EXTENSIONS = frozenset[str]().union(*_EXTENSIONS.values())
SHELLS = frozenset(
    """
    bash bat batch cmd command console fish powershell ps1 pwsh sh shell shell-session shellsession
    terminal zsh
    """.split()
)
OUTPUTS = frozenset("console log none output plain plaintext stdout terminal text tree txt".split())
_SHELL_EXTENSIONS = frozenset("bash bat bats cmd env fish ksh ps1 psm1 sh zsh".split())


_NAMED = {"dockerfile": "dockerfile", "makefile": "makefile", "gnumakefile": "makefile", "caddyfile": "caddy"}
_OF_EXTENSION: dict[str, str] = {}
for _rank in range(max(len(names.split()) for names in _BY_LANGUAGE.values())):
    for _language, _names in _BY_LANGUAGE.items():
        if _language and len(_names.split()) > _rank:
            _OF_EXTENSION.setdefault(_names.split()[_rank], _language)


def language_of(path: str) -> str | None:
    """The language of a file by its name, None where that does not tell; the earlier in a row, the closer."""
    name = PurePosixPath(path).name.lower()
    return _NAMED.get(name) or _OF_EXTENSION.get(name.rpartition(".")[2] if "." in name else "")


def language(tag: str) -> str:
    """The usual name of a fence's language, "python" for "py"; an unknown tag stays, in lower case."""
    tag = tag.lower()
    return _USUAL.get(tag, tag)


def fits(tag: str, suffix: str) -> bool:
    """False where a fence's language speaks against a file's extension; an unknown one never does."""
    if tag.lower() in SHELLS:
        return suffix in _SHELL_EXTENSIONS or suffix not in EXTENSIONS
    known = _EXTENSIONS.get(language(tag)) if tag else None
    return known is None or suffix not in EXTENSIONS or suffix in known or suffix in _OF_ANY
