"""Templates: blanks left to fill."""

from __future__ import annotations

import pytest

from app.writer.checks.templates import templates
from tests.unit.writer.checks.asking import PASS, answer


@pytest.mark.parametrize(
    "blank",
    [
        "<insert your name>",
        "<your-domain>",
        "[your name]",
        "[insert the key]",
        "YOUR_API_KEY_HERE",
        "{{ placeholder }}",
        "{{TODO}}",
        "PLACEHOLDER_URL",
        "[PLACEHOLDER]",
    ],
)
def test_blanks_in_code_are_refused_and_in_documents_reported(blank):
    assert answer(templates, "a.py", f'x = "{blank}"\n') == (False, "unfilled")
    assert answer(templates, "a.md", f"Set {blank}.\n") == (True, "unfilled")
    assert answer(templates, "config.example.yaml", f"a: {blank}\n") == (True, "unfilled")
    assert answer(templates, "a.py", f'x = "{blank}"\n', before=f'x = "{blank}"\n') == PASS
    assert answer(templates, "a.py", f'x = "{blank}"\n', instruction=f"Put {blank} there.") == PASS


@pytest.mark.parametrize(
    "line",
    ["<yourself>", "a[insert_index]", "{{ value }}", "placeholder='Name'", "[your link](x)", "List[int]"],
)
def test_what_only_looks_like_a_blank_passes(line):
    assert answer(templates, "a.html", f"{line}\n") == PASS
