"""Exits 0 when the ticket's files work; run in their folder."""

import json
from pathlib import Path

assert json.loads(Path("config/mailer.json").read_text()) == {
    "host": "mail.example.org",
    "port": 587,
    "tls": True,
}
