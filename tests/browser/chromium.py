"""Headless Chromium that reaches nothing but this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_CLOSED = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--window-size=1280,1600",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def dom(url: str, folder: Path, *, wait_ms: int = 8000) -> str:
    """The page's HTML after its scripts have run."""
    return _run(url, folder, f"--virtual-time-budget={wait_ms}", "--dump-dom")


def picture(url: str, folder: Path, file: Path, *, wait_ms: int = 8000) -> None:
    """A PNG of the page in `file`."""
    _run(url, folder, f"--virtual-time-budget={wait_ms}", f"--screenshot={file}")


def _run(url: str, folder: Path, *options: str) -> str:
    command = [str(CHROMIUM), *_CLOSED, f"--user-data-dir={folder / 'chromium'}", *options, url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout
