"""Secrets: keys in clear, and what only looks like them."""

from __future__ import annotations

import pytest

from app.writer.checks.secrets import secrets
from app.writer.checks.subject import Subject
from tests.unit.writer.checks.asking import PASS, answer

KEY = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        "AKIA" + "QWERTYUIOP123456",
        "sk-" + "a1B2c3D4" * 5,
        "xoxb-" + "1234567890-abcdefghij",
        "hf_" + "aBcDe" * 6 + "fGhI",
        "AIza" + "a1B2c3D" * 5,
        "glpat-" + "a1B2c" * 4,
        "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIE" * 20,
    ],
)
def test_what_has_the_form_of_a_key_is_refused(value):
    assert answer(secrets, "a.py", f'x = """{value}"""\n') == (False, "secret")
    assert answer(secrets, "a.py", f'x = """{value}"""\n', before=f"{value}\n") == PASS
    assert answer(secrets, "a.py", f'x = """{value}"""\n', instruction=f"Use {value}") == PASS


def test_a_password_given_a_value_is_reported():
    assert answer(secrets, "a.py", 'db_password = "hunter2hunter2"\n') == (True, "secret")
    assert secrets(Subject(path="a.py", after='\n\nAPI_KEY: "q8w7e6r5t4y3"\n')).line == 3


@pytest.mark.parametrize(
    "line",
    [
        'password = "changeme123"',
        "password = os.environ['PASSWORD']",
        'api_key = "your-api-key"',
        'password = "short"',
        "x = 'AKIA'",
    ],
)
def test_what_is_plainly_no_secret_passes(line):
    assert answer(secrets, "a.py", f"{line}\n") == PASS
