"""What stands in the instruction: written as it stands, and never asked of a model."""

from __future__ import annotations

from pathlib import Path

from app.domain import Rung
from app.task import ErrorCode
from tests.fakes.world import world


async def test_inline_files_are_written_without_a_model(tmp_path: Path):
    async with world(tmp_path) as w:
        progress = await w.complete("Create `x.txt`:\n\n```text\n  as it stands\n\n```\n")

        assert w.file("x.txt") == "  as it stands\n\n"
        assert w.pm.calls == w.coder.calls == []
    assert progress.execution_mode is Rung.VERBATIM
    assert progress.usage.model_calls == 0


async def test_the_checks_only_remark_on_bytes_the_author_wrote(tmp_path: Path):
    async with world(tmp_path) as w:
        progress = await w.complete("Create `x.py`:\n\n```python\ndef f(:\n```\n")

        assert w.file("x.py") == "def f(:\n"
    assert "syntax" in (progress.settlements[0].detail or "")


async def test_an_inline_edit_is_applied_to_the_file_on_disk(tmp_path: Path):
    text = "In `app.cfg`:\n\n<<<<<<< SEARCH\nport = 1\n=======\nport = 2\n>>>>>>> REPLACE\n"
    async with world(tmp_path) as w:
        target = tmp_path / "workspace" / "t" / "app.cfg"
        target.parent.mkdir()
        target.write_bytes(b"host = a\r\nport = 1\r\n")
        progress = await w.complete(text)

        assert target.read_bytes() == b"host = a\r\nport = 2\r\n"
    assert progress.execution_mode is Rung.VERBATIM


async def test_an_inline_edit_that_fits_nowhere_fails_with_the_nearest_lines(tmp_path: Path):
    text = "In `app.cfg`:\n\n<<<<<<< SEARCH\nprot = 1\n=======\nport = 2\n>>>>>>> REPLACE\n"
    async with world(tmp_path) as w:
        target = tmp_path / "workspace" / "t" / "app.cfg"
        target.parent.mkdir()
        target.write_text("port = 1\n")
        failure = await w.failure(text)

    assert failure.error.code is ErrorCode.EDIT_NOT_APPLIED
    assert target.read_text() == "port = 1\n"
