"""Words that announce a file in a reply's prose, and those that announce a command, an output or an
example.
"""

# ruff: noqa: SIM905 -- tables of words read better as words

from __future__ import annotations

VERBS = frozenset(
    "add append change create edit generate modify put replace rewrite save update write".split()
)
NOUNS = frozenset(
    "component document file filename filepath location module name page path script source target".split()
)
ADJECTIVES = frozenset(
    """
    a absolute an as complete config configuration entry existing final first full in main modified new
    next output part relative second source step target test the to updated
    """.split()
)
MAKING = (
    frozenset(
        """
    adding called code complete content contents created creating define file final following full here
    here's i'll implementation in let's modified named need new now saving updated updating we'll
    writing
    """.split()
    )
    | VERBS
)
RUNNING = frozenset(
    """
    command commands directory error execute executed executing expected install installed installing
    invoke launch layout log logs output outputs print printed prints produces result results run
    running runs shell shows start starting structure terminal test testing traceback tree try usage
    verify
    """.split()
)
SHOWING = frozenset("before e.g example examples old original originally previously usage".split())
_IN_NAMES = frozenset("a final main my new old test".split())
_PHRASING = frozenset(
    """
    a about above after also and are at be below both by class files final finally folder for from
    function inside into is it its just main module new of on only or our package script see should
    taken test that then this use using will with within your
    """.split()
)
NOT_IN_NAMES = (MAKING | RUNNING | ADJECTIVES | _PHRASING) - _IN_NAMES
