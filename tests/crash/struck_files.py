"""A real disk on which one chosen call fails, or at which the process dies."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from app.writer.files import DiskFiles, Found
from app.writer.resolve import Place

P = ParamSpec("P")
R = TypeVar("R")


class Died(BaseException):
    """The process is gone: nothing after this has any effect."""


@dataclass
class StruckFiles(DiskFiles):
    """Strikes at call number `at`, counted from 1 (0: never).

    `number` is the errno to raise, None for death. `late`: the call has its effect before it fails.
    `lasting`: every call from there on fails too. `dies_at`: a later call at which the process dies.
    Syncs are counted but not done: no power is lost here.
    """

    at: int = 0
    number: int | None = None
    late: bool = False
    lasting: bool = False
    dies_at: int = 0
    calls: int = 0
    log: list[str] = field(default_factory=list)

    def _strike(self, name: str, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self.calls += 1
        self.log.append(name)
        if self.dies_at and self.calls >= self.dies_at:
            raise Died
        lasting = self.lasting or self.number is None
        if self.at == self.calls or (self.at and lasting and self.calls > self.at):
            if self.late and self.calls == self.at:
                call(*args, **kwargs)
            raise Died if self.number is None else OSError(self.number, os.strerror(self.number))
        return call(*args, **kwargs)

    def make_root(self, root: Path) -> None:
        self._strike("make_root", super().make_root, root)

    def open_folder(self, place: Place) -> int:
        return self._strike("open_folder", super().open_folder, place)

    def names(self, folder: int) -> list[str]:
        return self._strike("names", super().names, folder)

    def read(self, folder: int, name: str, limit: int) -> Found | None:
        return self._strike("read", super().read, folder, name, limit)

    def make_folder(self, folder: int, name: str) -> None:
        self._strike("make_folder", super().make_folder, folder, name)

    def create(self, folder: int, name: str, mode: int) -> int:
        return self._strike("create", super().create, folder, name, mode)

    def write(self, file: int, data: bytes) -> None:
        if self.at == self.calls + 1 and not self.late:
            super().write(file, data[: len(data) // 2])
        self._strike("write", super().write, file, data)

    def dress(self, file: int, like: Found) -> None:
        self._strike("dress", super().dress, file, like)

    def sync(self, descriptor: int) -> None:
        self._strike("sync", lambda: None)

    def link(self, folder: int, name: str, second: str) -> None:
        self._strike("link", super().link, folder, name, second)

    def rename(self, folder: int, name: str, to: str) -> None:
        self._strike("rename", super().rename, folder, name, to)

    def unlink(self, folder: int, name: str) -> None:
        self._strike("unlink", super().unlink, folder, name)

    def remove_folder(self, folder: int, name: str) -> None:
        self._strike("remove_folder", super().remove_folder, folder, name)
