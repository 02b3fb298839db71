"""The filter, run by a small machine of the kernel's kind."""

from __future__ import annotations

import socket
import struct

import pytest

from app.sandbox.syscalls import FORBIDDEN, MACHINES, program

ALLOW, REFUSE, UNKNOWN_CALL = 0x7FFF0000, 0x00050001, 0x00050026
NO_ROOM, NO_SUCH_FAMILY = 0x0005001C, 0x00050061
NEW_USER = 0x10000000


def verdict(machine: str, number: int, argument: int = 0, audit: int | None = None, second: int = 0) -> int:
    """What the filter says of a call, step by step as the kernel takes it."""
    filter_ = program(machine)
    assert filter_ is not None
    steps = list(struct.iter_unpack("=HBBI", filter_))
    data = {
        0: number,
        4: MACHINES[machine].audit if audit is None else audit,
        16: argument & 0xFFFFFFFF,
        24: second & 0xFFFFFFFF,
        28: second >> 32,
    }
    at = held = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        match code:
            case 0x20:
                held = data[value]
            case 0x15:
                at += yes if held == value else no
            case 0x35:
                at += yes if held >= value else no
            case 0x45:
                at += yes if held & value else no
            case 0x06:
                return int(value)


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_forbidden_is_refused(machine: str):
    numbers = MACHINES[machine].numbers
    assert {verdict(machine, numbers[name]) for name in FORBIDDEN} == {REFUSE}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_user_namespace_is_refused_and_other_forks_are_not(machine: str):
    numbers = MACHINES[machine].numbers
    for name in ("clone", "unshare"):
        assert verdict(machine, numbers[name], NEW_USER | 0x11) == REFUSE
        assert verdict(machine, numbers[name], 0x11) == ALLOW
    assert verdict(machine, numbers["clone3"]) == UNKNOWN_CALL


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("call", ["socket", "socketpair"])
def test_only_sockets_that_a_network_namespace_holds_can_be_made(machine: str, call: str):
    number = MACHINES[machine].numbers[call]
    allowed = {family for family in range(64) if verdict(machine, number, family) == ALLOW}
    assert allowed == {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    assert verdict(machine, number, socket.AF_VSOCK) == NO_SUCH_FAMILY


@pytest.mark.parametrize("machine", MACHINES)
def test_system_v_memory_comes_in_small_segments_only(machine: str):
    number = MACHINES[machine].numbers["shmget"]
    sizes = (56, 64 << 10, (64 << 10) + 1, 1 << 31, 1 << 32, (1 << 32) + 56)
    assert [verdict(machine, number, second=size) for size in sizes] == [ALLOW] * 2 + [NO_ROOM] * 4


@pytest.mark.parametrize("machine", MACHINES)
def test_everything_else_is_allowed_and_other_tongues_are_not(machine: str):
    named = set(MACHINES[machine].numbers.values())
    assert {verdict(machine, number) for number in set(range(460)) - named} == {ALLOW}
    assert verdict(machine, 1, audit=0x40000003) == REFUSE
    assert verdict(machine, 0x40000000 + 1) == REFUSE


def test_an_unknown_processor_has_no_filter():
    assert program("vax") is None
