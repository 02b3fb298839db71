"""A disk in memory that loses what was not synced, to enumerate the states a loss of power may leave.

The model is weaker than any journalling file system: of the names changed in a folder since its last sync any
subset may have reached the disk, in any mixture with other folders; bytes not synced may be missing,
cut, or zeros. Only a single rename, link, unlink or creation is taken as one step.
"""

from __future__ import annotations

import contextlib
import copy
import errno
import itertools
import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from app.writer.errors import PathRefused
from app.writer.files import Found
from app.writer.resolve import Place

Names = dict[str, int]


@dataclass
class Node:
    """A file or a folder as it is, and as it is surely on the disk."""

    names: Names | None = None
    data: bytes = b""
    mode: int = 0o644
    sure_names: Names = field(default_factory=dict)
    sure_data: bytes = b""
    steps: list[tuple[tuple[str, int | None], ...]] = field(default_factory=list)

    def step(self, *sets: tuple[str, int | None]) -> None:
        """Changes names in one go; None drops one."""
        assert self.names is not None
        _take(self.names, sets)
        self.steps.append(sets)

    def settle(self) -> None:
        self.sure_data = self.data
        self.sure_names = dict(self.names or {})
        self.steps = []


def _take(names: Names, sets: tuple[tuple[str, int | None], ...]) -> None:
    for name, node in sets:
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _no(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@dataclass
class WeakDisk:
    """A disk of nodes; node 0 is its top. `watch` is told before each call that changes something.

    Where `links` is False, no file can have a second name.
    """

    nodes: dict[int, Node] = field(default_factory=lambda: {0: Node(names={})})
    watch: Callable[[WeakDisk], None] = lambda _: None
    links: bool = True

    def lock(self, journal: Path) -> AbstractContextManager[None]:
        self.make_root(journal)
        return contextlib.nullcontext()

    def make_root(self, root: Path) -> None:
        """Roots are there from the beginning, for good."""
        here = 0
        for name in root.parts[1:]:
            node = self.nodes[here]
            assert node.names is not None
            if name not in node.names:
                node.step((name, self._new(Node(names={}))))
                node.settle()
            here = node.names[name]

    def open_folder(self, place: Place) -> int:
        here = 0
        for name in place.full[1:]:
            names = self.nodes[here].names
            if names is None:
                raise PathRefused("path_not_a_folder", "A folder of the path is a file.", str(place))
            if name not in names:
                raise _no(errno.ENOENT)
            here = names[name]
        return here

    def close(self, descriptor: int) -> None:
        """Descriptors are nodes; nothing to close."""

    def names(self, folder: int) -> list[str]:
        return sorted(self._names(folder))

    def read(self, folder: int, name: str, limit: int) -> Found | None:
        if name not in self._names(folder):
            return None
        node = self.nodes[self._names(folder)[name]]
        if node.names is not None:
            raise PathRefused("path_not_a_file", "This is a folder.", name)
        return Found(node.data[:limit], node.mode, (0, 0))

    def make_folder(self, folder: int, name: str) -> None:
        self._create(folder, name, Node(names={}))

    def create(self, folder: int, name: str, mode: int) -> int:
        return self._create(folder, name, Node(mode=mode))

    def write(self, file: int, data: bytes) -> None:
        self.watch(self)
        self.nodes[file].data += data

    def dress(self, file: int, like: Found) -> None:
        self.nodes[file].mode = like.mode

    def sync(self, descriptor: int) -> None:
        self.watch(self)
        self.nodes[descriptor].settle()

    def link(self, folder: int, name: str, second: str) -> None:
        if not self.links:
            raise _no(errno.EOPNOTSUPP)
        self.watch(self)
        self.nodes[folder].step((second, self._names(folder)[name]))

    def rename(self, folder: int, name: str, to: str) -> None:
        self.watch(self)
        node = self._names(folder)[name]
        if self._names(folder).get(to) != node:
            self.nodes[folder].step((to, node), (name, None))

    def unlink(self, folder: int, name: str) -> None:
        self.watch(self)
        if name not in self._names(folder):
            raise _no(errno.ENOENT)
        self.nodes[folder].step((name, None))

    def remove_folder(self, folder: int, name: str) -> None:
        self.watch(self)
        if name not in self._names(folder):
            raise _no(errno.ENOENT)
        if self.nodes[self._names(folder)[name]].names:
            raise _no(errno.ENOTEMPTY)
        self.nodes[folder].step((name, None))

    def tree(self, root: Path) -> dict[str, bytes | None]:
        """Every name beneath a folder: a file's bytes, None for a folder."""
        found: dict[str, bytes | None] = {}

        def visit(node: int, path: str) -> None:
            for name, below in self._names(node).items():
                child = self.nodes[below]
                found[path + name] = None if child.names is not None else child.data
                if child.names is not None:
                    visit(below, f"{path}{name}/")

        visit(self.open_folder(Place(str(root))), "")
        return found

    def plant(self, root: Path, files: dict[str, bytes]) -> None:
        """Puts files on the disk, for sure."""
        for path, data in files.items():
            *folders, name = path.split("/")
            place = root.joinpath(*folders)
            self.make_root(place)
            folder = self.open_folder(Place(str(place)))
            self.write(self.create(folder, name, 0o644), data)
            self.nodes[folder].settle()
        for node in self.nodes.values():
            node.settle()

    def copy(self) -> WeakDisk:
        return WeakDisk(copy.deepcopy(self.nodes), links=self.links)

    def _names(self, folder: int) -> Names:
        names = self.nodes[folder].names
        assert names is not None
        return names

    def _new(self, node: Node) -> int:
        number = max(self.nodes) + 1
        self.nodes[number] = node
        return number

    def _create(self, folder: int, name: str, node: Node) -> int:
        self.watch(self)
        if name in self._names(folder):
            raise _no(errno.EEXIST)
        number = self._new(node)
        self.nodes[folder].step((name, number))
        return number


def after_power_loss(disk: WeakDisk, *, most: int, chance: random.Random) -> Iterator[WeakDisk]:
    """States the disk may be in afterwards: all where they are at most `most`, else so many at random."""
    steps = [(number, index) for number, node in disk.nodes.items() for index in range(len(node.steps))]
    loose = [n for n, node in disk.nodes.items() if node.names is None and node.data != node.sure_data]
    if 2 ** len(steps) * 3 ** len(loose) <= most:
        subsets = itertools.product((False, True), repeat=len(steps))
        for kept in subsets:
            for fates in itertools.product(range(3), repeat=len(loose)):
                yield _left(disk, dict(zip(steps, kept, strict=True)), dict(zip(loose, fates, strict=True)))
        return
    for number in range(most):
        odds = (0.0, 1.0, 0.5, 0.1, 0.9)[number % 5]
        kept_at_random = {step: chance.random() < odds for step in steps}
        yield _left(disk, kept_at_random, {n: chance.randrange(4) for n in loose})


def _left(disk: WeakDisk, kept: dict[tuple[int, int], bool], fates: dict[int, int]) -> WeakDisk:
    nodes: dict[int, Node] = {}
    for number, node in disk.nodes.items():
        if node.names is None:
            data = _fate(node, fates.get(number, 3))
            nodes[number] = Node(data=data, mode=node.mode, sure_data=data)
        else:
            names = dict(node.sure_names)
            for index, sets in enumerate(node.steps):
                if kept[number, index]:
                    _take(names, sets)
            nodes[number] = Node(names=names, sure_names=dict(names))
    return WeakDisk(nodes, links=disk.links)


def _fate(node: Node, fate: int) -> bytes:
    torn = node.data[: len(node.data) // 2]
    return (node.sure_data, torn, bytes(len(node.data)), node.data)[fate]
