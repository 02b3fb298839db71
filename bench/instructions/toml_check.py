"""Exits 0 when the ticket's files work; run in their folder."""

import tomllib
from pathlib import Path

settings = tomllib.loads(Path("tool.toml").read_text())
assert settings["server"] == {"host": "127.0.0.1", "port": 9000}
assert settings["log"] == {"level": "info"}
