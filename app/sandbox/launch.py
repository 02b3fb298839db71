"""Runs first in a caged process: takes the limits upon itself, then becomes the command.

A script of its own, started by path: `launch.py USER RLIMIT_X=N,RLIMIT_Y=N COMMAND ARGUMENT…`; USER is the
number of the user to become, or empty. As the first process of a cage it starts the command instead and
stays until that has ended; the kernel then ends everything else in the cage.
"""

import ctypes
import os
import resource
import signal
import sys

POLITENESS = 5
PR_SET_DUMPABLE = 4


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


def hide() -> None:
    """Keeps processes of the same user from tracing this one."""
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def outlive(command: int) -> int:
    """Buries whoever dies in the cage until the command has; its exit code as a shell would give it."""
    while True:
        dead, status = os.wait()
        if dead == command:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def main(user: str, limits: str, *command: str) -> None:
    """Never returns: the process becomes the command, or ends with it.

    The first process stays who it is: after a change of user the end of bubblewrap would not end it.
    """
    if os.getpid() == 1:
        hide()
        if started := os.fork():
            os._exit(outlive(started))
    if user:
        become(int(user))
    for name, value in (pair.split("=") for pair in limits.split(",")):
        lower(name, int(value))
    os.nice(POLITENESS)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 -- the command is the caller's, inside the cage


if __name__ == "__main__":
    main(*sys.argv[1:])
