"""The figures a tree lives under."""

from __future__ import annotations

import pytest

from app.sandbox.bwrap import _counts_by_namespace
from app.sandbox.limits import MIB, Limits


def test_the_process_count_is_set_only_where_it_counts_this_tree():
    limits = Limits(processes=10)
    assert limits.of_each_process(own_user=True)["RLIMIT_NPROC"] == 12
    assert "RLIMIT_NPROC" not in limits.of_each_process(own_user=False)


def test_time_is_wall_time_whatever_the_threads_of_a_process_add_up_to():
    assert "RLIMIT_CPU" not in Limits().of_each_process(own_user=True)


def test_no_core_is_ever_dumped():
    assert Limits().of_each_process(own_user=True)["RLIMIT_CORE"] == 0


def test_every_breach_has_a_sentence_with_its_figure():
    limits = Limits(
        wall_s=2.5,
        memory_bytes=7 * MIB,
        processes=9,
        output_bytes=3 * MIB,
        disk_bytes=4 * MIB,
        spare_memory=0.25,
        spare_disk_bytes=5 * MIB,
    )
    assert "2.5 s" in limits.sentence("timeout")
    assert "7 MiB" in limits.sentence("memory_limit")
    assert "9 processes" in limits.sentence("process_limit")
    assert "3 MiB" in limits.sentence("output_limit")
    assert "4 MiB" in limits.sentence("disk_limit")
    assert "25%" in limits.sentence("memory_short")
    assert "5 MiB left" in limits.sentence("disk_short")


@pytest.mark.parametrize(
    ("release", "counts"),
    [
        ("5.13.0", False),
        ("5.14.0-70.el9.x86_64", True),
        ("6.1.0-18-amd64", True),
        ("4.18.0-553", False),
        ("6.18+", True),
    ],
)
def test_kernels_before_5_14_count_a_users_processes_everywhere(release: str, *, counts: bool):
    assert _counts_by_namespace(release) is counts
