"""What the tests of the checks share: one call, and right files of many kinds."""

from __future__ import annotations

from app.writer.checks.subject import Check, Subject

PASS = (True, None)
CODE = {
    "a.py": "import os\n\n\ndef f(x):\n    return x + 1\n",
    "a.js": "export function f(x) {\n  return x + 1;\n}\n",
    "a.ts": "export const f = (x: number): number => x + 1;\n",
    "a.tsx": "export const A = () => <p>{'a'}</p>;\n",
    "a.go": "package main\n\nfunc main() {}\n",
    "a.rs": "fn main() {}\n",
    "A.java": "class A { int f() { return 1; } }\n",
    "a.rb": "def f\n  1\nend\n",
    "a.php": "<?php\nfunction f() { return 1; }\n",
    "a.lua": "local x = 1\nreturn x\n",
    "a.css": "p { color: red; }\n",
    "a.html": "<!DOCTYPE html>\n<p>a</p>\n",
    "a.sh": "#!/bin/sh\necho 1\n",
    "a.sql": "SELECT 1;\n",
    "a.c": "int main(void) { return 0; }\n",
    "a.json": '{"a": [1, 2]}\n',
    "a.toml": "[a]\nb = 1\n",
    "a.yaml": "a: 1\nb:\n  - true\n",
    "Dockerfile": "FROM x\nRUN y\n",
    "Makefile": "all:\n\ttrue\n",
    "README.md": "# A\n\n```bash\nls\n```\n",
    "a.txt": "Here is the code: none.\n",
    "a.unknown": "anything { at all\n",
}


def answer(
    check: Check, path: str, after: str, before: str | None = None, instruction: str = ""
) -> tuple[bool, str | None]:
    finding = check(Subject(path=path, after=after, before=before, instruction=instruction, min_bytes=20))
    assert finding.ok or finding.detail
    assert bool(finding.code) == bool(finding.detail)
    assert finding.name == check.__name__
    return finding.ok, finding.code
