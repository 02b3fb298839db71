"""Runs first in a caged process: takes the limits upon itself, then becomes the command.

A script of its own, started by path: `launch.py USER RLIMIT_X=N,RLIMIT_Y=N COMMAND ARGUMENT…`; USER is the
number of the user to become, or empty.
"""

import os
import resource
import sys

POLITENESS = 5


def lower(name: str, value: int) -> None:
    """Sets a limit, hard and soft, without ever raising what the service itself was given."""
    number = getattr(resource, name)
    hard = resource.getrlimit(number)[1]
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (ceiling, ceiling))


def become(user: int) -> None:
    """Gives up root with all its groups, for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def main(user: str, limits: str, *command: str) -> None:
    """Never returns: the process becomes the command."""
    if user:
        become(int(user))
    for name, value in (pair.split("=") for pair in limits.split(",")):
        lower(name, int(value))
    os.nice(POLITENESS)
    os.execvp(command[0], command)  # noqa: S606 -- the command is the caller's, inside the cage


if __name__ == "__main__":
    main(*sys.argv[1:])
