"""Exits 0 when the ticket's files work; run in their folder."""

import contextlib

from src.stack import Stack

stack = Stack()
assert stack.is_empty()
stack.push(1)
stack.push(2)
assert stack.peek() == 2
assert (stack.pop(), stack.pop()) == (2, 1)
with contextlib.suppress(IndexError):
    stack.pop()
    raise AssertionError("popped from an empty stack")
