"""The system calls a cage forbids, as a program for the kernel's seccomp.

Namespaces in which a command would be root again, memory that belongs to no process, sockets of families
that no network namespace holds, and corners of the kernel that programs under test do not need and
exploits do.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

EPERM, ENOSPC, ENOSYS, EAFNOSUPPORT = 1, 28, 38, 97
CLONE_NEWUSER = 0x10000000
X32_FLAG = 0x40000000
FORBIDDEN = (
    "add_key", "request_key", "keyctl", "perf_event_open", "setns", "bpf", "userfaultfd", "memfd_create",
    "memfd_secret", "io_uring_setup", "io_uring_enter", "io_uring_register",
)  # fmt: skip
FAMILIES = {"unix": 1, "inet": 2, "inet6": 10, "netlink": 16}
"""Of sockets: those that a network namespace holds, and `vsock`, a way to the machine's host, is not."""
SEGMENT_BYTES = 64 * 1024
"""The largest segment of System V memory; of such, the kernel's 4096 hold no more than a private /tmp."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT, _SECOND_HIGH = 0, 4, 16, 24, 28
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor's name to the audit system, and its numbers of calls."""

    audit: int
    numbers: Mapping[str, int]


_NEW = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "clone3": 435,
    "memfd_secret": 447,
}  # fmt: skip
MACHINES = {
    "x86_64": Machine(0xC000003E, _NEW | {
        "shmget": 29, "socket": 41, "socketpair": 53, "clone": 56,
        "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272,
        "perf_event_open": 298, "setns": 308, "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
    }),
    "aarch64": Machine(0xC00000B7, _NEW | {
        "unshare": 97, "shmget": 194, "socket": 198, "socketpair": 199,
        "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220,
        "perf_event_open": 241, "setns": 268, "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
    }),
}  # fmt: skip


_Step = tuple[int, int, int, int]
_ALLOWED: _Step = (_RETURN, 0, 0, _ALLOW)


def _refuse(error: int) -> _Step:
    return (_RETURN, 0, 0, _ERRNO | error)


_NO_NEW_USER = (
    (_LOAD, 0, 0, _FIRST_ARGUMENT),
    (_ANY_BIT, 0, 1, CLONE_NEWUSER),
    _refuse(EPERM),
    _ALLOWED,
)
_OWN_NETWORK = (
    (_LOAD, 0, 0, _FIRST_ARGUMENT),
    *((_EQUAL, len(FAMILIES) - place, 0, family) for place, family in enumerate(FAMILIES.values())),
    _refuse(EAFNOSUPPORT),
    _ALLOWED,
)
_SMALL = (
    (_LOAD, 0, 0, _SECOND_HIGH),
    (_AT_LEAST, 2, 0, 1),
    (_LOAD, 0, 0, _SECOND_ARGUMENT),
    (_AT_LEAST, 0, 1, SEGMENT_BYTES + 1),
    _refuse(ENOSPC),
    _ALLOWED,
)
_JUDGED: Mapping[str, tuple[_Step, ...]] = {
    "unshare": _NO_NEW_USER,
    "clone": _NO_NEW_USER,
    "socket": _OWN_NETWORK,
    "socketpair": _OWN_NETWORK,
    "shmget": _SMALL,
}
"""Calls that depend on their arguments: the steps that follow once a call is known to be this one."""


def program(machine: str) -> bytes | None:
    """The filter for a processor, named as by `platform.machine`; None where its numbers are not known."""
    known = MACHINES.get(machine)
    if known is None:
        return None
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, known.audit),
        _refuse(EPERM),
        (_LOAD, 0, 0, _NUMBER),
    ]
    steps += [(_AT_LEAST, 0, 1, X32_FLAG), _refuse(EPERM)]
    for name in FORBIDDEN:
        steps += [(_EQUAL, 0, 1, known.numbers[name]), _refuse(EPERM)]
    steps += [(_EQUAL, 0, 1, known.numbers["clone3"]), _refuse(ENOSYS)]
    for name, judged in _JUDGED.items():
        steps += [(_EQUAL, 0, len(judged), known.numbers[name]), *judged]
    steps.append(_ALLOWED)
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
