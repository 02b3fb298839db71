"""A running tree as /proc shows it."""

from __future__ import annotations

import subprocess
import sys

from app.sandbox import tree


def test_children_and_grandchildren_are_members():
    script = "sleep 30 & sh -c 'sleep 30 & echo up; wait'"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [threads for _, threads in tree.members(process.pid)] == [1] * 4
        assert tree.load(process.pid, at_most=2, memory_bytes=1 << 40).tasks == 3
        tree.kill(process.pid)
        assert process.wait(timeout=10) == -9
        assert list(tree.members(process.pid)) == [(process.pid, 0)]


def test_the_children_can_be_ended_without_their_parent():
    script = "sleep 30 & echo up; wait; echo alone"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert tree.kill_children(process.pid)
        assert process.stdout.read() == b"alone\n"
    assert not tree.kill_children(process.pid)


SHARED = """
import os, sys
held = bytearray(b"x") * (80 << 20)
if os.fork():
    os.wait()
else:
    print("up", flush=True)
    sys.stdin.read()
"""


def test_shared_pages_are_counted_once_where_it_matters():
    command = [sys.executable, "-c", SHARED]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        assert tree.load(process.pid, at_most=10, memory_bytes=1 << 40).memory_bytes > 160 << 20
        assert tree.load(process.pid, at_most=10, memory_bytes=100 << 20).memory_bytes < 120 << 20
        process.stdin.close()


def test_threads_are_counted():
    start = "threading.Thread(target=time.sleep, args=(30,)).start()"
    command = [sys.executable, "-uc", f"import threading, time\nfor _ in range(9): {start}\nprint()"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert tree.load(process.pid, at_most=10, memory_bytes=1 << 40).tasks == 10
        tree.kill(process.pid)


def test_who_is_gone_weighs_nothing():
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert tree.load(gone.pid, at_most=10, memory_bytes=0).memory_bytes == 0
    tree.kill(gone.pid)
