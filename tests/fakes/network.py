"""A network namespace whose every cable can be pulled: packets are then lost in silence, as in a network."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

_NETWORK = 0x40000000  # CLONE_NEWNET
_BENCHMARKS = IPv4Address("198.18.0.0")  # addresses that RFC 2544 keeps for such things
_PLACES = 8_000


class NamespacesMissing(Exception):
    """Why there are no network namespaces here."""


@dataclass(frozen=True)
class Cable:
    """Leads from the namespace to an address of the machine outside."""

    outside: str
    address: str

    def pull(self) -> None:
        _ip("link", "set", self.outside, "down")

    def plug(self) -> None:
        _ip("link", "set", self.outside, "up")


@dataclass(frozen=True)
class Network:
    """A namespace with its cables."""

    name: str
    cables: tuple[Cable, ...]

    @property
    def path(self) -> Path:
        return Path("/run/netns") / self.name


@contextmanager
def network(cables: int) -> Iterator[Network]:
    """A namespace with that many cables. Raises `NamespacesMissing`."""
    number = os.getpid() % _PLACES
    name = f"jr{number}"
    with ExitStack() as stack:
        try:
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "delete", name)
            laid = tuple(_lay(name, index, _BENCHMARKS + 16 * number + 4 * index) for index in range(cables))
        except (OSError, subprocess.CalledProcessError) as error:
            raise NamespacesMissing(f"ip: {getattr(error, 'stderr', error)}") from error
        yield Network(name, laid)


def enter(namespace: Path) -> None:
    """Moves the calling thread, and those it starts from now on, into a network namespace."""
    with namespace.open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _NETWORK):
            raise OSError(ctypes.get_errno(), "setns")


def _lay(namespace: str, index: int, net: IPv4Address) -> Cable:
    """A pair of interfaces, which goes when the namespace does."""
    outside, inside = f"{namespace}o{index}", f"{namespace}i{index}"
    _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", namespace)
    _ip("address", "add", f"{net + 1}/30", "dev", outside)
    _ip("-n", namespace, "address", "add", f"{net + 2}/30", "dev", inside)
    _ip("link", "set", outside, "up")
    _ip("-n", namespace, "link", "set", inside, "up")
    return Cable(outside, str(net + 1))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
