"""Exits 0 when the ticket's files work; run in their folder."""

from text.slug import slugify

assert slugify(" Hello,  World! ") == "hello-world"
assert slugify("--A b--") == "a-b"
