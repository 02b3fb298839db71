"""Exits 0 when the ticket's files work; run in their folder."""

from pathlib import Path

text = Path("docs/guide.md").read_text()
assert text.startswith("# Getting started")
assert all(heading in text for heading in ("Install", "Run", "Help"))
