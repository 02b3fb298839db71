"""The filter, run by a small machine of the kernel's kind."""

from __future__ import annotations

import struct

import pytest

from app.sandbox.syscalls import FORBIDDEN, MACHINES, program

ALLOW, REFUSE, UNKNOWN_CALL = 0x7FFF0000, 0x00050001, 0x00050026
NEW_USER = 0x10000000


def verdict(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """What the filter says of a call, step by step as the kernel takes it."""
    filter_ = program(machine)
    assert filter_ is not None
    steps = list(struct.iter_unpack("=HBBI", filter_))
    data = {0: number, 4: MACHINES[machine].audit if audit is None else audit, 16: argument & 0xFFFFFFFF}
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
def test_everything_else_is_allowed_and_other_tongues_are_not(machine: str):
    named = set(MACHINES[machine].numbers.values())
    assert {verdict(machine, number) for number in set(range(460)) - named} == {ALLOW}
    assert verdict(machine, 1, audit=0x40000003) == REFUSE
    assert verdict(machine, 0x40000000 + 1) == REFUSE


def test_an_unknown_processor_has_no_filter():
    assert program("vax") is None
