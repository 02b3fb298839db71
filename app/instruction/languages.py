"""Languages: which fence languages a file's name goes with.

Each row of the tables: extensions or names, `=`, the languages their contents are written in.
"""

from __future__ import annotations

import re
from functools import lru_cache

BINARY = frozenset("bin db gguf gz ico jpg parquet pdf pkl png pt pth so sqlite woff2 zip".split())  # noqa: SIM905 -- a row of words reads better than a column
SHELLS = frozenset(
    "bash sh shell zsh console terminal shell-session shellsession fish powershell cmd bat".split()  # noqa: SIM905 -- as above
)
_OF_A_SHELL = frozenset({"", "sh", "bash", "zsh", "fish", "bats", "env", "example", "profile", "cron"})
_UNTAGGED = frozenset({"", "text", "txt", "plaintext", "plain", "code", "none"})
_PAGES = frozenset({"html", "htm", "vue", "svelte", "j2", "jinja", "php"})
_IN_PAGES = frozenset({"css", "scss", "javascript", "js", "typescript", "ts"})
_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9_+-]{0,11}|7z)$")

_BY_EXTENSION = """
py = python python3 py pyi
pyi = python
ipynb map webmanifest = json
js = javascript js jsx
mjs cjs = javascript js
jsx = jsx javascript tsx js
ts = typescript ts tsx
tsx = tsx typescript jsx ts
vue = vue html
svelte = svelte html
html = html jinja2 jinja django htm xml
htm = html
css = css scss
scss = scss css sass
less = less css
sass = sass scss
json = json jsonc json5
jsonl = json jsonl
json5 = json5 json
jsonc = jsonc json
yaml yml = yaml yml
toml = toml ini
ini = ini cfg conf toml properties
cfg = ini cfg conf toml
conf = conf nginx ini apache apacheconf caddy caddyfile config bash sh properties yaml
config = xml ini json
env = env bash sh shell dotenv ini properties
properties = properties ini
service = ini systemd service conf unit
timer socket target = ini systemd conf
path mount = ini systemd
sql = sql postgresql psql pgsql mysql plpgsql sqlite
sh = bash sh shell zsh
bash = bash sh shell
zsh = zsh sh bash
fish = fish
ps1 = powershell ps1 pwsh
bat = bat batch cmd dos
md = markdown md text
mdx = mdx markdown jsx
rst = rst text
txt = text txt plaintext plain
csv = csv text
tsv = tsv text
log = text log
xml = xml html
svg = svg xml html
rs = rust rs
go = go golang
java = java
kt = kotlin
swift = swift
rb = ruby rb
php = php html
pl = perl
lua = lua
r = r
jl = julia
c = c cpp
h = c cpp c++ h
cpp = cpp c++ cc
cc hpp = cpp c++
cs = csharp cs c#
scala = scala
clj = clojure
ex exs = elixir
erl = erlang
hs = haskell
ml = ocaml
dart = dart
zig = zig
nim = nim
mojo = mojo python
tla = tla tla+ text
proto = protobuf proto
graphql gql = graphql gql
tf = hcl terraform tf
hcl = hcl terraform
nix = nix
j2 = jinja2 jinja j2 html yaml ini
jinja jinja2 = jinja2 jinja html
tpl = html smarty text
tmpl = html go text
mk = makefile make
cmake = cmake
gradle = groovy gradle
groovy = groovy
cron = cron crontab bash text
lock = toml json text yaml
patch diff = diff patch
rules = text bash ini yaml
caddyfile = caddy caddyfile
bats = bash bats
vim = vim
el = elisp lisp
ejs = html ejs
desktop = ini desktop
plist = xml
prisma = prisma
sol = solidity
asm = asm
cu = cuda cpp
gitignore = gitignore text
dockerignore template key pem in = text
editorconfig = ini
example sample = bash env ini text
cnf = ini sql
dockerfile = dockerfile docker
http = http
feature = gherkin
tex = latex tex
bib = bibtex
awk = awk
sed = sed
spec = python text
pyx = cython python
modelfile = text modelfile
db sqlite png jpg pdf zip gz pkl parquet gguf so ico pth pt bin woff2 bak =
"""
_BY_NAME = """
dockerfile containerfile = dockerfile docker
makefile gnumakefile = makefile make
caddyfile = caddy caddyfile
procfile = procfile text yaml
gemfile rakefile vagrantfile brewfile = ruby
jenkinsfile = groovy
license notice authors codeowners version copying = text
.gitattributes .dockerignore .nvmrc .python-version .tool-versions .gitkeep .pgpass .netrc = text
modelfile = text modelfile dockerfile
justfile = just makefile
readme changelog = markdown text
crontab = cron crontab bash
pipfile = toml
tiltfile = python
.gitignore = gitignore text
.env = env bash sh ini dotenv
.editorconfig .npmrc .flake8 .pylintrc .coveragerc = ini
.prettierrc = json yaml
.eslintrc = json javascript
.babelrc = json
.bashrc .profile = bash sh
.zshrc = zsh bash
.htaccess = apache apacheconf conf
.vimrc = vim
__init__ =
"""


def _table(rows: str) -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for row in rows.strip().splitlines():
        names, _, languages = row.partition("=")
        table.update(dict.fromkeys(names.split(), frozenset(languages.split())))
    return table


BY_EXTENSION = _table(_BY_EXTENSION)
BY_NAME = _table(_BY_NAME)


def suffix(path: str) -> str:
    """The extension with its dot, empty where the name has none."""
    match = _EXTENSION.search(path)
    return match.group() if match else ""


def extension(path: str) -> str:
    return suffix(path)[1:].lower()


def is_binary(path: str) -> bool:
    return extension(path) in BINARY


@lru_cache(maxsize=4096)
def fits(path: str, lang: str) -> bool | None:
    """True where the fence's language is the path's, False where another's, None where neither tells."""
    if lang in _UNTAGGED:
        return None
    name = path.rpartition("/")[2].lower()
    languages = BY_NAME.get(name) or BY_EXTENSION.get(extension(path))
    if not languages and ".env" in name:
        languages = BY_EXTENSION["env"]
    if not languages:
        return None
    return lang in languages or lang == extension(path)


def has_place_for(path: str, lang: str) -> bool:
    """True where a piece in `lang` belongs in the file: pages hold styles and scripts."""
    return fits(path, lang) is True or (lang in _IN_PAGES and extension(path) in _PAGES)


def may_hold_commands(path: str) -> bool:
    """True for scripts and settings of a shell, and for names that do not tell."""
    return extension(path) in _OF_A_SHELL and fits(path, "bash") is not False


def is_shell(lang: str) -> bool:
    return lang in SHELLS


def is_untagged(lang: str) -> bool:
    return lang in _UNTAGGED
